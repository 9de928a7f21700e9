"""Keyword arguments as the options of the command."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any


def options(values: Mapping[str, Any]) -> list[str]:
    """``snr=25`` as ``--snr=25``; true as the option alone, and nothing for ``None`` and false."""
    words: list[str] = []
    for name, value in values.items():
        option = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            words.append(option)
        else:
            words.append(f"{option}={_text(value)}")
    return words


def repeated(name: str, values: str | Iterable[str] | None) -> list[str]:
    """One option per value."""
    if values is None:
        return []
    if isinstance(values, str):
        values = [values]
    return [f"--{name.replace('_', '-')}={value}" for value in values]


def _text(value: Any) -> str:
    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value)
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, Iterable):
        return ",".join(_text(part) for part in value)
    return str(value)
