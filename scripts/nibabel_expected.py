"""What nibabel reads in every NIfTI file of a folder, as the expectation of tests/nifti_contract.rs.

    python scripts/nibabel_expected.py DATA > tests/data/nibabel_expected.json

Per file: shape, volumes, number type, affine, and of volume 0 either the SHA-256 of the stored
voxels (unscaled integers; little-endian, i fastest) or statistics and samples of the signal.
Files that must be refused have the reason under "refuse".
"""

import hashlib
import json
import pathlib
import sys
import warnings

import nibabel as nib
import numpy as np

ENDINGS = (".nii", ".nii.gz", ".hdr", ".hdr.gz", ".img", ".img.gz")
SAMPLES = 500


def number(value):
    """A float for JSON, which has words for neither NaN nor infinity."""
    value = float(value)
    return value if np.isfinite(value) else str(value)


def load(path):
    """The image; the files of a pair may differ in compression, which nib.load does not look for."""
    stem, ending = path.name.removesuffix(".gz"), ".gz" if path.name.endswith(".gz") else ""
    if stem.endswith(".nii"):
        return nib.load(path)
    pair = {}
    for kind, suffix in (("header", ".hdr"), ("image", ".img")):
        candidates = [path.with_name(stem[:-4] + suffix + end) for end in (ending, "", ".gz")]
        pair[kind] = nib.FileHolder(filename=str(next(c for c in candidates if c.is_file())))
    with nib.openers.Opener(pair["header"].filename) as header:
        two = header.read(4) in (b"\x1c\x02\0\0", b"\0\0\x02\x1c")
    return (nib.Nifti2Pair if two else nib.Nifti1Pair).from_file_map(pair)


def read(path):
    image = load(path)
    if not isinstance(image, nib.Nifti1Pair):
        return {"refuse": f"read as {type(image).__name__}"}
    dtype = image.header.get_data_dtype()
    if dtype.fields is not None or dtype.kind == "V":
        return {"refuse": "color"}
    if dtype.kind == "c":
        return {"refuse": "complex"}
    dims = list(image.shape)
    shape = (dims + [1, 1, 1])[:3]
    volumes = int(np.prod(dims[3:], dtype=np.int64))
    raw = image.dataobj.get_unscaled().reshape(shape + [volumes], order="F")[..., 0]
    slope, inter = image.dataobj.slope, image.dataobj.inter
    entry = {
        "version": 2 if isinstance(image, (nib.Nifti2Image, nib.Nifti2Pair)) else 1,
        "big_endian": image.header.endianness == ">",
        "shape": [int(n) for n in shape],
        "volumes": volumes,
        "dtype": dtype.name,
        "slope": float(slope),
        "intercept": float(inter),
        "sform_code": int(image.header["sform_code"]),
        "qform_code": int(image.header["qform_code"]),
        "affine": [[float(v) for v in row] for row in image.affine],
    }
    if dtype.kind in "iu" and (slope, inter) == (1, 0):
        stored = raw.astype(dtype.newbyteorder("<")).tobytes(order="F")
        entry["sha256"] = hashlib.sha256(stored).hexdigest()
        return entry
    signal = (raw.astype(np.float64) * slope + inter).ravel(order="F")
    finite = signal[np.isfinite(signal)]
    entry["finite"] = int(finite.size)
    entry["sum"], entry["abs_sum"] = float(finite.sum()), float(np.abs(finite).sum())
    entry["min"], entry["max"] = float(finite.min()), float(finite.max())
    entry["stride"] = max(1, signal.size // SAMPLES)
    entry["samples"] = [number(v) for v in signal[:: entry["stride"]][:SAMPLES]]
    return entry


def main():
    root = pathlib.Path(sys.argv[1])
    expected = {}
    for path in sorted(p for p in root.rglob("*") if p.is_file() and p.name.lower().endswith(ENDINGS)):
        name = path.relative_to(root).as_posix()
        try:
            expected[name] = read(path)
        except Exception as error:  # whatever nibabel cannot read must be refused
            reason = str(error).replace(str(root) + "/", "").replace(path.name, "FILE")
            expected[name] = {"refuse": f"{type(error).__name__}: {reason[:120]}"}
    lines = [f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in expected.items()]
    assert "Infinity" not in "".join(lines) and "NaN" not in "".join(lines)
    print("{\n" + ",\n".join(lines) + "\n}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
