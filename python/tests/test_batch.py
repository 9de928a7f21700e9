"""Many studies, their tables, and what is compared by them."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import command, files

import hemastage as hs

pd = pytest.importorskip("pandas")


def rows(folder: Path) -> list[dict[str, Any]]:
    """Three studies, one of them without its T1."""
    names = {"007": "s1", "1e3": "s2", "1e5": "s3"}
    given = [{"study": name, **files(folder / of), "age": 70} for name, of in names.items()]
    given[2]["t1"] = str(folder / "s3" / "none.nii.gz")
    return given


@pytest.fixture(scope="module")
def results(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two studies staged and one failed."""
    output = tmp_path_factory.mktemp("batch") / "results"
    given = pd.DataFrame(rows(folder))
    hs.batch(given, output, write="map,tables", scheme="verse", onset=["36h"], progress=False)
    return output


def test_a_data_frame_is_a_manifest(results: Path) -> None:
    found = hs.read_table(results / "summary.tsv")
    assert list(found["study"]) == ["007", "1e3", "1e5"] and list(found["status"]) == ["ok", "ok", "failed"]
    assert found["reason"][0] is None and found["reason"][2].startswith("t1: ")
    assert str(found["volume_mm3"].dtype) == "float64" and found["volume_mm3"].isna().tolist() == [False, False, True]
    assert str(found["voxels"].dtype) == "Int64" and str(found["mixed_phase"].dtype) == "boolean"
    assert found["onset_h"][0] == [36.0] and found["age"][0] == "70"
    assert (results / "007" / "stages.nii.gz").exists() and not (results / "007" / "report.html").exists()


def test_paths_of_a_data_frame_start_at_the_working_folder(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    given = pd.DataFrame([{"study": "a", **{role: f"s1/{role}.nii.gz" for role in ("t1", "t2", "hematoma", "cord")}}])
    found = hs.batch(given, tmp_path / "out", write="map", progress=False, isolation=False)
    assert list(found["status"]) == ["ok"]


def test_it_is_the_batch_of_the_command(tmp_path: Path, folder: Path, results: Path) -> None:
    pd.DataFrame(rows(folder)).to_csv(tmp_path / "m.csv", index=False)
    words = ["batch", tmp_path / "m.csv", "-o", tmp_path / "out", "--write", "map,tables", "--scheme", "verse"]
    assert command(*words, "--onset", "36h").returncode == 3
    made = sorted(path.relative_to(results) for path in results.rglob("*") if path.is_file())
    assert made == sorted(path.relative_to(tmp_path / "out") for path in (tmp_path / "out").rglob("*") if path.is_file())
    for name in made:
        assert (results / name).read_bytes() == (tmp_path / "out" / name).read_bytes(), name


def test_what_is_unchanged_is_kept(tmp_path: Path, folder: Path, results: Path, caplog: pytest.LogCaptureFixture) -> None:
    given = pd.DataFrame(rows(folder)[:2]).set_index("study")
    choices: dict[str, Any] = {"write": "map,tables", "scheme": "verse", "onset": "36h", "progress": False}
    hs.batch(given, tmp_path / "out", **choices)
    before = (tmp_path / "out" / "007" / "report.json").stat().st_mtime_ns
    with caplog.at_level(logging.INFO, "hemastage"):
        hs.batch(given, tmp_path / "out", resume=True, **choices)
    assert (tmp_path / "out" / "007" / "report.json").stat().st_mtime_ns == before
    assert "1 other column is repeated in summary.tsv" in caplog.text
    with pytest.raises(hs.ParameterError, match="summary.tsv: already exists"):
        hs.batch(given, tmp_path / "out", **choices)


def test_a_manifest_at_fault_is_refused(tmp_path: Path, folder: Path) -> None:
    given = pd.DataFrame(rows(folder)).drop(columns="study")
    with pytest.raises(hs.ParameterError, match="no column `study`: expected one with a name for each study"):
        hs.batch(given, tmp_path / "out", progress=False)
    with pytest.raises(hs.FileError, match="the manifest could not be read"):
        hs.batch(tmp_path / "none.csv", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_every_column_has_a_format(results: Path) -> None:
    for name in ("summary", "levels", "measures"):
        dictionary = json.loads((results / f"{name}.json").read_text())
        assert {column["Format"] for column in dictionary.values()} <= {"string", "number", "integer", "boolean"}
        assert not hs.read_table(results / f"{name}.tsv").empty


@pytest.mark.parametrize("engine", ["polars", "pyarrow"])
def test_other_readers_have_the_same_values(engine: Any, results: Path) -> None:
    pytest.importorskip(engine)
    expected = hs.read_table(results / "summary.tsv")
    found = hs.read_table(results / "summary.tsv", engine)
    columns = found.to_dict(as_series=False) if engine == "polars" else found.to_pydict()
    assert list(columns) == list(expected.columns)
    assert columns["study"] == ["007", "1e3", "1e5"] and columns["onset_h"][0] == [36.0]
    assert columns["mixed_phase"][2] is None and columns["volume_mm3"][:2] == list(expected["volume_mm3"][:2])


def test_a_frame_that_cannot_be_made_is_said_before_any_work(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = pd.DataFrame(rows(folder))
    with pytest.raises(hs.ParameterError, match="unknown engine `excel`: expected one of pandas, polars, pyarrow"):
        hs.batch(given, tmp_path / "out", engine="excel")  # type: ignore[arg-type]
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ModuleNotFoundError, match="the engine `polars` is not installed: install it, or choose one of pandas, pyarrow"):
        hs.batch(given, tmp_path / "out", engine="polars")
    assert not (tmp_path / "out").exists()


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(hs.FileError, match="a.tsv: the table or its dictionary could not be read"):
        hs.read_table(tmp_path / "a.tsv")
    (tmp_path / "a.tsv").write_text("x\ty\n1\t2\n")
    (tmp_path / "a.json").write_text('{"x": {}}')
    with pytest.raises(hs.MalformedError, match="a.tsv: the table does not fit its dictionary"):
        hs.read_table(tmp_path / "a.tsv")


# their onsets are the same at all visits
@pytest.mark.filterwarnings("ignore::hemastage.FindingWarning")
def test_a_followup_by_results_and_by_folders(tmp_path: Path, results: Path, folder: Path) -> None:
    visits = [results / "007", results / "1e3", None]
    found = hs.followup(visits, at=["0h", "2d", "20d"])
    printed = command("followup", *visits[:2], "none", "--at=0h", "--at=2d", "--at=20d", "--json")
    assert found.record == json.loads(printed.stdout) and len(found["visits"]) == 3
    assert set(found.to_frame()["measure"]) >= {"volume", "vertebrae"} and "<svg" in found._repr_html_()
    assert repr(found) == "<hemastage.FollowUp of 3 visits>"
    found.save(tmp_path / "out")
    assert (tmp_path / "out" / "followup.html").exists()
    staged = [hs.stage(**files(folder / name), scheme="verse", onset="36h") for name in ("s1", "s2")]
    assert hs.followup(staged, at=["0h", "2d"]).record == hs.followup(visits[:2], at=["0h", "2d"]).record
    with pytest.raises(hs.ParameterError, match="2 visits, but 1 times"):
        hs.followup(visits[:2], at=["0h"])


def test_two_readings_agree(tmp_path: Path, results: Path) -> None:
    shutil.copytree(results, tmp_path / "again")
    found = hs.agree(results, tmp_path / "again")
    assert found.record == json.loads(command("agree", results, tmp_path / "again", "--json").stdout)
    assert repr(found) == "<hemastage.Agreement in 2 studies>"
    assert found["overall"]["mean_dice"] == 1.0 and list(found.to_frame()["study"]) == ["007", "1e3"]
    found.save(tmp_path / "out")
    with pytest.raises(hs.ParameterError, match="already exists"):
        found.save(tmp_path / "out")
    found.save(tmp_path / "out", force=True)


def test_words_spans_profiles_and_files(folder: Path) -> None:
    words = hs.read("iso", ["hyper", "hypo"], onset="15h")
    assert words == json.loads(command("read", "--t1=iso", "--t2=hyper,hypo", "--onset=15h", "--json").stdout)
    assert hs.levels("C3-T1") == json.loads(command("levels", "C3-T1", "--json").stdout)[0]
    assert hs.criteria("spinal").toml == command("criteria", "show", "spinal").stdout
    assert hs.CRITERIA[0] == "spinal" and "totalspineseg" in hs.SCHEMES
    assert hs.inspect(folder / "s1") == json.loads(command("inspect", folder / "s1", "--json").stdout)
    for call, text in [
        (lambda: hs.levels("X"), "span `X`: `X` is not a vertebra"),
        (lambda: hs.levels("--help"), "is not a vertebra"),
        (lambda: hs.criteria("x"), "unknown criteria profile `x`"),
        (lambda: hs.read("foo", "iso"), "unknown signal level `foo`"),
        (lambda: hs.inspect(folder / "none"), "none: the file could not be opened"),
    ]:
        with pytest.raises(hs.Error) as raised:
            call()
        assert text in str(raised.value)


def test_a_phantom_is_that_of_the_command(tmp_path: Path) -> None:
    nibabel, np = pytest.importorskip("nibabel"), pytest.importorskip("numpy")
    choices: dict[str, Any] = {"seed": 7, "grid": "small", "from_": "C5", "to": "C6", "t2star": "dark"}
    made = hs.phantom(**choices)
    words = [f"--{name.rstrip('_')}={value}" for name, value in choices.items()]
    assert command("phantom", *words, "-o", tmp_path / "out").returncode == 0
    for name in ("t1", "t2", "t2star", "hematoma", "cord", "vertebrae"):
        image = nibabel.load(tmp_path / "out" / f"{name}.nii.gz")
        array, affine = made[name]
        assert np.array_equal(np.asanyarray(image.dataobj), array) and np.allclose(image.affine, affine)
    assert made.truth == json.loads((tmp_path / "out" / "truth.json").read_text())
    result = hs.stage(made["t1"], made["t2"], hematoma=made["hematoma"], cord=made["cord"], t2star=made["t2star"])
    assert result.call == "hyperacute" and result["susceptibility"] is not None
