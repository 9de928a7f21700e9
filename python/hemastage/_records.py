"""What needs no image: visits, readings, words, spans, profiles, and what files hold."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _html, _native, _tables
from ._arguments import options, repeated
from ._result import Result
from ._warnings import warn

if TYPE_CHECKING:
    import pandas as pd


class _Comparison:
    """A record with its table and figure."""

    def __init__(self, native: _native.FollowUp | _native.Agreement) -> None:
        self._native = native
        warn(native.finding_warnings)

    @property
    def record(self) -> dict[str, Any]:
        """The record, as its JSON schema in docs/ describes it."""
        record: dict[str, Any] = json.loads(self._native.to_json())
        return record

    def __getitem__(self, key: str) -> Any:
        return self.record[key]

    def to_frame(self, engine: _tables.Engine = "pandas") -> pd.DataFrame:
        """The table, typed."""
        text, dictionary = self._native.table()
        found: pd.DataFrame = _tables.frame(text, dictionary, engine)
        return found

    @property
    def svg(self) -> str:
        """The figure."""
        return self._native.svg()

    def save(self, folder: str | os.PathLike[str], *, force: bool = False) -> None:
        """Writes record, table, figure and page, all or nothing."""
        self._native.save(options({"output": Path(folder), "force": force}))

    def _repr_html_(self) -> str:
        return _html.figure(self.svg)


class FollowUp(_Comparison):
    """What became of a hematoma over the visits of one patient."""

    def __repr__(self) -> str:
        return f"<hemastage.FollowUp of {len(self['visits'])} visits>"


class Agreement(_Comparison):
    """How far two readings of the same studies agree."""

    def __repr__(self) -> str:
        return f"<hemastage.Agreement in {self['overall']['studies']} studies>"


def followup(
    visits: Sequence[Result | str | os.PathLike[str] | None],
    *,
    at: Iterable[str] | None = None,
    criteria: str | os.PathLike[str] | None = None,
    rules: bool = False,
) -> FollowUp:
    """Compares the studies of one patient in time, the oldest first, as ``hemastage followup`` does.

    A visit is a result, the folder of one or its ``report.json``; ``None`` is a scan that showed no hematoma.
    """
    reports = [visit.report_json if isinstance(visit, Result) else None for visit in visits]
    words = options({"criteria": criteria, "rules": rules}) + repeated("at", at)
    paths = ["none" if visit is None or isinstance(visit, Result) else os.fspath(visit) for visit in visits]
    return FollowUp(_native.followup([*words, "--", *paths], reports))


def agree(a: str | os.PathLike[str], b: str | os.PathLike[str]) -> Agreement:
    """Says how far two readings agree: two folders of results of ``stage`` or of ``batch``."""
    return Agreement(_native.agree([os.fspath(a), os.fspath(b)]))


def read(
    t1: str | Iterable[str],
    t2: str | Iterable[str],
    *,
    onset: str | Iterable[str] | None = None,
    criteria: str | os.PathLike[str] | None = None,
    model: str | None = None,
    field: float | None = None,
) -> dict[str, Any]:
    """Stages a signal given in words: hypo, iso or hyper, the first of most of the hematoma, others of areas in it."""
    words = options({"t1": t1, "t2": t2, "criteria": criteria, "model": model, "field": field})
    record: dict[str, Any] = json.loads(_native.read(words + repeated("onset", onset)))
    return record


def levels(span: str) -> dict[str, Any]:
    """Counts the vertebrae and interspaces of a span, such as ``C3-T1``."""
    record: dict[str, Any] = json.loads(_native.levels(["--", span]))[0]
    return record


def inspect(*paths: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """What files hold, or the files in folders."""
    found: list[dict[str, Any]] = json.loads(_native.inspect(["--", *(os.fspath(path) for path in paths)]))
    return found


@dataclass(frozen=True)
class Criteria:
    """A built-in criteria profile."""

    name: str
    #: Its text, as a start for another one.
    toml: str


def criteria(name: str = "spinal") -> Criteria:
    """A built-in criteria profile; :data:`CRITERIA` lists them."""
    return Criteria(name, _native.criteria(name)[0])


#: The names of the built-in criteria profiles.
CRITERIA: tuple[str, ...] = tuple(_native.criteria())
#: The names of the built-in label schemes.
SCHEMES: tuple[str, ...] = tuple(_native.schemes())
