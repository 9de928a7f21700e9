"""Lists what fires on sound studies: those of testdata/, and public cords with a block behind them as the hematoma.

    cargo build -p hemastage-cli
    python scripts/list_findings.py target/debug/hemastage [DATA]

Needs numpy and nibabel. DATA is the folder of the public test images (`HEMASTAGE_DATA`); without it the studies of testdata/
alone are listed. Each warning is listed with why it is true of its study; one that is not known to be is an error.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import nibabel as nib
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent.parent

# the studies whose name starts with the first, the code, and what is so
TRUE = [
    ("", "acute_or_chronic", "both have 20 % or more, and no onset is given"),
    ("SCT, cord of T1", "unsampled_voxels", "the cord of the T1 reaches 20 mm above the T2"),
    ("ivadomed", "likelihood_not_used", "the T1 is an MPRAGE"),
    ("PAM50", "few_slices", "the slices are 17 mm apart"),
    ("PAM50, canal", "outside_canal", "the block is 7 mm behind the cord, the canal here is cord and fluid"),
    ("PAM50, fluid", "looks_like_csf", "it is the fluid"),
]


def report(program, files, out, *more):
    words = [word for role, path in files.items() for word in (f"--{role}", str(path))]
    run = subprocess.run([program, "stage", *words, *more, "-o", str(out), "--force", "--write", "report"], capture_output=True, text=True)
    if run.returncode == 1:
        return run.stderr.strip().splitlines()[-1]
    assert run.returncode == 0, run.stderr
    return json.loads((out / "report.json").read_text())


def block_behind(cord_path, folder, mm=7.0):
    """A mask like the cord's, moved to the back, without the cord and along the middle third of it."""
    image = nib.load(cord_path)
    cord = np.asanyarray(image.dataobj) > 0
    steps = np.rint(np.linalg.solve(image.affine[:3, :3], [0, -mm, 0])).astype(int)
    block = np.roll(cord, tuple(steps), (0, 1, 2)) & ~cord
    axis = int(np.argmax(abs(image.affine[2, :3])))
    places = np.nonzero(cord.any(axis=tuple(a for a in range(3) if a != axis)))[0]
    third = len(places) // 3
    keep = np.zeros(cord.shape[axis], bool)
    keep[places[third] : places[-1 - third] + 1] = True
    block &= keep.reshape([-1 if a == axis else 1 for a in range(3)])
    path = folder / "block.nii.gz"
    copy = nib.Nifti1Image(block.astype(np.uint8), image.affine)
    copy.set_sform(image.affine, 1)
    copy.set_qform(image.affine, 1)
    nib.save(copy, path)
    return path


def both(one, other, folder):
    """The voxels of two masks of one grid."""
    first, second = nib.load(one), nib.load(other)
    found = (np.asanyarray(first.dataobj) > 0) | (np.asanyarray(second.dataobj) > 0)
    path = folder / "both.nii.gz"
    nib.save(nib.Nifti1Image(found.astype(np.uint8), first.affine), path)
    return path


def studies(data, folder):
    """Names, files and further words of each study."""
    for name in ("acute-oblique", "late-subacute", "mixed"):
        of = HERE / "testdata" / name
        yield f"testdata/{name}", {role: of / f"{role}.nii.gz" for role in ("t1", "t2", "hematoma", "cord")}, []
    if data is None:
        return
    sct, unf = data / "sct_testing_data", data / "ivadomed-data-testing"
    labels = unf / "derivatives/labels/sub-unf01/anat/sub-unf01_"
    pam = sct / "mt/label/template"
    images = {
        "SCT, cord of T2": (sct / "t1/t1w.nii.gz", sct / "t2/t2.nii.gz", sct / "t2/t2_seg-manual.nii.gz"),
        "SCT, cord of T1": (sct / "t1/t1w.nii.gz", sct / "t2/t2.nii.gz", sct / "t1/t1w_seg-manual.nii.gz"),
        "ivadomed, cord of T2": (unf / "sub-unf01/anat/sub-unf01_T1w.nii.gz", unf / "sub-unf01/anat/sub-unf01_T2w.nii.gz",
                                 f"{labels}T2w_seg-manual.nii.gz"),
        "ivadomed, cord of T1": (unf / "sub-unf01/anat/sub-unf01_T1w.nii.gz", unf / "sub-unf01/anat/sub-unf01_T2w.nii.gz",
                                 f"{labels}T1w_seg-manual.nii.gz"),
        "PAM50": tuple(pam / f"PAM50_{name}.nii.gz" for name in ("t1", "t2", "cord")),
    }
    for name, (t1, t2, cord) in images.items():
        files = {"t1": t1, "t2": t2, "hematoma": block_behind(cord, folder), "cord": cord}
        yield name, files, []
        if name == "PAM50":
            canal = both(cord, pam / "PAM50_csf.nii.gz", folder)
            yield f"{name}, canal", files | {"canal": canal}, []
            yield f"{name}, canal, levels", files | {"canal": canal, "vertebrae": pam / "PAM50_levels.nii.gz"}, ["--scheme", "sct"]
            yield f"{name}, fluid as hematoma", files | {"hematoma": pam / "PAM50_csf.nii.gz", "canal": canal}, []
        if name == "SCT, cord of T2":
            labeled = sct / "t2/t2_seg-manual_labeled.nii.gz"
            yield f"{name}, labeled", files | {"vertebrae": labeled}, ["--scheme", "sct"]
            yield f"{name}, points", files | {"landmarks": sct / "t2/labels.nii.gz"}, []


def main():
    program, data = sys.argv[1], pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
    unknown = n = 0
    print("| study | warning | true |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, files, more in studies(data, folder):
            n += 1
            found = report(program, files, folder / "out", *more)
            if isinstance(found, str):
                print(f"| {name} | (refused) {found} | ? |")
                unknown += 1
                continue
            warnings = [f for f in found["findings"] if f["severity"] == "warning"]
            if not warnings:
                print(f"| {name} | none | |")
            for finding in warnings:
                why = [why for start, code, why in TRUE if name.startswith(start) and code == finding["code"]]
                unknown += not why
                place = f" {finding['place']}" if finding["place"] else ""
                print(f"| {name} | `{finding['code']}`{place} | {why[0] if why else '? ' + finding['message']} |")
    print(f"\n{n} studies, {unknown} warnings that are not known to be true")
    sys.exit(unknown > 0)


if __name__ == "__main__":
    main()
