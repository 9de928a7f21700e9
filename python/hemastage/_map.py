"""A value, or several, per voxel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Map:
    """An array indexed (i, j, k), and of several values per voxel (i, j, k, n), on the grid of the mask of the hematoma."""

    #: The values.
    array: npt.NDArray[Any]
    #: From (i, j, k) to RAS+ millimeters.
    affine: npt.NDArray[np.float64]
    #: What the values of a label map mean, or what each of several values is.
    names: dict[int, str]

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[Any]:
        """The values, for functions of numpy."""
        array = self.array if dtype is None else self.array.astype(dtype)
        return array.copy() if copy else array

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self.array.shape

    def to_nibabel(self) -> Any:
        """The map as an image of nibabel."""
        import nibabel

        nib: Any = nibabel
        array = self.array if self.array.dtype == "uint8" else self.array.astype("float32")
        return nib.Nifti1Image(array, self.affine)

    def to_simpleitk(self) -> Any:
        """The map as an image of SimpleITK; several values per voxel are its components."""
        import numpy as np
        import SimpleITK as sitk

        axes = (2, 1, 0) if self.array.ndim == 3 else (2, 1, 0, 3)
        image: Any = sitk.GetImageFromArray(np.transpose(self.array, axes), isVector=self.array.ndim == 4)
        affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ self.affine
        spacing = np.linalg.norm(affine[:3, :3], axis=0)
        image.SetSpacing(spacing.tolist())
        image.SetDirection((affine[:3, :3] / spacing).ravel().tolist())
        image.SetOrigin(affine[:3, 3].tolist())
        return image

    def __reduce__(self) -> tuple[Any, ...]:
        import numpy as np

        # most voxels are outside of the hematoma
        flat = self.array.reshape(int(np.prod(self.shape[:3])), -1)
        voxels = np.flatnonzero(flat[:, 0] if self.array.dtype.kind != "f" else ~np.isnan(flat).all(axis=1))
        return _restored, (voxels, flat[voxels], self.shape, self.affine, self.names)

    def __repr__(self) -> str:
        return f"Map(shape={self.shape}, dtype={self.array.dtype}, names={self.names})"


def _restored(
    voxels: npt.NDArray[np.intp],
    values: npt.NDArray[Any],
    shape: tuple[int, ...],
    affine: npt.NDArray[np.float64],
    names: dict[int, str],
) -> Map:
    import numpy as np

    outside = np.nan if values.dtype.kind == "f" else 0
    flat = np.full((int(np.prod(shape[:3])), values.shape[1]), outside, dtype=values.dtype)
    flat[voxels] = values
    return Map(flat.reshape(shape), affine, names)
