"""Stages one study from images in memory, prints its call and writes its files."""

from __future__ import annotations

import sys

import nibabel

import hemastage as hs


def main(t1: str, t2: str, hematoma: str, cord: str, output: str) -> None:
    images = {"t1": nibabel.load(t1), "t2": nibabel.load(t2)}
    result = hs.stage(images["t1"], images["t2"], hematoma=nibabel.load(hematoma), cord=cord, onset="36h")
    mixed = ", mixed-phase" if result.mixed else ""
    print(f"{result.call}{mixed}, {result['hematoma']['volume_mm3']:.0f} mm3")
    for finding in result.findings:
        print(f"- {finding['message']}")
    if result.probability_map is not None:
        nibabel.save(result.probability_map.to_nibabel(), f"{output}_probabilities.nii.gz")
    result.save(output)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except hs.Error as error:
        sys.exit(f"{error.place or 'an option'} is at fault: {error}")
