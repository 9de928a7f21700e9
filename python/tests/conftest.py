"""Small synthetic studies, and the command to compare with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hemastage as hs

#: The images and masks of a study.
ROLES = ("t1", "t2", "hematoma", "cord", "canal", "vertebrae")
#: Of the demo.
CHOICES: dict[str, Any] = {"onset": ["10d", "36h"], "scheme": "verse"}
#: The command that was built with the package, else the package's own.
COMMAND = [os.environ["HEMASTAGE"]] if "HEMASTAGE" in os.environ else [sys.executable, "-m", "hemastage"]


def files(folder: Path) -> dict[str, str]:
    """The paths of a study."""
    return {role: str(folder / f"{role}.nii.gz") for role in ROLES}


def arguments(given: dict[str, Any], **choices: Any) -> list[str]:
    """The options of the command."""
    values = {**given, **CHOICES, **choices}
    onsets = values.pop("onset", [])
    given_values = {f"--{name.replace('_', '-')}": value for name, value in values.items() if value is not None}
    words = [name if value is True else f"{name}={value}" for name, value in given_values.items()]
    return words + [f"--onset={onset}" for onset in ([onsets] if isinstance(onsets, str) else onsets)]


def command(*words: Any) -> subprocess.CompletedProcess[str]:
    """Runs the command."""
    return subprocess.run([*COMMAND, *map(str, words)], capture_output=True, text=True, check=False)


def but_inputs(result: hs.Result) -> dict[str, Any]:
    """A report without what it says of files."""
    report = {key: value for key, value in result.report.items() if key not in ("inputs", "reasons")}
    return {**report, "reasons": {key: why for key, why in result["reasons"].items() if "inputs" not in key}}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three studies on disk: s1, s2, s3."""
    folder = tmp_path_factory.mktemp("studies")
    for seed in (1, 2, 3):
        chosen = {"grid": "small", "stage": ["acute", "late_subacute"], "shading": 1.3}
        hs.phantom(folder / f"s{seed}", seed=seed, **chosen)
    return folder


@pytest.fixture(scope="session")
def study(folder: Path) -> dict[str, str]:
    """The paths of the first."""
    return files(folder / "s1")


@pytest.fixture(scope="session")
def result(study: dict[str, str]) -> hs.Result:
    """The first, staged by its paths."""
    return hs.stage(**study, **CHOICES)


@pytest.fixture(scope="session")
def arrays(study: dict[str, str]) -> dict[str, tuple[Any, Any]]:
    """The first, in memory."""
    nibabel = pytest.importorskip("nibabel")
    images = {role: nibabel.load(path) for role, path in study.items()}
    return {role: (np.asanyarray(image.dataobj), image.affine) for role, image in images.items()}
