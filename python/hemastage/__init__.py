"""Stages spinal hematomas from T1- and T2-weighted MRI.

    >>> import hemastage as hs
    >>> result = hs.stage("t1.nii.gz", "t2.nii.gz", hematoma="seg.nii.gz:2", cord="seg.nii.gz:1")
    >>> result.call, result.mixed

For research use only: it states the stage that a signal fits and is not for clinical use.
"""

from __future__ import annotations

from ._batch import batch
from ._errors import (
    Error,
    FileError,
    GeometryError,
    LimitError,
    MalformedError,
    ParameterError,
    UnsupportedError,
)
from ._map import Map
from ._native import __version__
from ._phantom import Phantom, phantom
from ._records import (
    CRITERIA,
    SCHEMES,
    Agreement,
    Criteria,
    FollowUp,
    agree,
    criteria,
    followup,
    inspect,
    levels,
    read,
)
from ._result import Result
from ._stage import stage
from ._tables import read_table
from ._warnings import FindingWarning

__all__ = [
    "CRITERIA",
    "SCHEMES",
    "Agreement",
    "Criteria",
    "Error",
    "FileError",
    "FindingWarning",
    "FollowUp",
    "GeometryError",
    "LimitError",
    "MalformedError",
    "Map",
    "ParameterError",
    "Phantom",
    "Result",
    "UnsupportedError",
    "__version__",
    "agree",
    "batch",
    "criteria",
    "followup",
    "inspect",
    "levels",
    "phantom",
    "read",
    "read_table",
    "stage",
]
