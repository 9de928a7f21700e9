"""Tables of the command with the types that their dictionaries say."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ._errors import FileError, MalformedError, ParameterError

if TYPE_CHECKING:
    import pandas as pd

Engine = Literal["pandas", "polars", "pyarrow"]

#: An unknown value.
_MISSING = "n/a"

_PARSED: dict[str, Callable[[str], Any]] = {
    "string": str,
    "number": float,
    "integer": int,
    "boolean": lambda text: {"true": True, "false": False}[text],
}
_PANDAS = {"string": "object", "number": "float64", "integer": "Int64", "boolean": "boolean"}


def check(engine: Engine) -> None:
    """Refuses an engine that is not installed, before any work is done for it."""
    if engine not in _FRAMES:
        raise ParameterError(f"unknown engine `{engine}`: expected one of {', '.join(_FRAMES)}", "engine")
    if importlib.util.find_spec(engine) is None:
        others = ", ".join(other for other in _FRAMES if other != engine)
        text = f"the engine `{engine}` is not installed: install it, or choose one of {others}"
        raise ModuleNotFoundError(text, name=engine)


def read_table(path: str | os.PathLike[str], engine: Engine = "pandas") -> Any:
    """A table of the command, as ``summary.tsv``, typed by the dictionary next to it.

    Names of studies such as ``007`` or ``NA`` stay text, ``n/a`` is missing, and a cell of several values is a list.
    The result is a data frame of pandas or polars, or a table of pyarrow.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
        dictionary = path.with_suffix(".json").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        text = f"{path.name}: the table or its dictionary could not be read ({reason}): give a table of the command"
        raise FileError(text, path.name) from None
    return frame(text, dictionary, engine, path.name)


def frame(text: str, dictionary: str, engine: Engine = "pandas", name: str = "table") -> Any:
    """A table and its dictionary as a data frame."""
    check(engine)
    lines = text.splitlines()
    try:
        columns: dict[str, dict[str, Any]] = json.loads(dictionary)
        header = lines[0].split("\t")
        rows = [line.split("\t") for line in lines[1:]]
        definitions = [columns[column] for column in header]
        values = {
            column: [_value(row[n], definition) for row in rows]
            for n, (column, definition) in enumerate(zip(header, definitions))
        }
    except (LookupError, ValueError, AttributeError) as error:
        raise MalformedError(f"{name}: the table does not fit its dictionary: {error}", name) from None
    kinds = {
        column: ("list" if "Delimiter" in definition else "") + definition.get("Format", "string")
        for column, definition in zip(header, definitions)
    }
    return _FRAMES[engine](values, kinds)


def _value(cell: str, definition: dict[str, Any]) -> Any:
    if cell == _MISSING:
        return None
    parsed = _PARSED[definition.get("Format", "string")]
    if "Delimiter" in definition:
        return [parsed(part) for part in cell.split(definition["Delimiter"])]
    return parsed(cell)


def _pandas(values: dict[str, list[Any]], kinds: dict[str, str]) -> pd.DataFrame:
    import pandas as pd

    series = {
        column: pd.Series(cells, dtype=_PANDAS.get(kinds[column], "object")) for column, cells in values.items()
    }
    return pd.DataFrame(series)


def _polars(values: dict[str, list[Any]], kinds: dict[str, str]) -> Any:
    import polars as pl

    one: dict[str, Any] = {"string": pl.String, "number": pl.Float64, "integer": pl.Int64, "boolean": pl.Boolean}
    types = {**one, **{f"list{kind}": pl.List(of) for kind, of in one.items()}}
    return pl.DataFrame(values, schema={column: types[kind] for column, kind in kinds.items()})


def _pyarrow(values: dict[str, list[Any]], kinds: dict[str, str]) -> Any:
    import pyarrow as pa

    one = {"string": pa.string(), "number": pa.float64(), "integer": pa.int64(), "boolean": pa.bool_()}
    types = {**one, **{f"list{kind}": pa.list_(of) for kind, of in one.items()}}
    return pa.table(values, schema=pa.schema([(column, types[kind]) for column, kind in kinds.items()]))


_FRAMES: dict[str, Callable[[dict[str, list[Any]], dict[str, str]], Any]] = {
    "pandas": _pandas,
    "polars": _polars,
    "pyarrow": _pyarrow,
}
