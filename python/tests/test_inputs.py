"""Paths, arrays, images of nibabel and SimpleITK: one report."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CHOICES, ROLES, arguments, but_inputs, command

import hemastage as hs

Arrays = dict[str, tuple[Any, Any]]


def test_by_path_it_is_the_command(study: dict[str, str], result: hs.Result) -> None:
    printed = command("stage", *arguments(study), "--json").stdout
    assert result.report_json == printed
    assert result.report == json.loads(printed)
    assert result.call == result["stage"]["call"] == "late_subacute" and result.mixed
    assert result.levels is not None and result.levels["vertebrae"] > 0


def test_paths_may_be_path_objects(study: dict[str, str], result: hs.Result) -> None:
    assert hs.stage(**{role: Path(path) for role, path in study.items()}, **CHOICES) == result


def test_arrays_and_images_give_the_same_report(study: dict[str, str], arrays: Arrays, result: hs.Result) -> None:
    nibabel, sitk = pytest.importorskip("nibabel"), pytest.importorskip("SimpleITK")
    images = {role: nibabel.load(path) for role, path in study.items()}
    itk = {role: sitk.ReadImage(path) for role, path in study.items()}
    mixed = {**arrays, "t1": study["t1"], "cord": images["cord"], "canal": itk["canal"]}
    for given in (arrays, images, itk, mixed):
        found = hs.stage(**given, **CHOICES)
        assert but_inputs(found) == but_inputs(result)
        assert np.array_equal(found.stage_map.array, result.stage_map.array)
    assert {entry["format"] for entry in found["inputs"]} == {"array", "nifti-1"}


def test_a_view_of_simpleitk_outlives_its_image(study: dict[str, str], result: hs.Result) -> None:
    sitk = pytest.importorskip("SimpleITK")
    found = hs.stage(**{role: sitk.ReadImage(path) for role, path in study.items()}, **CHOICES)
    gc.collect()
    assert found.svg is not None and but_inputs(found) == but_inputs(result)


def flipped(image: tuple[Any, Any], axis: int) -> tuple[Any, Any]:
    array, affine = image
    turned = affine.copy()
    turned[:3, 3] += turned[:3, axis] * (array.shape[axis] - 1)
    turned[:3, axis] *= -1
    return np.flip(array, axis), turned


def transposed(image: tuple[Any, Any]) -> tuple[Any, Any]:
    array, affine = image
    return array.transpose(2, 0, 1), affine[:, [2, 0, 1, 3]]


@pytest.mark.parametrize("role", ["t1", "t2"])
def test_memory_order_and_axes_change_nothing(role: str, arrays: Arrays, result: hs.Result) -> None:
    array, affine = arrays[role]
    ways = {
        "C order": (np.ascontiguousarray(array), affine),
        "Fortran order": (np.asfortranarray(array), affine),
        "flipped": flipped((array, affine), 0),
        "flipped twice": flipped(flipped((array, affine), 1), 2),
        "transposed": transposed((array, affine)),
        "big-endian": (array.astype(array.dtype.newbyteorder(">")), affine),
        "float": (array.astype(np.float32), affine),
        "one volume": (array[..., np.newaxis], affine),
        "list": (array, affine.tolist()),
    }
    for way, image in ways.items():
        found = hs.stage(**{**arrays, role: image}, **CHOICES)
        # a turned image differs by the last bit of its affine
        assert found["stage"] == result["stage"] and found["shape"] == result["shape"], way
        if not way.startswith(("flipped", "transposed")):
            assert but_inputs(found) == but_inputs(result), way


def test_masks_of_any_type(arrays: Arrays, result: hs.Result) -> None:
    mask, affine = arrays["hematoma"]
    for dtype in ("bool", ">u2", "i8", "f4", "f8", "u4"):
        found = hs.stage(**{**arrays, "hematoma": (mask.astype(dtype), affine)}, **CHOICES)
        assert but_inputs(found) == but_inputs(result), dtype
    found = hs.stage(**{**arrays, "hematoma": flipped((mask, affine), 1)}, **CHOICES)
    assert found["hematoma"]["volume_mm3"] == result["hematoma"]["volume_mm3"]


def test_a_volume_of_several_is_chosen(arrays: Arrays, result: hs.Result) -> None:
    array, affine = arrays["t2"]
    both = (np.stack([array * 0, array], axis=-1), affine)
    assert but_inputs(hs.stage(**{**arrays, "t2": both}, t2_volume=1, **CHOICES)) == but_inputs(result)


def test_scaled_images_are_scaled_as_the_command_does(
    tmp_path: Path, study: dict[str, str], arrays: Arrays, result: hs.Result
) -> None:
    nibabel = pytest.importorskip("nibabel")
    array, affine = arrays["t1"]
    image = nibabel.Nifti1Image(array, affine)
    image.header.set_slope_inter(0.37, 1.5)
    nibabel.save(image, tmp_path / "t1.nii")
    scaled = str(tmp_path / "t1.nii")
    by_path = hs.stage(**{**study, "t1": scaled}, **CHOICES)
    assert but_inputs(hs.stage(**{**study, "t1": nibabel.load(scaled)}, **CHOICES)) == but_inputs(by_path)
    assert by_path["reference"]["t1"]["median"] != result["reference"]["t1"]["median"]


@pytest.mark.parametrize(
    ("role", "change", "expected"),
    [
        ("t1", lambda a, m: (a.astype(complex), m), "t1: the array holds complex128, expected whole or real numbers"),
        ("t1", lambda a, m: (a.astype(object), m), "t1: the array holds object, expected whole or real numbers"),
        ("t1", lambda a, m: (a[0], m), "t1: the array has 2 axes, expected three: i, j, k"),
        ("t1", lambda a, m: (a, m[:3]), "t1: the affine has the shape (3, 4), expected (4, 4)"),
        ("t1", lambda a, m: (np.stack([a, a], -1), m), "which is 2 volumes: expected one, or its number"),
        ("t1", lambda a, m: (a, m * np.nan), "t1: "),
        ("hematoma", lambda a, m: (a * 0, m), "hematoma: the mask is empty"),
        ("hematoma", lambda a, m: (a * 0.5, m), "hematoma: "),
        ("hematoma", lambda a, m: (a[:0], m), "hematoma: "),
        ("cord", lambda a, m: (a, m + np.diag([0, 0, 0, 1]) * 0 + 1e5 * np.eye(4, k=3)), ""),
    ],
)
def test_what_is_no_image_is_refused(role: str, change: Any, expected: str, arrays: Arrays) -> None:
    with pytest.raises(hs.Error) as raised:
        hs.stage(**{**arrays, role: change(*arrays[role])}, **CHOICES)
    assert expected in str(raised.value)


def test_an_affine_that_nibabel_made_up_is_refused(tmp_path: Path, study: dict[str, str], arrays: Arrays) -> None:
    nibabel = pytest.importorskip("nibabel")
    array, _ = arrays["t1"]
    nibabel.save(nibabel.Nifti1Image(array, None), tmp_path / "t1.nii")
    nibabel.save(nibabel.AnalyzeImage(array, None), tmp_path / "t1.hdr")
    for image in (nibabel.load(tmp_path / "t1.nii"), nibabel.load(tmp_path / "t1.hdr"), nibabel.Nifti1Image(array, None)):
        with pytest.raises(hs.GeometryError, match="t1: neither sform nor qform is set, so left and right are unknown"):
            hs.stage(**{**study, "t1": image}, **CHOICES)


def test_images_of_other_formats_have_an_orientation(arrays: Arrays, result: hs.Result) -> None:
    nibabel = pytest.importorskip("nibabel")
    images = {role: nibabel.MGHImage(array.astype("i4"), affine) for role, (array, affine) in arrays.items()}
    assert hs.stage(**images, **CHOICES)["stage"] == result["stage"]


def test_other_types_are_named(study: dict[str, str]) -> None:
    with pytest.raises(TypeError, match="t1: found int, expected a path, "):
        hs.stage(**{**study, "t1": 7})


def test_all_roles_are_tested(arrays: Arrays) -> None:
    assert tuple(arrays) == ROLES
