#!/usr/bin/env python3
"""Recomputes a follow-up by pandas from the tables of its visits alone, and compares all numbers of `followup.json` and
`followups.tsv`. Also checks that the order in which visits are given changes nothing.

Needs Python with numpy and pandas:

    python scripts/check_followup.py [path of the command]
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd

COMMAND = str(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "target/release/hemastage").resolve())
Z = 1.96


def run(*arguments, cwd=None):
    subprocess.run([COMMAND, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, cwd=cwd)


def near(found, expected, what):
    if found is None or expected is None:
        assert found is None and expected is None, f"{what}: {found} instead of {expected}"
    else:
        assert abs(found - expected) <= 1e-6 * max(1, abs(expected)), f"{what}: {found} instead of {expected}"


def table(folder, name):
    return pd.read_csv(folder / name, sep="\t", na_values=["n/a"], keep_default_na=False)


def visit(folder):
    """What a visit's own tables say; an empty one where the hematoma is gone."""
    if not (folder / "summary.tsv").exists():
        return {"volume": 0.0, "sigma": 0.0, "levels": {}, "involved": [], "cord": {}}
    row = table(folder, "summary.tsv").iloc[0]
    levels = table(folder, "levels.tsv")
    spacing = min(row[f"hematoma_spacing_{axis}_mm"] for axis in "ijk")
    return {
        "volume": row["volume_mm3"],
        "sigma": 0.25 * spacing * row["surface_mm2"],
        "thickness_ap": row["thickness_ap_mm"],
        "occupancy_area": row["canal_occupancy_area_share"],
        "displacement": row["cord_displacement_mm"],
        "levels": levels[levels["volume_mm3"] > 0].set_index("level")["volume_mm3"].to_dict(),
        "involved": list(levels[levels["involved"] == True]["level"]),
        "cord": levels.set_index("level")["cord_t2_median_ratio"].dropna().to_dict(),
    }


def check(found, visits, hours):
    count = 0
    for change in found["changes"]:
        a, b = visits[change["from"]], visits[change["to"]]
        difference = b["volume"] - a["volume"]
        sigma = np.hypot(a["sigma"], b["sigma"])
        volume = change["volume"]
        near(volume["difference_mm3"], difference, "difference")
        near(volume["sigma_mm3"], sigma, "sigma")
        near(volume["interval_mm3"][0], difference - Z * sigma, "lower end")
        near(volume["interval_mm3"][1], difference + Z * sigma, "upper end")
        certain = bool(abs(difference) > Z * sigma)
        assert volume["certain"] == certain
        word = "stable" if not certain else "smaller" if difference < 0 else "larger"
        assert volume["word"] == word and change["grew"] == (word == "larger")
        near(volume["percent"], 100 * difference / a["volume"] if a["volume"] else None, "percent")
        days = (hours[change["to"]] - hours[change["from"]]) / 24
        near(volume["per_day"], difference / 1000 / days if certain else None, "rate")
        if a["volume"]:
            ratio = b["volume"] / a["volume"]
            spread = ratio * np.hypot(a["sigma"] / a["volume"], b["sigma"] / b["volume"]) if b["volume"] else 0
            near(change["absorbed"]["value"], 1 - ratio, "absorbed")
            near(change["absorbed"]["interval"][0], 1 - ratio - Z * spread, "absorbed, lower end")
            assert change["complete"] == (b["volume"] == 0)
        cleared = [level for level in a["involved"] if level not in b["involved"]]
        new = [level for level in b["involved"] if level not in a["involved"]]
        assert change["levels"]["cleared"] == cleared and change["levels"]["new"] == new
        for level in change["levels"]["per_level"]:
            near(level["from_mm3"], a["levels"].get(level["level"], 0), "level before")
            near(level["to_mm3"], b["levels"].get(level["level"], 0), "level after")
        for key in ("thickness_ap", "occupancy_area", "displacement"):
            if key in a and key in b:
                near(change[key]["difference"], b[key] - a[key], key)
        for cord in change["cord_t2"] or []:
            if cord["from"] is not None and cord["level"] in a["cord"]:
                near(cord["from"], a["cord"][cord["level"]], "cord before")
        count += 1
    assert count >= 3, "no changes were compared"
    return count


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        run("demo", "--followup", "-o", work / "demo")
        names = ["day0", "day2", "day7", "day20"]
        demo = work / "demo"
        found = json.loads((demo / "followup/followup.json").read_text())
        visits = [visit(demo / name) for name in names]
        hours = [0, 48, 168, 480]
        assert [v["hours"] for v in found["visits"]] == hours
        changes = check(found, visits, hours)

        rows = table(demo / "followup", "followups.tsv")
        whole = rows[(rows["measure"] == "volume") & rows["level"].isna()]
        for (_, row), v in zip(whole.iterrows(), visits):
            near(row["value"], v["volume"], "volume in the table")
        largest = whole["value"].cummax()
        for (_, row), most in zip(whole.iterrows(), largest):
            near(row["percent_of_first"], 100 * row["value"] / whole["value"].iloc[0], "percent of the first")
            near(row["percent_of_largest"], 100 * row["value"] / most, "percent of the largest")

        run("followup", *reversed(names), "-o", "permuted", cwd=demo)
        permuted = json.loads((demo / "permuted/followup.json").read_text())
        permuted["findings"] = [f for f in permuted["findings"] if f["code"] != "visits_reordered"]
        permuted["reasons"].pop("findings[].place", None), found["reasons"].pop("findings[].place", None)
        assert permuted == found, "the order of the files changes the result"
        print(f"{changes} changes and {len(rows)} rows recomputed; permuted visits give the same result")


if __name__ == "__main__":
    main()
