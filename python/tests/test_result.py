"""What a staged study gives."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CHOICES, arguments, command, files

import hemastage as hs


def test_it_cannot_be_changed(result: hs.Result) -> None:
    with pytest.raises(AttributeError, match="a result cannot be changed: `call` was to be set"):
        result.call = "acute"  # type: ignore[misc, assignment]
    with pytest.raises(AttributeError):
        del result.report
    with pytest.raises(TypeError):
        result["stage"] = 1  # type: ignore[index]


def test_files_are_those_of_the_command(tmp_path: Path, study: dict[str, str]) -> None:
    result = hs.stage(**study, study="P7", **CHOICES)
    names = result.save(tmp_path / "python")
    assert command("stage", *arguments(study, study="P7"), "-o", tmp_path / "command").returncode == 0
    assert sorted(path.name for path in (tmp_path / "command").iterdir()) == sorted(names)
    for name in names:
        assert (tmp_path / "python" / name).read_bytes() == (tmp_path / "command" / name).read_bytes(), name
    with pytest.raises(hs.ParameterError, match="report.json: already exists in the output folder") as raised:
        result.save(tmp_path / "python")
    assert raised.value.place == "report.json"
    assert result.save(tmp_path / "python", force=True) == names


def test_only_chosen_parts_are_written(tmp_path: Path, result: hs.Result) -> None:
    assert result.save(tmp_path / "out", write=["report", "map"]) == ["report.json", "stages.nii.gz", "stages.tsv"]
    with pytest.raises(hs.ParameterError, match="neither T2 nor T1 is DICOM"):
        result.save(tmp_path / "dicom", write="seg")
    assert not (tmp_path / "dicom").exists()


def test_maps_are_on_the_grid_of_the_mask(tmp_path: Path, study: dict[str, str], result: hs.Result) -> None:
    nibabel = pytest.importorskip("nibabel")
    result.save(tmp_path / "out", write="map")
    image = nibabel.load(tmp_path / "out" / "stages.nii.gz")
    stages, ratios, shares = result.stage_map, result.ratio_map, result.probability_map
    assert stages is not None and ratios is not None and shares is not None
    assert np.array_equal(stages.array, np.asanyarray(image.dataobj))
    assert np.array_equal(stages.affine, image.affine)
    assert result.map_file == (tmp_path / "out" / "stages.nii.gz").read_bytes()
    inside = stages.array > 0
    assert ratios.shape == (*stages.shape, 2) and shares.shape == (*stages.shape, 6)
    assert np.array_equal(np.isfinite(ratios.array[..., 0]), inside)
    assert np.allclose(shares.array[inside].sum(axis=-1), 1.0, atol=1e-5)
    assert np.isnan(shares.array[~inside]).all()
    median = result["hematoma"]["signal"]["t1"]["median_ratio"]
    assert abs(np.nanmedian(ratios.array[..., 0]) - median) < 0.05 * median
    assert list(shares.names.values())[0] == "hyperacute" and stages.names[7] == "unsampled"
    assert np.asarray(stages).sum() == stages.array.sum()


def test_maps_become_images(result: hs.Result) -> None:
    pytest.importorskip("nibabel")
    sitk = pytest.importorskip("SimpleITK")
    stages, ratios = result.stage_map, result.ratio_map
    assert stages is not None and ratios is not None
    assert np.array_equal(np.asanyarray(stages.to_nibabel().dataobj), stages.array)
    image = stages.to_simpleitk()
    assert np.array_equal(sitk.GetArrayFromImage(image).transpose(), stages.array)
    point = image.TransformIndexToPhysicalPoint((3, 5, 7))
    assert np.allclose(np.diag([-1, -1, 1]) @ point, (stages.affine @ [3, 5, 7, 1])[:3])
    assert ratios.to_simpleitk().GetNumberOfComponentsPerPixel() == 2


def test_a_pickled_result_keeps_all_but_the_images(result: hs.Result) -> None:
    copy: hs.Result = pickle.loads(pickle.dumps(result))
    assert copy == result and hash(copy) == hash(result) and copy.report == result.report and copy.summary == result.summary
    assert copy.svg == result.svg and copy.map_file == result.map_file and copy.call == result.call
    assert copy.probability_map is not None and result.probability_map is not None
    assert np.array_equal(copy.probability_map.array, result.probability_map.array, equal_nan=True)
    assert pickle.loads(pickle.dumps(copy)) == result
    with pytest.raises(hs.ParameterError, match="the result was pickled and has no images any more"):
        copy.save("nowhere")


def test_it_is_shown_in_a_notebook(result: hs.Result) -> None:
    html = result._repr_html_()
    assert html.startswith("<pre style=") and ">stage " in html and "<svg" in html and result.summary.splitlines()[0] in html
    assert repr(result) == "<hemastage.Result late_subacute, mixed-phase>"


def test_figures_in_one_notebook_keep_their_images(folder: Path, result: hs.Result) -> None:
    other = hs.stage(**files(folder / "s2"), **CHOICES)
    ids = []
    for shown in (result._repr_html_(), other._repr_html_()):
        ids.append(set(re.findall(r'id="([^"]*)"', shown)))
        assert set(re.findall(r'href="#([^"]*)"', shown)) <= ids[-1] and len(ids[-1]) >= 4
    assert not ids[0] & ids[1]


def test_a_row_of_the_summary(study: dict[str, str]) -> None:
    pytest.importorskip("pandas")
    row = hs.stage(**study, study="007", **CHOICES).to_frame().iloc[0]
    assert row["study"] == "007" and bool(row["mixed_phase"])
    assert row["onset_h"] == [240.0, 36.0] and row["volume_mm3"] > 0


def test_images_without_a_hematoma(tmp_path: Path, study: dict[str, str]) -> None:
    given: dict[str, Any] = {role: path for role, path in study.items() if role not in ("hematoma", "canal")}
    result = hs.stage(**given, no_hematoma=True, scheme="verse")
    assert (result.call, result.mixed, result.stage_map, result.svg) == (None, False, None, None)
    assert result.save(tmp_path / "out") == ["report.json"]
    printed = command("stage", *(f"--{role}={path}" for role, path in given.items()), "--no-hematoma", "--scheme=verse", "--json")
    assert printed.stdout == result.report_json
