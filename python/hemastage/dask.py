"""`batch` on a cluster of Dask: rows of the manifest travel, images do not.

The workers must see the files of the studies and the output folder under the same paths as the caller.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _native, _tables
from ._arguments import options, repeated
from ._batch import batch as _batch
from ._errors import FileError

if TYPE_CHECKING:
    import pandas as pd

#: Where parts of a batch are until they are together.
_PARTS = ".parts"


def batch(
    client: Any,
    manifest: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    rows: int = 4,
    resume: bool = False,
    progress: bool = True,
    write: str | Iterable[str] | None = None,
    onset: str | Iterable[str] | None = None,
    engine: _tables.Engine = "pandas",
    **defaults: Any,
) -> pd.DataFrame:
    """Stages the studies of a manifest on the workers of ``client``, a ``distributed.Client``, ``rows`` at a time.

    The results are those of :func:`hemastage.batch`, byte for byte. Where a worker is lost, its rows are staged by another one.
    With ``resume=True``, what an earlier call has staged is kept.
    """
    from distributed import as_completed

    _tables.check(engine)
    manifest, output = Path(manifest).absolute(), Path(output).absolute()
    parts = output / _PARTS
    if not resume:
        # refuses a folder with results, and a manifest at fault, before any work
        _native.batch(options({"validate": True, "jobs": 1, **defaults}) + [str(manifest)], _unheard)
    header, lines = _rows(manifest)
    words = options({"write": write, **defaults}) + repeated("onset", onset)
    shards = [lines[start : start + rows] for start in range(0, len(lines), rows)]
    futures = [
        client.submit(_stage, header, shard, str(manifest.parent), str(parts / f"{n:06}"), words, pure=False)
        for n, shard in enumerate(shards)
    ]
    for future in as_completed(futures):
        future.result()
    for part in sorted(parts.iterdir()):
        for study in sorted(path for path in part.iterdir() if path.is_dir() and not path.name.startswith(".")):
            shutil.rmtree(output / study.name, ignore_errors=True)
            study.rename(output / study.name)
    shutil.rmtree(parts)
    return _batch(
        manifest, output, resume=True, progress=progress, write=write, onset=onset, engine=engine, **defaults
    )


def _rows(manifest: Path) -> tuple[list[str], list[list[str]]]:
    """The header and the rows of a table that is separated by commas, semicolons or tabs."""
    try:
        text = manifest.read_text(encoding="utf-8-sig")
    except OSError as error:
        text = f"{manifest.name}: the manifest could not be read ({error.strerror})"
        raise FileError(text, manifest.name) from None
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    table = [row for row in csv.reader(io.StringIO(text), delimiter=separator) if any(row)]
    return table[0], table[1:]


def _stage(header: Sequence[str], rows: Sequence[Sequence[str]], folder: str, part: str, words: list[str]) -> None:
    """Stages some rows into a folder of their own, of which a call that was lost may have left some, or still be at work."""
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "studies.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *rows])
        place = options({"output": part, "relative_to": folder, "resume": True, "wait": True, "jobs": 1})
        _native.batch([*words, *place, str(path)], _unheard)


def _unheard(*_: object) -> None:
    """The client sees which rows are done."""
