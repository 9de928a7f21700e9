"""`stage`: a study from images and masks of any kind."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from . import _native, _threads
from ._arguments import options, repeated
from ._inputs import Image, coerced
from ._result import Result
from ._warnings import warn


def stage(
    t1: Image,
    t2: Image,
    *,
    hematoma: Image | None = None,
    cord: Image | None = None,
    study: str | None = None,
    t1_post: Image | None = None,
    t2star: Image | None = None,
    t1_fs: Image | None = None,
    no_hematoma: bool = False,
    reference: Image | None = None,
    reference_tissue: str | None = None,
    reference_t1: float | str | tuple[float, float] | None = None,
    reference_t2: float | str | tuple[float, float] | None = None,
    canal: Image | None = None,
    vertebrae: Image | None = None,
    anatomy: Image | None = None,
    scheme: str | os.PathLike[str] | None = None,
    landmarks: str | os.PathLike[str] | None = None,
    t1_volume: int | None = None,
    t2_volume: int | None = None,
    t1_post_volume: int | None = None,
    t2star_volume: int | None = None,
    t1_fs_volume: int | None = None,
    onset: str | Iterable[str] | None = None,
    visit_time: str | None = None,
    day0: str | None = None,
    criteria: str | os.PathLike[str] | None = None,
    thresholds_t1: str | tuple[float, float] | None = None,
    thresholds_t2: str | tuple[float, float] | None = None,
    reference_mode: str | None = None,
    align: bool = False,
    smooth: str | None = None,
    model: str | None = None,
    allow_unoriented: bool = False,
    hash_inputs: bool = False,
    checksums: bool = False,
    like: str | os.PathLike[str] | None = None,
    threads: int | None = None,
) -> Result:
    """Stages a hematoma; each argument is the option of ``hemastage stage`` with its name.

    An image or a mask is a path as the command has it (``seg.nii.gz:3,4``, ``folder#5``), ``(array, affine)`` with the array
    indexed (i, j, k) and an affine to RAS+ mm, an image of nibabel or one of SimpleITK. They may be mixed, and lie on
    different grids. What a file's header or sidecar says of the scan is known of paths alone.

    Raises :class:`hemastage.Error`, with the sentence of the command. A finding that is a warning is a
    :class:`hemastage.FindingWarning`.
    """
    images = {
        "t1": (t1, t1_volume),
        "t2": (t2, t2_volume),
        "t1_post": (t1_post, t1_post_volume),
        "t2star": (t2star, t2star_volume),
        "t1_fs": (t1_fs, t1_fs_volume),
        "hematoma": (hematoma, None),
        "cord": (cord, None),
        "reference": (reference, None),
        "canal": (canal, None),
        "vertebrae": (vertebrae, None),
        "anatomy": (anatomy, None),
    }
    arrays: list[_native.Array] = []
    values: dict[str, Any] = {}
    for role, (image, volume) in images.items():
        if image is None:
            # clap says what needs it
            values[f"{role}_volume"] = volume
            continue
        found = coerced(role, image, volume)
        if isinstance(found, str):
            values[role] = found
            values[f"{role}_volume"] = volume
        else:
            values[role] = role
            arrays.append(found)
    values |= {
        "study": study,
        "no_hematoma": no_hematoma,
        "reference_tissue": reference_tissue,
        "reference_t1": reference_t1,
        "reference_t2": reference_t2,
        "scheme": scheme,
        "landmarks": landmarks,
        "visit_time": visit_time,
        "day0": day0,
        "criteria": criteria,
        "thresholds_t1": thresholds_t1,
        "thresholds_t2": thresholds_t2,
        "reference_mode": reference_mode,
        "align": align,
        "smooth": smooth,
        "model": model,
        "allow_unoriented": allow_unoriented,
        "hash_inputs": hash_inputs,
        "checksums": checksums,
        "like": like,
        # a pool of its own for each call, so that a forked process inherits none
        "threads": _threads.default() if threads is None else threads,
    }
    staged = _native.stage(options(values) + repeated("onset", onset), arrays)
    warn(staged.warnings, UserWarning)
    warn(staged.finding_warnings)
    return Result(staged)
