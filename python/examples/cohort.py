"""Makes synthetic studies, stages them all, and compares two of them as visits of one patient."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

import hemastage as hs

IMAGES = ("t1", "t2", "hematoma", "cord", "vertebrae")


def main(folder: Path, studies: int = 4) -> pd.DataFrame:
    rows = []
    for seed in range(studies):
        study = folder / f"study-{seed}"
        hs.phantom(study, seed=seed, stage=["late_subacute", "acute"], grid="small")
        rows.append({"study": f"P{seed:03}", **{image: study / f"{image}.nii.gz" for image in IMAGES}})
    summary = hs.batch(pd.DataFrame(rows), folder / "results", scheme="verse", onset="5d")
    compared = hs.followup([folder / "results" / "P000", folder / "results" / "P001"], at=["0h", "2d"])
    compared.save(folder / "followup")
    return summary.loc[:, ["study", "stage", "mixed_phase", "volume_mm3"]]


if __name__ == "__main__":
    print(main(Path(sys.argv[1])))
