#!/usr/bin/env python3
"""Plots the memory of a batch against the studies done, for docs/gallery.md.

Needs Python with matplotlib, and Linux. Makes phantoms, then stages them with one and with two jobs:

    python3 scripts/batch_memory.py [path of the command] [number of studies]
"""

import csv
import pathlib
import subprocess
import sys
import tempfile
import time

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

COMMAND = sys.argv[1] if len(sys.argv) > 1 else "target/release/hemastage"
STUDIES = int(sys.argv[2]) if len(sys.argv) > 2 else 500
TARGET = pathlib.Path("docs/img/gallery-batch-memory.png")
MASKS = ["t1", "t2", "hematoma", "cord", "canal", "vertebrae"]
STAGES = ["hyperacute", "acute", "early_subacute", "late_subacute", "chronic", "acute,late_subacute"]


def make(work):
    with open(work / "manifest.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["study", *MASKS, "scheme"])
        for n in range(STUDIES):
            name = f"s{n:04}"
            options = f"--grid small --seed {n} --stage {STAGES[n % 6]} --from C{4 + n % 3} --to C7 --thickness 5"
            subprocess.run([COMMAND, "phantom", *options.split(), "-o", work / name], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            rows.writerow([f"sub-{n:04}", *[f"{name}/{mask}.nii.gz" for mask in MASKS], "sct"])


def resident_mb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


def watched(work, jobs):
    """Memory and studies done, five times a second."""
    out = work / f"out-{jobs}"
    batch = subprocess.Popen([COMMAND, "batch", work / "manifest.csv", "-o", out, "--jobs", str(jobs)],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen, began = [], time.time()
    while batch.poll() is None:
        try:
            done = (out / "summary.tsv").read_text().count("\n") - 1
            seen.append((done, resident_mb(batch.pid)))
        except (OSError, StopIteration):
            pass
        time.sleep(0.2)
    assert batch.returncode == 0, f"the batch ended with {batch.returncode}"
    print(f"{jobs} jobs: {STUDIES} studies in {time.time() - began:.1f} s, at most {max(mb for _, mb in seen):.0f} MB")
    return seen


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        make(work)
        figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
        for jobs, color in [(2, "#D55E00"), (1, "#0072B2")]:
            axes.plot(*zip(*watched(work, jobs)), ".", color=color, markersize=3, label=f"--jobs {jobs}")
        axes.set(xlabel="studies done", ylabel="memory of the process, MB", ylim=(0, None), xlim=(0, STUDIES))
        axes.legend(frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(TARGET, dpi=130)


if __name__ == "__main__":
    main()
