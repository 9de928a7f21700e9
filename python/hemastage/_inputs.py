"""Images and masks of any kind as paths or as arrays with an affine; numpy is imported where there are arrays."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Union

from ._errors import GeometryError, ParameterError, UnsupportedError
from ._native import Array

if TYPE_CHECKING:
    import numpy.typing as npt

#: A path, ``(array, affine)``, an image of nibabel or one of SimpleITK.
Image = Union[str, "os.PathLike[str]", "tuple[npt.ArrayLike, npt.ArrayLike]", Any]


def coerced(role: str, image: Image, volume: int | None = None) -> str | Array:
    """A path as text, anything else as an array with its affine."""
    if isinstance(image, (str, os.PathLike)):
        return os.fspath(image)
    if isinstance(image, Sequence) and len(image) == 2:
        return _of_array(role, image[0], image[1], volume)
    if hasattr(image, "dataobj") and hasattr(image, "affine"):
        return _of_nibabel(role, image, volume)
    if hasattr(image, "GetDirection") and hasattr(image, "GetSpacing"):
        return _of_simpleitk(role, image)
    raise TypeError(
        f"{role}: found {type(image).__name__}, expected a path, (array, affine), or an image of nibabel or SimpleITK"
    )


def _of_array(
    role: str,
    voxels: npt.ArrayLike,
    affine: npt.ArrayLike,
    volume: int | None = None,
    scaling: tuple[float, float] = (1.0, 0.0),
    owner: object = None,
) -> Array:
    import numpy as np

    array = np.asanyarray(voxels)
    matrix = np.ascontiguousarray(affine, dtype=np.float64)
    if matrix.shape != (4, 4):
        raise ParameterError(f"{role}: the affine has the shape {matrix.shape}, expected (4, 4)", role)
    if array.dtype.names or array.dtype.kind not in "biuf":
        raise UnsupportedError(f"{role}: the array holds {array.dtype}, expected whole or real numbers", role)
    array = _one_volume(role, array, volume)
    if array.dtype.kind == "b":
        array = array.view(np.uint8)
    elif array.dtype.kind == "f" and array.dtype.itemsize not in (4, 8):
        # half and extended precision
        array = array.astype(np.float32 if array.dtype.itemsize == 2 else np.float64)
    elif not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if not array.flags.aligned:
        array = array.copy(order="K")
    return Array(role, np.asarray(array), matrix, *scaling, owner=owner)


def _one_volume(role: str, array: npt.NDArray[Any], volume: int | None) -> npt.NDArray[Any]:
    volumes = math.prod(array.shape[3:])
    if array.ndim < 3:
        raise ParameterError(f"{role}: the array has {array.ndim} axes, expected three: i, j, k", role)
    if volume is None and volumes != 1:
        text = f"{role}: the array has the shape {array.shape}, which is {volumes} volumes: expected one, or its number"
        raise ParameterError(text, role)
    if not 0 <= (volume or 0) < volumes:
        raise ParameterError(f"{role}: there is no volume {volume}: the array holds {volumes}, from 0", role)
    return array.reshape(*array.shape[:3], -1)[..., volume or 0] if array.ndim > 3 else array


def _of_nibabel(role: str, image: Any, volume: int | None) -> Array:
    if image.affine is None or not _is_oriented(image.header):
        # nibabel makes up an affine where a file has none
        text = "neither sform nor qform is set, so left and right are unknown: set the orientation"
        raise GeometryError(f"{role}: {text}, or give the path with `allow_unoriented`", role)
    data = image.dataobj
    if hasattr(data, "get_unscaled") and hasattr(data, "slope"):
        # scaled as the command does, only where it is needed
        scaling = float(data.slope), float(data.inter)
        return _of_array(role, data.get_unscaled(), image.affine, volume, scaling)
    return _of_array(role, data, image.affine, volume)


def _is_oriented(header: Any) -> bool:
    if type(header).__name__ in ("AnalyzeHeader", "Spm99AnalyzeHeader", "Spm2AnalyzeHeader"):
        return False
    try:
        return bool(header["sform_code"] or header["qform_code"])
    except (KeyError, TypeError, ValueError):
        # a format that always has one
        return True


def _of_simpleitk(role: str, image: Any) -> Array:
    import numpy as np

    itk = sys.modules["SimpleITK"]
    axes = image.GetDimension()
    if image.GetNumberOfComponentsPerPixel() != 1:
        n = image.GetNumberOfComponentsPerPixel()
        raise UnsupportedError(f"{role}: the image has {n} components per voxel, expected one", role)
    if axes != 3:
        raise ParameterError(f"{role}: the image has {axes} axes, expected three", role)
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * np.asarray(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    # from left-posterior-superior, as ITK has it, to right-anterior-superior
    affine[:2] *= -1.0
    # the view does not keep the image, whose memory it is
    return _of_array(role, itk.GetArrayViewFromImage(image).transpose(), affine, owner=image)
