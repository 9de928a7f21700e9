#!/usr/bin/env python3
"""Runs the BIDS-App on a dataset of phantoms with sessions, and has its derivative judged by others: the BIDS validator
finds no error, pybids finds every map and mask with its entities, and pyarrow, polars and DuckDB read the Parquet tables
with the values and types of the tab-separated ones. Two runs at once on different participants and one on the group
give the bytes of one run.

Needs Python with bids-validator-deno, pybids, pandas, pyarrow, polars and duckdb, and a command with the feature
`parquet` (without it, Parquet is left out):

    python scripts/check_bids.py [path of the command]
"""

import csv
import filecmp
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

COMMAND = str(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "target/release/hemastage").resolve())
VALIDATOR = str(pathlib.Path(sys.executable).with_name("bids-validator-deno"))
STAGES = ["late_subacute", "acute", "hyperacute", "chronic", "acute,late_subacute"]
SUBJECTS, SESSIONS = 6, 2


def run(*arguments, code=0):
    done = subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == code, (arguments, done.returncode, done.stderr)
    return done.stdout


def make(dataset):
    """A dataset of phantoms."""
    for subject in range(1, SUBJECTS + 1):
        for session in range(1, SESSIONS + 1):
            stem = f"sub-{subject:02}_ses-{session:02}"
            below = pathlib.Path(f"sub-{subject:02}", f"ses-{session:02}", "anat")
            images, masks = dataset / below, dataset / "derivatives" / "labels" / below
            images.mkdir(parents=True)
            masks.mkdir(parents=True)
            with tempfile.TemporaryDirectory() as folder:
                phantom = pathlib.Path(folder, "phantom")
                stage = STAGES[(subject + session) % len(STAGES)]
                run("phantom", "-o", phantom, "--seed", subject, "--stage", stage, "--thickness", 6 - session)
                for role, to in [
                    ("t1", images / f"{stem}_T1w"),
                    ("t2", images / f"{stem}_T2w"),
                    ("hematoma", masks / f"{stem}_T2w_label-hematoma_seg"),
                    ("cord", masks / f"{stem}_T2w_label-SC_seg"),
                    ("canal", masks / f"{stem}_label-canal_mask"),
                    ("vertebrae", masks / f"{stem}_label-spine_dseg"),
                ]:
                    shutil.copy(phantom / f"{role}.nii.gz", f"{to}.nii.gz")
    (dataset / "dataset_description.json").write_text(
        json.dumps({"Name": "phantoms", "BIDSVersion": "1.11.0", "DatasetType": "raw"})
    )
    for n in range(1, SUBJECTS + 1):
        onsets = "".join(f"ses-{s:02}\t{24 * n + 168 * (s - 1)}\n" for s in range(1, SESSIONS + 1))
        (dataset / f"sub-{n:02}" / f"sub-{n:02}_sessions.tsv").write_text("session_id\tonset_h\n" + onsets)
    ages = "".join(f"sub-{n:02}\t{60 + n}\n" for n in range(1, SUBJECTS + 1))
    (dataset / "participants.tsv").write_text("participant_id\tage\n" + ages)


def same(one, other):
    """Asserts that two folders hold the same bytes."""
    names = [sorted(str(path.relative_to(root)) for path in root.rglob("*")) for root in (one, other)]
    assert names[0] == names[1] and len(names[0]) > 50, set(names[0]) ^ set(names[1])
    files = [name for name in names[0] if (one / name).is_file()]
    _, differ, missing = filecmp.cmpfiles(one, other, files, shallow=False)
    assert not differ and not missing, (differ, missing)


def validator(folder):
    return subprocess.run([VALIDATOR, str(folder)], capture_output=True, text=True)


def values(path):
    """A table by its dictionary: names, formats, and the typed value of each cell."""
    dictionary = json.loads(path.with_suffix(".json").read_text())
    kinds = {"string": str, "number": float, "integer": int, "boolean": lambda text: text == "true"}

    def typed(name, text):
        kind = kinds[dictionary[name]["Format"]]
        if text == "n/a":
            return None
        if "Delimiter" in dictionary[name]:
            return [kind(part) for part in text.split(dictionary[name]["Delimiter"])]
        return kind(text)

    with path.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return dictionary, [{name: typed(name, text) for name, text in row.items()} for row in rows]


def parquet(folder):
    import duckdb
    import polars
    import pyarrow.parquet

    counts = {}
    for path in sorted(folder.glob("*.parquet")):
        dictionary, expected = values(path.with_suffix(".tsv"))
        table = pyarrow.parquet.read_table(path)
        kinds = {"string": "string", "number": "double", "integer": "int64", "boolean": "bool"}
        for name, entry in dictionary.items():
            found = table.schema.field(name).type
            found = found.value_type if "Delimiter" in entry else found
            assert str(found) == kinds[entry["Format"]], (path.name, name, found)
        assert table.schema.metadata[b"dictionary"].decode() == path.with_suffix(".json").read_text()
        assert table.to_pylist() == expected, path.name
        assert polars.read_parquet(path).to_dicts() == expected, path.name
        found = duckdb.sql(f"select * from '{path}'")
        assert [dict(zip(found.columns, row)) for row in found.fetchall()] == expected, path.name
        counts[path.name] = len(expected)
    assert len(counts) == 4 and min(counts.values()) >= SUBJECTS * SESSIONS, counts
    return counts


def main():
    has_parquet = "parquet" in run("batch", "--help")
    with tempfile.TemporaryDirectory() as root:
        dataset = pathlib.Path(root, "data")
        make(dataset)
        whole = dataset / "derivatives" / "hemastage"
        options = ["--column", "onset_h", "--column", "age", "--scheme", "sct"]
        options += ["--write", "map,tables,page" + (",parquet" if has_parquet else "")]
        run("bids", dataset, whole, "group", *options)

        # shares at once, into a folder that is then the same
        shared = dataset / "derivatives" / "shared"
        labels = [f"{n:02}" for n in range(1, SUBJECTS + 1)]
        runs = [
            subprocess.Popen(
                [COMMAND, "bids", dataset, shared, "participant", *options, "--nprocs", "1", "--participant-label", *part],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for part in (labels[::2], labels[1::2])
        ]
        assert [process.wait() for process in runs] == [0, 0]
        assert not (shared / "summary.tsv").exists()
        run("bids", dataset, shared, "group", *options)
        same(whole, shared)

        # the validator, which also finds what is wrong
        judged = validator(whole)
        assert judged.returncode == 0, judged.stdout + judged.stderr
        stray = whole / "sub-01" / "ses-01" / "anat" / "sub-01_ses-01_label-hematoma_dseg.nii.gz"
        shutil.copy(next(whole.rglob("*_dseg.nii.gz")), stray)
        assert validator(whole).returncode != 0, "the validator finds nothing wrong"
        stray.unlink()

        from bids import BIDSLayout

        layout = BIDSLayout(dataset, derivatives=whole)
        expected = {(subject, f"{n:02}") for subject in labels for n in range(1, SESSIONS + 1)}
        for suffix, entity, value in [("dseg", "segmentation", "hematomaStage"), ("mask", "label", "hematoma")]:
            found = layout.get(suffix=suffix, scope="derivatives", extension=".nii.gz")
            assert {(file.entities["subject"], file.entities["session"]) for file in found} == expected
            assert len(found) == len(expected) and all(file.entities[entity] == value for file in found)
            assert all(file.get_metadata()["Sources"] for file in found)

        # every row joins the participants
        _, rows = values(whole / "summary.tsv")
        assert {row["participant_id"] for row in rows} == {f"sub-{label}" for label in labels}
        print(f"{len(rows)} studies, {len(os.listdir(whole))} entries: valid, found by pybids, the same in shares")
        if has_parquet:
            print("Parquet:", ", ".join(f"{name} {n} rows" for name, n in parquet(whole).items()))
        else:
            print("Parquet: skipped, the command is without it")


main()
