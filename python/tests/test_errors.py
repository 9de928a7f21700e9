"""Every bad input gives the sentence of the command, as an exception of its kind."""

from __future__ import annotations

import gzip
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import arguments, command

import hemastage as hs


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory, study: dict[str, str], result: hs.Result) -> dict[str, str]:
    """Files that are at fault, by what is wrong with them, and those of the study."""
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
        "masks": nibabel.Nifti1Image(np.stack([voxels] * 2, -1), mask.affine),
        "far_cord": nibabel.Nifti1Image(np.asanyarray(cord.dataobj), far),
    }
    for name, found in made.items():
        nibabel.save(found, folder / f"{name}.nii")
    (folder / "cut.nii").write_bytes(cut[:4000])
    (folder / "notes.nii").write_text("no image")
    (folder / "folder").mkdir()
    texts = {
        "landmarks.csv": "level,x,y,z\nC99,1,2,3\n",
        "no_levels.csv": "patient,ZQSMITH born 1947\nC3,1\n",
        "no_number.csv": "level,x,y,z\nC3,1,ZQSMITH,3\n",
        "two_numbers.json": '{"C5": [0, 20]}',
        "no_landmarks.json": '{"PatientName": "ZQSMITH^JOHN", "EchoTime": 0.01}',
        "long_spine.json": '{"C3": [0, 0, 0], "C4": [0, 0, -2000.5]}',
        "many.csv": "level,x,y,z\n" + "C3,0,0,0\n" * 70000,
        "criteria.toml": "name = 'mine'",
        "broken.toml": hs.criteria().toml.replace("[mixture]", "[ZQSMITH"),
        "no_key.toml": hs.criteria().toml.replace("title = ", "ZQSMITH = ", 1),
        "no_stage.toml": hs.criteria().toml.replace('name = "acute"', 'name = "ZQSMITH"', 1),
        "no_weight.toml": hs.criteria().toml.replace("weight = 0.3", 'weight = "ZQSMITH"', 1),
        "no_name.toml": 'name = "x"\nsource = "y"\n[vertebrae]\nZQSMITH = 1\n',
        "no_label.toml": 'name = "x"\nsource = "y"\n[vertebrae]\nC3 = "ZQSMITH"\n',
        "no_report.json": "{}",
        "large.toml": "#" * ((1 << 20) + 1),
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    (folder / "binary.toml").write_bytes(b"\xff\xfe\x00")
    (folder / "archive.zip").write_bytes(b"PK\x03\x04" + bytes(200))
    (folder / "own_profile.json").write_text(result.report_json.replace('"name": "spinal"', '"name": "DOE"'))
    paths = {path.stem: str(path) for path in folder.iterdir()}
    return {**study, **paths, "gone": str(folder / "gone.nii")}


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
    ({"like": "@gone"}, hs.Error),
    ({"like": "@no_report"}, hs.Error),
    ({"like": "@own_profile"}, hs.Error),
    ({"hematoma": "@hematoma:9"}, hs.Error),
    ({"hematoma": "@hematoma:one"}, hs.Error),
    ({"hematoma": "@t1"}, hs.Error),
    ({"hematoma": "@masks"}, hs.Error),
    ({"hematoma": "@hematoma", "no_hematoma": True}, hs.Error),
    ({"hematoma": "@hematoma:1,9", "no_hematoma": True}, hs.Error),
    ({"hematoma": None, "no_hematoma": True, "cord": "@empty"}, hs.Error),
    ({"cord": "@cord:0"}, hs.Error),
    ({"cord": "@masks"}, hs.Error),
    ({"cord": "@far_cord"}, hs.Error),
    ({"cord": "@t2"}, hs.Error),
    ({"cord": "@hematoma"}, hs.Error),
    ({"cord": None, "reference": "@cord"}, hs.Error),
    ({"reference_tissue": "muscle"}, hs.Error),
    ({"cord": None, "reference": "@cord", "reference_tissue": ""}, hs.Error),
    ({"reference_t1": "4", "reference_t2": "4"}, hs.Error),
    ({"cord": None, "reference_t1": "4"}, hs.Error),
    ({"canal": "@empty"}, hs.Error),
    ({"canal": "@t1"}, hs.Error),
    ({"t1": "@archive"}, hs.Error),
    ({"t1": "@t1#5"}, hs.Error),
    ({"t1": "@several", "t1_volume": 2}, hs.Error),
    ({"t1_post": "@several"}, hs.Error),
    ({"t1_post": "@gone"}, hs.Error),
    ({"t2star": "@notes"}, hs.Error),
    ({"t1_fs": "@t1"}, hs.Error),
    ({"vertebrae": "@t1"}, hs.Error),
    ({"vertebrae": "@empty"}, hs.Error),
    ({"vertebrae": "@gone"}, hs.Error),
    ({"vertebrae": None, "anatomy": "@vertebrae", "cord": None}, hs.Error),
    ({"scheme": "totalsegmentator-mr"}, hs.Error),
    ({"scheme": "@no_name"}, hs.Error),
    ({"scheme": "@no_label"}, hs.Error),
    ({"vertebrae": None}, hs.Error),
    *(
        ({"landmarks": f"@{name}", "vertebrae": None, "scheme": None}, hs.Error)
        for name in ("no_levels", "no_number", "two_numbers", "no_landmarks", "long_spine", "many", "gone", "folder")
    ),
    *(
        ({"criteria": f"@{name}"}, hs.Error)
        for name in ("broken", "no_key", "no_stage", "no_weight", "large", "binary", "gone.toml", "folder")
    ),
    ({"study": "+1"}, hs.Error),
    ({"study": "@x"}, hs.Error),
    ({"study": ""}, hs.Error),
    *(
        ({"onset": onset}, hs.Error)
        for onset in (
            *("yesterday", "h", "2031-05-06", "2031-05-06T08:30", "2031-05-06T08:30Z", "2031-05-06T08:30+01:00"),
            *("06.05.2031 08:30", "2031-02-30T08:30"),
        )
    ),
    *(({"thresholds_t1": wrong}, hs.Error) for wrong in ("0,1", "1", "a,b", "")),
    ({"visit_time": "2031-05-08T12:00"}, hs.Error),
    ({"visit_time": "2031-05-08"}, hs.Error),
    ({"visit_time": "2d", "day0": "May 2031"}, hs.Error),
    ({"visit_time": "2031-05-05T12:00", "day0": "2031-05-06"}, hs.Error),
    ({"day0": "2031-05-06"}, hs.Error),
]


@pytest.mark.parametrize(("change", "kind"), CASES, ids=lambda found: str(found)[:60])
def test_the_sentence_is_that_of_the_command(
    change: dict[str, Any], kind: type[hs.Error], study: dict[str, str], bad: dict[str, str]
) -> None:
    def filled(value: Any) -> Any:
        if not (isinstance(value, str) and value.startswith("@")) or value == "@x":
            return value
        name = re.split("[:#.]", value[1:])[0]
        return bad[name] + value[1 + len(name) :]

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
    assert isinstance(error, hs.ParameterError) == (printed.returncode == 2)
    assert isinstance(error, OSError) == (error.kind == "io")
    assert error.place is None or str(error).startswith(error.place)
    # of a path, only its name; of a file's text nothing, and no date
    assert not any(word in str(error) for word in (Path(bad["gone"]).parent.name, "ZQSMITH", "2031"))


def test_an_exception_goes_from_process_to_process() -> None:
    for error in (hs.GeometryError("t1: far", "t1"), hs.FileError("x: gone", "x"), hs.Error("no")):
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy), copy.place, copy.kind) == (type(error), str(error), error.place, error.kind)


def test_warnings_of_the_command_are_warnings(tmp_path: Path, study: dict[str, str], result: hs.Result) -> None:
    (tmp_path / "report.json").write_text(result.report_json.replace('"results_revision": ', '"results_revision": 9'))
    with pytest.warns(UserWarning, match="--like: the report is of results revision"):
        hs.stage(**study, scheme="verse", like=tmp_path / "report.json")
