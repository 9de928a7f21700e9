"""Findings as warnings of Python."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable

_PACKAGE = __name__.partition(".")[0]


class FindingWarning(UserWarning):
    """What may change how far the numbers of a result can be trusted, in the words of the command."""


def warn(texts: Iterable[str], category: type[UserWarning] = FindingWarning) -> None:
    """Warns at the line that called the package."""
    level = 1
    while sys._getframe(level).f_globals.get("__name__", "").partition(".")[0] == _PACKAGE:
        level += 1
    for text in texts:
        warnings.warn(text, category, stacklevel=level + 1)
