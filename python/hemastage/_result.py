"""What became of a study."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from . import _html, _tables
from ._arguments import options
from ._errors import ParameterError
from ._map import Map
from ._native import Staged

if TYPE_CHECKING:
    import pandas as pd

_STAGES = Staged.stages()
_UNSAMPLED = 7
_MAP_NAMES = {0: "background", **{n: stage for n, stage in enumerate(_STAGES, 1)}, _UNSAMPLED: "unsampled"}
#: What a result keeps when it is pickled: all but the images.
_KEPT = ("name", "report_json", "summary", "table", "svg", "stage_map", "ratio_map", "probability_map", "map_file")


class Result(Mapping[str, Any]):
    """A staged study: the report, as a mapping too, and the maps. It cannot be changed.

    Pickled, as between processes, it keeps all but the images: it can no longer be saved as page or pictures.
    """

    _native: Staged | None

    def __init__(self, native: Staged | None, kept: dict[str, Any] | None = None) -> None:
        self.__dict__["_native"] = native
        self.__dict__.update(kept or {})

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a result cannot be changed: `{name}` was to be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a result cannot be changed: `{name}` was to be deleted")

    # the report

    @cached_property
    def name(self) -> str | None:
        """What the study is called."""
        return self._staged.name

    @cached_property
    def report_json(self) -> str:
        """The report as the text of ``report.json``."""
        return self._staged.to_json()

    @cached_property
    def report(self) -> dict[str, Any]:
        """The report, as ``json.load`` gives it of ``report.json``; docs/report.schema.json describes it."""
        report: dict[str, Any] = json.loads(self.report_json)
        return report

    def __getitem__(self, key: str) -> Any:
        return self.report[key]

    def __iter__(self) -> Any:
        return iter(self.report)

    def __len__(self) -> int:
        return len(self.report)

    @property
    def has_hematoma(self) -> bool:
        """Whether the study was staged, and not given as one without a hematoma."""
        return self.report.get("stage") is not None

    @property
    def call(self) -> str | None:
        """The stage of the whole hematoma, such as ``late_subacute``; ``None`` without a hematoma."""
        return self.report["stage"]["call"] if self.has_hematoma else None

    @property
    def mixed(self) -> bool:
        """Whether there is blood of more than one stage."""
        return bool(self.has_hematoma and self.report["mixed_phase"]["flag"])

    @property
    def levels(self) -> Mapping[str, Any] | None:
        """The vertebral levels, where vertebrae were given."""
        levels = self.report.get("levels")
        return None if levels is None else MappingProxyType(levels)

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What may change how far the numbers can be trusted."""
        return list(self.report["findings"])

    @cached_property
    def summary(self) -> str:
        """The summary that the command prints."""
        return self._staged.summary()

    @cached_property
    def table(self) -> tuple[str, str]:
        """The text of ``summary.tsv``, and its dictionary."""
        return self._staged.table()

    def to_frame(self, engine: _tables.Engine = "pandas") -> pd.DataFrame:
        """The row of ``summary.tsv``, typed."""
        text, dictionary = self.table
        found: pd.DataFrame = _tables.frame(text, dictionary, engine)
        return found

    # the maps

    @cached_property
    def stage_map(self) -> Map | None:
        """The stage of each voxel as in ``stages.nii.gz``; ``None`` without a hematoma."""
        return Map(*self._staged.stage_map(), _MAP_NAMES) if self.has_hematoma else None

    @cached_property
    def ratio_map(self) -> Map | None:
        """The ratios of T1 and T2 to the reference, NaN elsewhere."""
        return Map(*self._staged.ratio_map(), {0: "t1", 1: "t2"}) if self.has_hematoma else None

    @cached_property
    def probability_map(self) -> Map | None:
        """The probability of each stage, NaN elsewhere."""
        if not self.has_hematoma:
            return None
        return Map(*self._staged.probability_map(), dict(enumerate(_STAGES)))

    @cached_property
    def map_file(self) -> bytes | None:
        """The bytes of ``stages.nii.gz``."""
        return bytes(self._staged.stage_map_file()) if self.has_hematoma else None

    # the files

    @cached_property
    def svg(self) -> str | None:
        """The figure; ``None`` without a hematoma."""
        return self._staged.svg()

    def save(
        self,
        folder: str | os.PathLike[str],
        *,
        write: str | Iterable[str] | None = None,
        force: bool = False,
        viewer: bool | str | os.PathLike[str] = False,
        seg_type: str | None = None,
        keep_empty_frames: bool = False,
    ) -> list[str]:
        """Writes the results as ``hemastage stage -o FOLDER`` does, all or nothing, and gives the names of the files.

        ``write`` chooses among report, map, tables, picture, page, seg and sr.
        """
        if self._native is None:
            raise ParameterError(
                "the result was pickled and has no images any more: save it in the process that staged the study"
            )
        chosen = {"output": Path(folder), "write": write, "force": force, "viewer": viewer}
        words = options({**chosen, "seg_type": seg_type, "keep_empty_frames": keep_empty_frames})
        return self._native.save(words)

    # for people and other processes

    def __repr__(self) -> str:
        what = "no hematoma" if self.call is None else self.call + (", mixed-phase" if self.mixed else "")
        name = f"{self.name}: " if self.name else ""
        return f"<hemastage.Result {name}{what}>"

    def __str__(self) -> str:
        return self.summary

    def _repr_html_(self) -> str:
        """The summary and the figure, for notebooks."""
        return _html.text(self.summary) + (_html.figure(self.svg) if self.svg else "")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Result) and (self.name, self.report_json) == (other.name, other.report_json)

    def __hash__(self) -> int:
        return hash((self.name, self.report_json))

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, ({key: getattr(self, key) for key in _KEPT},)

    @property
    def _staged(self) -> Staged:
        if self._native is None:
            raise ParameterError("the result was pickled without this")
        return self._native


def _unpickled(kept: dict[str, Any]) -> Result:
    return Result(None, kept)

