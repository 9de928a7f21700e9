"""Findings that are warnings are warnings of Python, in the command's words."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CHOICES, arguments, command, files

import hemastage as hs


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory, study: dict[str, str]) -> dict[str, str]:
    """The study with the hematoma 12 mm to the right of where it was drawn."""
    nibabel = pytest.importorskip("nibabel")
    path = tmp_path_factory.mktemp("moved") / "moved.nii.gz"
    mask = nibabel.load(study["hematoma"])
    affine = mask.affine + np.diag([12.0], k=3)
    nibabel.save(nibabel.Nifti1Image(np.asanyarray(mask.dataobj), affine), path)
    return {**study, "hematoma": str(path)}


def texts(caught: list[warnings.WarningMessage]) -> list[str]:
    assert all(one.category is hs.FindingWarning and one.filename == __file__ for one in caught)
    return [str(one.message) for one in caught]


def of_severity(findings: list[dict[str, Any]], severity: str) -> list[str]:
    return [
        (f"{one['place']}: " if one["place"] else "") + one["message"] for one in findings if one["severity"] == severity
    ]


def test_each_warning_is_one_of_the_command(moved: dict[str, str], tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = hs.stage(**moved, **CHOICES)
    assert texts(caught) == of_severity(result.findings, "warning")
    assert any("lies up to 12.0 mm" in text for text in texts(caught))
    printed = command("stage", *arguments(moved), "-o", tmp_path / "out").stdout
    assert all(f"! {text}" in printed or f"▲ {text}" in printed for text in texts(caught))


def test_they_are_silenced_as_usual(moved: dict[str, str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(hs.FindingWarning):
            hs.stage(**moved, **CHOICES)
        warnings.simplefilter("ignore", hs.FindingWarning)
        hs.stage(**moved, **CHOICES)


def test_a_sound_study_has_none(study: dict[str, str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hs.stage(**study, **CHOICES)


def test_a_follow_up_warns_of_growth(study: dict[str, str]) -> None:
    visits = [hs.stage(**study, scheme="verse") for _ in range(2)]
    report = visits[1].report
    assert report["hematoma"]["volume_mm3"] > 0
    grown = visits[1].report_json.replace(
        f'"volume_mm3": {report["hematoma"]["volume_mm3"]}', f'"volume_mm3": {10 * report["hematoma"]["volume_mm3"]}'
    )
    larger = hs.Result(None, {"report_json": grown})
    with pytest.warns(hs.FindingWarning, match="the hematoma is larger at visit 2") as caught:
        found = hs.followup([visits[0], larger], at=["0h", "2d"])
    assert texts(list(caught)) == of_severity(found["findings"], "warning")


def test_a_batch_says_how_many(tmp_path: Path, folder: Path, moved: dict[str, str]) -> None:
    pd = pytest.importorskip("pandas")
    rows = [{"study": "a", **files(folder / "s1")}, {"study": "b", **moved}]
    with pytest.warns(hs.FindingWarning, match="^1 with warnings: .*mask_off_grid 1.* `warning_codes`") as caught:
        summary = hs.batch(pd.DataFrame(rows), tmp_path / "out", write="map", scheme="verse", progress=False)
    assert len(texts(list(caught))) == 1
    assert summary["warning_codes"][0] is None and "mask_off_grid" in summary["warning_codes"][1]
