#!/usr/bin/env python3
"""Plots how the time and the memory of a study grow, for docs/performance.md.

Needs Python with matplotlib. Run from the repository:

    cargo run --release --example growth > growth.csv
    python3 scripts/plot_growth.py growth.csv
"""

import csv
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

TARGET = pathlib.Path("docs/img/performance-growth.svg")
MIB = 1 << 20
SERIES = {"hematoma": "hematoma_voxels", "scan": "scan_voxels"}
LABELS = {"hematoma": "voxels of the hematoma, thousand", "scan": "voxels of the scan, million"}
UNITS = {"hematoma": 1e3, "scan": 1e6}


def rows(path, grows):
    with open(path, newline="") as file:
        found = [{key: float(value) for key, value in row.items() if key != "grows"}
                 for row in csv.DictReader(file) if row["grows"] == grows]
    return sorted(found, key=lambda row: row[SERIES[grows]])


def column(found, key, unit=1.0):
    return [row[key] / unit for row in found]


def other(grows, found):
    """What stays the same."""
    if grows == "hematoma":
        return f"scan of {found[0]['scan_voxels'] / 1e6:.1f} million voxels"
    return f"hematoma of {found[0]['hematoma_voxels'] / 1e3:.0f} thousand voxels"


def draw(path):
    matplotlib.rcParams.update({"svg.hashsalt": "growth", "svg.fonttype": "none", "font.size": 9})
    figure, axes = plt.subplots(2, 2, figsize=(8, 5), layout="constrained", sharey="row")
    for at, grows in enumerate(SERIES):
        found = rows(path, grows)
        x = column(found, SERIES[grows], UNITS[grows])
        time, memory = axes[0, at], axes[1, at]
        time.plot(x, column(found, "seconds", 1e-3), "o-", color="#0072B2", markersize=4)
        memory.plot(x, column(found, "peak_bytes", MIB), "o-", color="#D55E00", markersize=4, label="at most")
        memory.plot(x, column(found, "study_bytes", MIB), "o-", color="#009E73", markersize=4, label="the open study")
        time.set(title=other(grows, found))
        memory.set(xlabel=LABELS[grows])
        for panel in (time, memory):
            panel.set(xlim=(0, None), ylim=(0, None))
            panel.spines[["top", "right"]].set_visible(False)
    axes[0, 0].set(ylabel="processor time after loading, ms")
    axes[1, 0].set(ylabel="memory, MiB")
    axes[1, 0].legend(frameon=False)
    figure.savefig(TARGET, metadata={"Date": None})
    per_voxel(rows(path, "hematoma"))


def per_voxel(found):
    """What each voxel of the hematoma adds, by the two ends."""
    first, last = found[0], found[-1]
    more = last["hematoma_voxels"] - first["hematoma_voxels"]
    print(f"time: {(last['seconds'] - first['seconds']) / more * 1e9:.0f} ns per voxel")
    beside = [row["peak_bytes"] - row["study_bytes"] for row in (first, last)]
    print(f"memory beside the study: {(beside[1] - beside[0]) / more:.0f} bytes per voxel")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    draw(sys.argv[1])
