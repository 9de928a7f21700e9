#!/usr/bin/env python3
"""Checks `hemastage agree` against other programs: the kappa of scikit-learn, the ICC of pingouin, the overlap and
the surface distances of SimpleITK, and bias and limits by numpy.

Needs Python with numpy, pandas, scikit-learn, pingouin, SimpleITK and nibabel. Makes phantoms, masks of a second
reader that are grown, shrunk and shifted, and runs the command on both:

    python scripts/check_agreement.py [path of the command]
"""

import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import nibabel as nib
import numpy as np
import pandas as pd
import pingouin
import SimpleITK as sitk
from sklearn.metrics import cohen_kappa_score

COMMAND = str(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "target/release/hemastage").resolve())
STAGES = ["hyperacute", "acute", "early_subacute", "late_subacute", "chronic"]
PATIENTS = 12
MIN_STUDIES = 10


def run(*arguments):
    subprocess.run([COMMAND, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def second_reader(folder, seed):
    """The same hematoma as another reader would draw it."""
    image = nib.load(folder / "hematoma.nii.gz")
    mask = sitk.GetImageFromArray(np.ascontiguousarray(np.asanyarray(image.dataobj).T.astype(np.uint8)))
    random = np.random.default_rng(seed)
    change = sitk.BinaryDilate if seed % 3 == 0 else sitk.BinaryErode if seed % 3 == 1 else (lambda m, *_: m)
    changed = sitk.GetArrayFromImage(change(mask, [1, 1, 0])).T
    changed = np.roll(changed, random.integers(-1, 2), axis=1)
    if not changed.any():
        changed = np.asanyarray(image.dataobj)
    nib.save(nib.Nifti1Image(changed.astype(np.uint8), image.affine), folder / "second.nii.gz")


def batch(work, name, mask):
    with open(work / f"{name}.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["study", "t1", "t2", "hematoma", "cord", "vertebrae", "scheme", "criteria"])
        for n in range(PATIENTS):
            of = lambda part: f"p{n}/{part}.nii.gz"
            # the second reader uses another profile for some, so that stages differ
            criteria = "intracranial" if mask == "second" and n % 3 == 0 else ""
            table.writerow([f"p{n}", of("t1"), of("t2"), of(mask), of("cord"), of("vertebrae"), "sct", criteria])
    run("batch", work / f"{name}.csv", "-o", work / name, "--write", "report,map")


def near(found, expected, what, tolerance=1e-6):
    assert abs(found - expected) <= tolerance * max(1, abs(expected)), f"{what}: {found} instead of {expected}"


def masks(folder):
    image = nib.load(folder / "stages.nii.gz")
    array = (np.asanyarray(image.dataobj) != 0).astype(np.uint8)
    found = sitk.GetImageFromArray(np.ascontiguousarray(np.pad(array, 1).T))
    found.SetSpacing([float(x) for x in np.linalg.norm(image.affine[:3, :3], axis=0)])
    return found


def surface_distances(a, b):
    """From each surface voxel of one mask to the nearest of the other."""
    contours = [sitk.LabelContour(mask, fullyConnected=False) for mask in (a, b)]
    arrays = [sitk.GetArrayFromImage(contour) == 1 for contour in contours]
    maps = [
        sitk.GetArrayFromImage(
            sitk.Abs(sitk.SignedMaurerDistanceMap(contour, squaredDistance=False, useImageSpacing=True))
        )
        for contour in contours
    ]
    return maps[1][arrays[0]], maps[0][arrays[1]]


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        for n in range(PATIENTS):
            first = 3 + n % 3
            stage = STAGES[n % 5]
            run("phantom", "--grid", "small", "--seed", n + 1, "--stage", stage, "--from", f"C{first}", "--to",
                f"C{first + 1 + n % 2}", "--thickness", 4 + n % 3, "-o", work / f"p{n}")
            second_reader(work / f"p{n}", n)
        batch(work, "one", "hematoma")
        batch(work, "two", "second")
        run("agree", work / "one", work / "two", "-o", work / "agreement")
        found = json.loads((work / "agreement/agreement.json").read_text())
        studies, overall = found["studies"], found["overall"]
        assert len(studies) >= MIN_STUDIES, "no studies were compared"

        for study in studies:
            a, b = (masks(work / reader / study["name"]) for reader in ("one", "two"))
            overlap = sitk.LabelOverlapMeasuresImageFilter()
            overlap.Execute(a, b)
            near(study["overlap"]["dice"], overlap.GetDiceCoefficient(), f"{study['name']} Dice")
            ab, ba = surface_distances(a, b)
            mean = (ab.sum() + ba.sum()) / (len(ab) + len(ba))
            near(study["overlap"]["surface_mean_mm"], mean, f"{study['name']} mean surface distance", 1e-4)
            p95 = max(np.percentile(ab, 95), np.percentile(ba, 95))
            near(study["overlap"]["surface_p95_mm"], p95, f"{study['name']} 95 % surface distance", 1e-4)
        different = sum(study["overlap"]["dice"] < 1 for study in studies)
        assert different >= MIN_STUDIES // 2, "the readings are alike"

        calls = [(s["call"]["a"], s["call"]["b"]) for s in studies]
        five = [(STAGES.index(a), STAGES.index(b)) for a, b in calls if a in STAGES and b in STAGES]
        kappa = cohen_kappa_score(*zip(*five), labels=range(5), weights="quadratic")
        near(overall["stage_kappa"]["value"], kappa, "weighted kappa")
        random = np.random.default_rng(1)
        draws = [np.array(five)[random.integers(0, len(five), len(five))] for _ in range(2000)]
        values = [cohen_kappa_score(d[:, 0], d[:, 1], labels=range(5), weights="quadratic") for d in draws]
        values = np.array([v for v in values if np.isfinite(v)])
        for end, expected in zip(overall["stage_kappa"]["interval"], np.percentile(values, [2.5, 97.5])):
            near(end, expected, "interval of the kappa", 0.05)
        flags = [(s["mixed_phase"]["a"], s["mixed_phase"]["b"]) for s in studies]
        if overall["flag_kappa"]:
            near(overall["flag_kappa"]["value"], cohen_kappa_score(*zip(*flags)), "kappa of the flag")

        table = pd.read_csv(work / "agreement/agreements.tsv", sep="\t", na_values=["n/a"], keep_default_na=False)
        assert len(table) == len(studies)
        for measure, column in [
            ("volume_mm3", "volume_mm3"), ("thickness_ap", "thickness_ap_mm"), ("vertebrae", "vertebrae"),
        ]:
            both = table[["study", f"{column}_a", f"{column}_b"]].dropna()
            long = both.melt(id_vars="study", var_name="reader", value_name="value")
            icc = pingouin.intraclass_corr(long, targets="study", raters="reader", ratings="value")
            name = "ICC2" if "ICC2" in set(icc["Type"]) else "ICC(A,1)"
            near(overall[measure]["icc"], icc.set_index("Type").loc[name, "ICC"], f"ICC of {measure}", 1e-4)
            difference = both[f"{column}_b"] - both[f"{column}_a"]
            bias, sd = difference.mean(), difference.std(ddof=1)
            limits = overall[measure]["limits"]
            for key, expected in [("bias", bias), ("lower", bias - 1.96 * sd), ("upper", bias + 1.96 * sd)]:
                near(limits[key], expected, f"{measure} {key}")
        print(f"{len(studies)} studies: Dice and surface distances as SimpleITK, kappa as scikit-learn, ICC as pingouin, limits as numpy")


if __name__ == "__main__":
    main()
