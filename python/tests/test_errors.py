"""Every bad input gives the sentence of the command, as an exception of its kind."""

from __future__ import annotations

import gzip
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import arguments, command

import hemastage as hs


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory, study: dict[str, str]) -> dict[str, str]:
    """Files that are at fault, by what is wrong with them."""
    nibabel = pytest.importorskip("nibabel")
    folder = tmp_path_factory.mktemp("bad")
    image, mask, cord = (nibabel.load(study[role]) for role in ("t1", "hematoma", "cord"))
    far = image.affine + np.diag([1000.0], k=3)
    voxels = np.asanyarray(mask.dataobj)
    cut = gzip.decompress(Path(study["t1"]).read_bytes())
    made: dict[str, Any] = {
        "empty": nibabel.Nifti1Image(voxels * 0, mask.affine),
        "far": nibabel.Nifti1Image(voxels, far),
        "halves": nibabel.Nifti1Image(voxels * np.float32(0.5), mask.affine),
        "tiny": nibabel.Nifti1Image((np.cumsum(np.asanyarray(cord.dataobj)).reshape(cord.shape) == 5).astype("u1"), cord.affine),
        "unoriented": nibabel.Nifti1Image(np.asanyarray(image.dataobj), None),
        "several": nibabel.Nifti1Image(np.stack([np.asanyarray(image.dataobj)] * 2, -1), image.affine),
        "complex": nibabel.Nifti1Image(np.asanyarray(image.dataobj).astype(np.complex64), image.affine),
        "flat": nibabel.Nifti1Image(np.asanyarray(image.dataobj) * 0 + 7, image.affine),
        "zero": nibabel.Nifti1Image(np.asanyarray(image.dataobj) * 0, image.affine),
    }
    for name, found in made.items():
        nibabel.save(found, folder / f"{name}.nii")
    (folder / "cut.nii").write_bytes(cut[:4000])
    (folder / "notes.nii").write_text("no image")
    (folder / "folder").mkdir()
    (folder / "landmarks.csv").write_text("level,x,y,z\nC99,1,2,3\n")
    (folder / "criteria.toml").write_text("name = 'mine'")
    paths = {path.stem: str(path) for path in folder.iterdir()}
    return {**paths, "gone": str(folder / "gone.nii")}


#: Options in place of a study's own; `@` stands for a bad file, and `None` for an option that is left out.
CASES: list[tuple[dict[str, Any], type[hs.Error]]] = [
    ({"t1": "@gone"}, hs.FileError),
    ({"t1": "@cut"}, hs.MalformedError),
    ({"t2": "@notes"}, hs.MalformedError),
    ({"t1": "@folder"}, hs.Error),
    ({"t1": "@several"}, hs.ParameterError),
    ({"t1": "@complex"}, hs.UnsupportedError),
    ({"t1": "@unoriented"}, hs.GeometryError),
    ({"t1": "@zero"}, hs.Error),
    ({"t1": "@far"}, hs.GeometryError),
    ({"hematoma": "@empty"}, hs.MalformedError),
    ({"hematoma": "@halves"}, hs.MalformedError),
    ({"hematoma": "@far"}, hs.GeometryError),
    ({"cord": "@tiny"}, hs.Error),
    ({"cord": "@empty"}, hs.MalformedError),
    ({"cord": None}, hs.ParameterError),
    ({"hematoma": None}, hs.ParameterError),
    ({"onset": "36"}, hs.ParameterError),
    ({"onset": "-3h"}, hs.ParameterError),
    ({"onset": "2024-01-01T10:00"}, hs.ParameterError),
    ({"onset": ["1h"] * 17}, hs.ParameterError),
    ({"visit_time": "soon"}, hs.ParameterError),
    ({"scheme": "nobody"}, hs.ParameterError),
    ({"scheme": None}, hs.ParameterError),
    ({"scheme": "totalspineseg"}, hs.Error),
    ({"criteria": "nobody"}, hs.ParameterError),
    ({"criteria": "@criteria"}, hs.MalformedError),
    ({"thresholds_t1": "1.2,0.8"}, hs.ParameterError),
    ({"thresholds_t2": "nan,1"}, hs.ParameterError),
    ({"smooth": "much"}, hs.ParameterError),
    ({"model": "guess"}, hs.ParameterError),
    ({"reference_mode": "both"}, hs.ParameterError),
    ({"study": "=1+1"}, hs.ParameterError),
    ({"study": "a\tb"}, hs.ParameterError),
    ({"landmarks": "@landmarks"}, hs.ParameterError),
    ({"landmarks": "@landmarks", "vertebrae": None, "scheme": None}, hs.Error),
    ({"reference_t1": "400"}, hs.ParameterError),
    ({"reference_t1": "0", "reference_t2": "400", "cord": None}, hs.ParameterError),
    ({"t1_volume": 3}, hs.ParameterError),
    ({"t1_post_volume": 3}, hs.ParameterError),
    ({"threads": 0}, hs.ParameterError),
    ({"threads": 4000}, hs.ParameterError),
    ({"like": "@notes"}, hs.FileError),
]


@pytest.mark.parametrize(("change", "kind"), CASES, ids=lambda found: str(found)[:60])
def test_the_sentence_is_that_of_the_command(
    change: dict[str, Any], kind: type[hs.Error], study: dict[str, str], bad: dict[str, str]
) -> None:
    def filled(value: Any) -> Any:
        return bad[value[1:]] if isinstance(value, str) and value.startswith("@") else value

    changed = {name: filled(value) for name, value in change.items()}
    printed = command("stage", *arguments(study, **changed), "--json")
    expected = printed.stderr.split("\n\n")[0].removeprefix("error: ").strip()
    assert printed.returncode in (1, 2) and expected
    given = {**study, "onset": ["10d", "36h"], "scheme": "verse", **changed}
    with pytest.raises(hs.Error) as raised:
        hs.stage(**{name: value for name, value in given.items() if value is not None})
    error = raised.value
    assert str(error) == expected
    assert isinstance(error, kind) and isinstance(error, ValueError)
    assert isinstance(error, OSError) == (error.kind == "io")
    assert error.place is None or str(error).startswith(error.place)
    # of a path, only its name
    assert not any(Path(path).parent.name in str(error) for path in bad.values())


def test_an_exception_goes_from_process_to_process() -> None:
    for error in (hs.GeometryError("t1: far", "t1"), hs.FileError("x: gone", "x"), hs.Error("no")):
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy), copy.place, copy.kind) == (type(error), str(error), error.place, error.kind)


def test_warnings_of_the_command_are_warnings(tmp_path: Path, study: dict[str, str], result: hs.Result) -> None:
    (tmp_path / "report.json").write_text(result.report_json.replace('"results_revision": ', '"results_revision": 9'))
    with pytest.warns(UserWarning, match="--like: the report is of results revision"):
        hs.stage(**study, scheme="verse", like=tmp_path / "report.json")
