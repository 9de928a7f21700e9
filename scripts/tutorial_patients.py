#!/usr/bin/env python3
"""Makes the forty synthetic patients of docs/tutorial.md and docs/reviewers.md.

    python3 scripts/tutorial_patients.py FOLDER [path of the command]

Needs Python with numpy, nibabel and pydicom. Each patient gets `dicom/`, with T1 as series 4 and T2 as series 5, and the
masks that a reader and a segmentation program would make; `clinical.csv` has age, sex and onset. What the blood was made
of is in `truth.csv`. The same files each time.
"""

import csv
import pathlib
import random
import subprocess
import sys
import tempfile

import nibabel as nib
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

MR = "1.2.840.10008.5.1.4.1.1.4"
LPS = np.diag([-1.0, -1, 1])
MASKS = ["hematoma", "cord", "canal", "vertebrae"]
LEVELS = [f"C{n}" for n in range(3, 8)] + [f"T{n}" for n in range(1, 13)]
# hours from the bleed to the scan for each stage: the windows of the profile `spinal`
WINDOWS = {"hyperacute": (3, 24), "acute": (24, 72), "early_subacute": (72, 168), "late_subacute": (168, 336),
           "chronic": (336, 1400)}
SERIES = {"t1": (4, "T1w_tse", 550, 10, 3), "t2": (5, "T2w_tse", 3500, 100, 15)}


def uid(*parts):
    return generate_uid(prefix="2.25.", entropy_srcs=[str(part) for part in parts])


def decimals(values):
    return [f"{float(v):.10f}"[:16] for v in values]


def write_series(image, folder, patient, contrast, field):
    """Writes a NIfTI image as single-frame DICOM files, one for each k."""
    voxels, affine = np.asanyarray(image.dataobj).astype("<i2"), image.affine
    spacing = np.sqrt((affine[:3, :3] ** 2).sum(0))
    directions = LPS @ (affine[:3, :3] / spacing)
    number, name, repetition, echo, train = SERIES[contrast]
    for k in range(voxels.shape[2]):
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.file_meta.MediaStorageSOPClassUID = MR
        dataset.file_meta.MediaStorageSOPInstanceUID = uid(patient, contrast, k)
        for keyword, value in dict(
                SOPClassUID=MR, SOPInstanceUID=uid(patient, contrast, k), Modality="MR", Manufacturer="none",
                PatientName=patient, PatientID=patient, PatientBirthDate="", PatientSex="", StudyInstanceUID=uid(patient),
                StudyID="1", StudyDate="20260105", StudyTime="120000", AccessionNumber="", ReferringPhysicianName="",
                SeriesInstanceUID=uid(patient, contrast), SeriesNumber=number, SeriesDescription=name, ProtocolName=name,
                FrameOfReferenceUID=uid(patient, "frame"), PositionReferenceIndicator="", InstanceNumber=k + 1,
                ImageType=["ORIGINAL", "PRIMARY", "M", "NONE"], ScanningSequence="SE", SequenceVariant="SK",
                ScanOptions="", MRAcquisitionType="2D", RepetitionTime=repetition, EchoTime=echo, EchoTrainLength=train,
                MagneticFieldStrength=field, PixelSpacing=decimals([spacing[1], spacing[0]]),
                SliceThickness=decimals([spacing[2]])[0], SpacingBetweenSlices=decimals([spacing[2]])[0],
                ImageOrientationPatient=decimals([*directions[:, 0], *directions[:, 1]]),
                ImagePositionPatient=decimals(LPS @ (affine[:3, :3] @ [0, 0, k] + affine[:3, 3])),
                SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2", BitsAllocated=16, BitsStored=16, HighBit=15,
                PixelRepresentation=1, Columns=voxels.shape[0], Rows=voxels.shape[1],
                PixelData=voxels[:, :, k].T.tobytes()).items():
            setattr(dataset, keyword, value)
        dataset.save_as(folder / f"{contrast}-{k:03}.dcm", enforce_file_format=True)


def drawn(n):
    """Patient n's blood, place, image quality and clinical data."""
    draw = random.Random(n)
    stages = [list(WINDOWS)[n % 5]]
    if n % 4 == 3:
        # a second bleed: younger blood above older
        stages = draw.choice([["acute", "late_subacute"], ["hyperacute", "early_subacute"], ["acute", "chronic"]])
    first = draw.randrange(len(LEVELS) - 6)
    field = draw.choice([1.5, 3])
    made = {"stage": ",".join(stages), "from": LEVELS[first], "to": LEVELS[first + draw.randint(1, 5)],
            "side": draw.choice(["dorsal", "dorsal", "ventral", "left"]), "thickness": f"{draw.uniform(3, 6.5):.1f}",
            "snr": draw.choice([12, 18, 25, 40]), "shading": draw.choice([1, 1.2, 1.5]), "field": f"{field:g}",
            "grid": draw.choice(["thick", "thick", "thick", "axial"])}
    onset = round(draw.uniform(*WINDOWS[stages[-1]]))
    clinical = {"participant_id": f"P{n:02}", "age": draw.randint(24, 86), "sex": draw.choice("FM"),
                "onset_h": "" if n % 10 == 9 else onset}
    return made, clinical, field


def main():
    root = pathlib.Path(sys.argv[1])
    command = sys.argv[2] if len(sys.argv) > 2 else "hemastage"
    root.mkdir(parents=True)
    clinical, truth = [], []
    for n in range(1, 41):
        made, row, field = drawn(n)
        patient = row["participant_id"]
        with tempfile.TemporaryDirectory() as scratch:
            options = [word for name, value in made.items() for word in (f"--{name}", str(value))]
            subprocess.run([command, "phantom", "--seed", str(n), *options, "-o", f"{scratch}/made"], check=True,
                           stdout=subprocess.DEVNULL)
            dicom = root / patient / "dicom"
            dicom.mkdir(parents=True)
            for contrast in SERIES:
                write_series(nib.load(f"{scratch}/made/{contrast}.nii.gz"), dicom, patient, contrast, field)
            for mask in MASKS:
                (root / patient / f"{mask}.nii.gz").write_bytes(pathlib.Path(f"{scratch}/made/{mask}.nii.gz").read_bytes())
        clinical.append(row)
        truth.append({"study": patient, **made})
    for name, rows in {"clinical.csv": clinical, "truth.csv": truth}.items():
        with open(root / name, "w", newline="") as file:
            table = csv.DictWriter(file, rows[0])
            table.writeheader()
            table.writerows(rows)


if __name__ == "__main__":
    main()
