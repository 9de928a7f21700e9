"""Bad inputs of the functions other than `stage` give the sentence of their command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import command, files

import hemastage as hs


def said(*words: Any) -> str:
    """What the command says of these words, which it refuses."""
    printed = command(*words)
    assert printed.returncode in (1, 2), printed
    return printed.stderr.split("\n\n")[0].removeprefix("error: ").strip()


def assert_refused(call: Callable[[], object], *words: Any) -> None:
    with pytest.raises(hs.Error) as raised:
        call()
    assert str(raised.value) == said(*words)


@pytest.mark.parametrize(
    ("t1", "t2", "choices"),
    [
        ("gray", "hyper", {}),
        ("iso", "hyper,", {}),
        ("iso", "hyper", {"onset": "3"}),
        ("iso", "hyper", {"onset": "2031-05-06T08:30"}),
        ("iso", "hyper", {"field": 30}),
        ("iso", "hyper", {"criteria": "spine"}),
        ("iso", "hyper", {"criteria": "sseh-review", "model": "relaxation"}),
    ],
)
def test_words_that_are_none(t1: str, t2: str, choices: dict[str, Any]) -> None:
    options = [f"--{name}={value}" for name, value in choices.items()]
    assert_refused(lambda: hs.read(t1, t2, **choices), "read", f"--t1={t1}", f"--t2={t2}", *options)


@pytest.mark.parametrize("span", ["C8", "-C3", "cauda equina", "T1-C3", "", "/tmp", "none/t1.nii.gz"])
def test_spans_that_are_none(span: str) -> None:
    assert_refused(lambda: hs.levels(span), "levels", "--", span)


@pytest.mark.parametrize(
    "choices",
    [
        {"stage": "subacute"},
        {"stage": "indeterminate"},
        {"from": "C8"},
        {"from": "T2", "to": "C3"},
        {"snr": 0},
        {"snr": "loud"},
        {"shading": 0.5},
        {"stage": "acute,chronic", "shares": 1},
        {"stage": "acute,chronic,acute", "layout": "focal"},
        {"spacing": "1,1"},
        {"field": 7},
    ],
)
def test_phantoms_that_cannot_be_made(tmp_path: Path, choices: dict[str, Any]) -> None:
    words = [f"--{name}={value}" for name, value in choices.items()]
    assert_refused(lambda: hs.phantom(tmp_path / "made", **choices), "phantom", "-o", tmp_path / "made", *words)
    assert not (tmp_path / "made").exists()


def test_files_that_hold_no_image(tmp_path: Path) -> None:
    (tmp_path / "bad.nii").write_text("no image")
    (tmp_path / "empty").mkdir()
    (tmp_path / "scan.zip").write_bytes(b"PK\x03\x04" + bytes(200))
    for name in ("bad.nii", "empty", "scan.zip", "gone.nii"):
        assert_refused(lambda: hs.inspect(tmp_path / name), "inspect", tmp_path / name)


def test_visits_that_cannot_be_compared(tmp_path: Path, result: hs.Result) -> None:
    for name in ("day0", "day9"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.json").write_text(result.report_json)
    (tmp_path / "text.json").write_text("no report")
    cases: list[tuple[Sequence[str], Sequence[str]]] = [
        (["day0", "day9"], ["0h"]),
        (["day0", "day9"], ["0h", "0h"]),
        (["day0", "day9"], ["0h", "2031-01-01"]),
        (["day0", "text.json"], []),
        (["day0", "nowhere"], []),
        (["day0"], []),
    ]
    for visits, at in cases:
        paths = [tmp_path / visit for visit in visits]
        words = ["followup", *paths, *(f"--at={time}" for time in at), "--json"]
        assert_refused(lambda: hs.followup(paths, at=at), *words)


def test_readings_that_cannot_be_compared(tmp_path: Path, result: hs.Result) -> None:
    result.save(tmp_path / "one", write="map")
    result.save(tmp_path / "batch" / "P1", write="map")
    (tmp_path / "empty").mkdir()
    for other in ("batch", "empty", "nowhere"):
        paths = tmp_path / "one", tmp_path / other
        assert_refused(lambda: hs.agree(*paths), "agree", *paths, "--json")


@pytest.mark.parametrize(
    ("header", "more"),
    [
        ("study,t1,t2,hematoma,chord", ""),
        ("study,t1,t2,hematoma,cord,t1", ",t1.nii.gz"),
        ("name,t1,t2,hematoma,cord", ""),
        ("study,t1,t2,hematoma,cord,volume_mm3", ",7"),
        ("study,Image,hematoma,cord,age", ""),
        ("study,t1,t2,hematoma,cord,onset", ",36"),
    ],
)
def test_manifests_that_are_none(tmp_path: Path, study: dict[str, str], header: str, more: str) -> None:
    row = ",".join(["a", *(study[role] for role in ("t1", "t2", "hematoma", "cord"))])
    manifest = tmp_path / "m.csv"
    manifest.write_text(f"{header}\n{row}{more}\n")
    words = ["batch", manifest, "-o", tmp_path / "out"]
    if more == ",36":
        # a row at fault has its reason instead
        found = hs.batch(manifest, tmp_path / "out", progress=False, write="map")
        assert list(found["status"]) == ["failed"]
        assert found["reason"][0].startswith("onset: expected a time before the scan with its unit")
        return
    assert_refused(lambda: hs.batch(manifest, tmp_path / "out", progress=False), *words)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("m.xlsx", b"PK\x03\x04\x14\x00"),
        ("m.xls", b"\xd0\xcf\x11\xe0\xa1\xb1"),
        ("m.txt", b"\xff\xfes\x00t\x00"),
        ("m.parquet", b"PAR1\x00"),
    ],
)
def test_tables_that_are_no_text(tmp_path: Path, name: str, start: bytes) -> None:
    (tmp_path / name).write_bytes(start)
    assert_refused(lambda: hs.batch(tmp_path / name, tmp_path / "out"), "batch", tmp_path / name, "-o", tmp_path / "out")


def test_an_option_of_a_batch_is_named(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "m.csv").write_text("study," + ",".join(files(folder)) + "\n")
    words = ["batch", tmp_path / "m.csv", "-o", tmp_path / "out", "--scheme=nobody"]
    assert_refused(lambda: hs.batch(tmp_path / "m.csv", tmp_path / "out", scheme="nobody"), *words)
