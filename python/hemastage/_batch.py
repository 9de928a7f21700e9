"""`batch`: many studies into one folder."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _native, _tables, _threads
from ._arguments import options, repeated
from ._warnings import warn

if TYPE_CHECKING:
    import pandas as pd


_LOG = logging.getLogger("hemastage")

#: Starts the command in another process, wherever this one has found the package.
_RESTART = [
    sys.executable or "",
    "-c",
    "import sys; sys.path.insert(0, sys.argv.pop(1)); from hemastage.__main__ import main; sys.exit(main())",
    str(Path(__file__).resolve().parent.parent),
]
_native.restart_with(_RESTART)


def batch(
    studies: str | os.PathLike[str] | pd.DataFrame,
    output: str | os.PathLike[str],
    *,
    jobs: int | None = None,
    resume: bool = False,
    force: bool = False,
    progress: bool = True,
    write: str | Iterable[str] | None = None,
    viewer: bool | str | os.PathLike[str] = False,
    qc: str | os.PathLike[str] | None = None,
    ignore_column: str | Iterable[str] | None = None,
    own_column: str | Iterable[str] | None = None,
    isolation: bool = True,
    engine: _tables.Engine = "pandas",
    onset: str | Iterable[str] | None = None,
    **defaults: Any,
) -> pd.DataFrame:
    """Stages the studies of a manifest, as ``hemastage batch`` does, and gives their summary; one that fails is a row with its
    reason.

    ``studies`` is the path of a manifest or a data frame of pandas or polars, whose relative paths start at the working folder.
    Further arguments are options of :func:`stage` for the rows without a value of their own. Ctrl-C finishes the studies under
    way; ``resume=True`` goes on. One :class:`hemastage.FindingWarning` says how many studies have warnings, and which.
    """
    _tables.check(engine)
    chosen = {
        "output": Path(output),
        "jobs": _threads.default() if jobs is None else jobs,
        "resume": resume,
        "force": force,
        "write": write,
        "viewer": viewer,
        "qc": qc,
        "no_isolation": not (isolation and sys.executable),
        **defaults,
    }
    with ExitStack() as stack:
        words = options(chosen) + repeated("ignore_column", ignore_column) + repeated("own_column", own_column)
        words += repeated("onset", onset)
        if isinstance(studies, (str, os.PathLike)):
            words.append(os.fspath(studies))
        else:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            words += [f"--relative-to={os.getcwd()}", str(_written(studies, Path(folder)))]
        listener = stack.enter_context(_Progress(progress))
        _native.batch(words, listener)
    warn(f"{text} (column `warning_codes` of the summary)" for text in listener.warnings)
    found: pd.DataFrame = _tables.read_table(Path(output) / "summary.tsv", engine)
    return found


def _written(frame: Any, folder: Path) -> Path:
    """A data frame as a manifest."""
    path = folder / "studies.csv"
    if hasattr(frame, "to_csv"):
        # an index with a name is a column
        frame.to_csv(path, index=frame.index.name is not None)
    else:
        frame.write_csv(path)
    return path


class _Progress:
    """A bar of tqdm, where it is installed."""

    def __init__(self, shown: bool) -> None:
        self.shown = shown
        self.bar: Any = None
        self.failed = 0
        self.warnings: list[str] = []

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()

    def __call__(self, event: str, *about: Any) -> None:
        if event == "note":
            _LOG.info("%s", about[0])
        elif event == "warnings":
            self.warnings.append(about[0])
        elif event == "begun":
            self.bar = self._bar(about[0])
        elif self.bar is not None:
            self.failed += not about[1]
            if self.failed:
                self.bar.set_postfix(failed=self.failed)
            self.bar.update()

    def _bar(self, studies: int) -> Any:
        if not self.shown:
            return None
        try:
            from tqdm.auto import tqdm
        except ImportError:
            return None
        return tqdm(total=studies, unit="study")
