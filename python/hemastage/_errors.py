"""Exceptions, by the kind of what is at fault."""

from __future__ import annotations

from typing import Any


class Error(ValueError):
    """An input or an option is at fault; the text is the command's.

    ``kind`` says what went wrong in a word, ``place`` the file (its name without its folder) or the option, if one is at fault.
    """

    kind: str = "parameter"
    place: str | None = None

    def __init__(self, text: str, place: str | None = None) -> None:
        super().__init__(text)
        self.place = place

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.place)


class ParameterError(Error):
    """An option or an argument is invalid."""

    kind = "parameter"


class GeometryError(Error):
    """Images and masks do not fit together in space."""

    kind = "geometry"


class MalformedError(Error):
    """A file breaks its own format, or a mask is empty."""

    kind = "malformed"


class UnsupportedError(Error):
    """A file is valid but holds something that is not supported."""

    kind = "unsupported"


class LimitError(Error):
    """A size exceeds the limits."""

    kind = "limit"


class FileError(Error, OSError):
    """A file could not be read or written."""

    kind = "io"

    def __str__(self) -> str:
        return str(self.args[0])


_BY_KIND: dict[str, type[Error]] = {
    error.kind: error
    for error in (ParameterError, GeometryError, MalformedError, UnsupportedError, LimitError, FileError)
}


def of(kind: str, text: str, place: str | None) -> Error:
    """The exception of a kind."""
    return _BY_KIND.get(kind, Error)(text, place)
