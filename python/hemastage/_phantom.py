"""`phantom`: a synthetic study with exact truth."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import _native
from ._arguments import options
from ._map import Map


@dataclass(frozen=True, eq=False, repr=False)
class Phantom:
    """A synthetic study: its images and masks by their names, and the truth."""

    images: dict[str, Map]
    truth: dict[str, Any]

    def __getitem__(self, name: str) -> tuple[Any, Any]:
        """An image or a mask as :func:`stage` takes it: ``(array, affine)``."""
        found = self.images[name]
        return found.array, found.affine

    def __repr__(self) -> str:
        return f"Phantom({', '.join(self.images)})"


def phantom(output: str | os.PathLike[str] | None = None, *, force: bool = False, **choices: Any) -> Phantom:
    """Makes a synthetic study; each further argument is the option of ``hemastage phantom`` with its name.

    With ``output``, its files are written there too.
    """
    words = options({name.rstrip("_"): value for name, value in choices.items()})
    images, truth = _native.phantom(words, None if output is None else Path(output), force)
    maps = {name: Map(array, affine, {}) for name, (array, affine) in images.items()}
    return Phantom(maps, json.loads(truth))
