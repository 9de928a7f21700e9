"""Compares what is read of NRRD, MetaImage and .seg.nrrd files with SimpleITK, pynrrd and slicerio.

    cargo build --example print_image -p hemastage-image
    python scripts/check_formats.py target/debug/examples/print_image

Needs numpy, SimpleITK, pynrrd and slicerio. Files of all variants are written by these programs or by hand: each voxel and
each place must be that of the array which was written, and of what SimpleITK and, of NRRD, pynrrd read. Files that must be
refused are.
"""

import gzip
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import zlib

import nrrd
import numpy as np
import SimpleITK as sitk
import slicerio

RAS = np.diag([-1.0, -1, 1, 1])
SHAPE = (7, 5, 4)
SPACING, ORIGIN = (0.5, 0.75, 3.0), (12.5, -40.25, 7.0)
ANGLE = 0.3
DIRECTION = np.array([[0, np.cos(ANGLE), np.sin(ANGLE)], [1, 0, 0], [0, np.sin(ANGLE), -np.cos(ANGLE)]])
LPS = np.eye(4)
LPS[:3, :3], LPS[:3, 3] = DIRECTION * SPACING, ORIGIN


class Reader:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, *words):
        self.process.stdin.write("\t".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def array(kind, seed=0):
    kind = np.dtype(kind)
    random = np.random.default_rng(seed)
    if kind.kind == "f":
        return random.normal(size=SHAPE).astype(kind)
    info = np.iinfo(kind)
    values = random.integers(max(info.min, -(2**40)), min(info.max, 2**40), SHAPE, endpoint=True, dtype=np.int64)
    return values.astype(kind)


def itk_image(values):
    image = sitk.GetImageFromArray(values.transpose(2, 1, 0))
    image.SetSpacing(SPACING)
    image.SetOrigin(ORIGIN)
    image.SetDirection(DIRECTION.ravel())
    return image


def vector(numbers):
    return "(" + ",".join(repr(float(n)) for n in numbers) + ")"


def nrrd_text(values, encoding, space="left-posterior-superior", affine=LPS, **fields):
    """A header by hand."""
    names = {"u1": "uchar", "i2": "short", "f4": "float", "u2": "ushort", "i4": "int", "f8": "double"}
    lines = ["NRRD0005", "# by hand", f"type: {names[values.dtype.str[1:]]}", f"dimension: {values.ndim}",
             "sizes: " + " ".join(map(str, values.shape)), f"encoding: {encoding}",
             f"endian: {'big' if values.dtype.str[0] == '>' else 'little'}"]
    if space:
        lines.append(f"space: {space}")
    directions = " ".join(vector(affine[:3, axis]) for axis in range(3))
    if values.ndim == 4:
        lines.append("kinds: list domain domain domain")
        directions = "none " + directions
    lines += [f"space directions: {directions}", f"space origin: {vector(affine[:3, 3])}"]
    lines += [f"{name.replace('_', ' ')}: {value}" for name, value in fields.items()]
    return lines


def written(folder):
    """Files, each with its array and its affine in LPS."""
    kinds = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"]
    for kind in kinds:
        for ending, packed in itertools.product((".nrrd", ".mha", ".mhd", ".nhdr"), (False, True)):
            if kind not in ("i2", "u1") and ending not in (".nrrd", ".mha"):
                continue
            path = folder / f"itk-{kind}-{'packed' if packed else 'raw'}{ending}"
            values = array(kind)
            sitk.WriteImage(itk_image(values), str(path), useCompression=packed)
            yield path, values, LPS
    header = {"space": "left-posterior-superior", "space directions": LPS[:3, :3].T, "space origin": LPS[:3, 3],
              "kinds": ["domain"] * 3}
    for kind, encoding, detached in itertools.product((">i2", "<f4", "u1"), ("raw", "gzip", "ascii"), (False, True)):
        values = array(kind, 1)
        path = folder / f"pynrrd-{kind[-2:]}-{encoding}.{'nhdr' if detached else 'nrrd'}"
        nrrd.write(str(path), values, {**header, "encoding": encoding}, detached_header=detached)
        yield path, values, LPS
    values = array("<i2", 2)
    raw = values.tobytes("F")
    for space, turn in [("RAS", [-1, -1, 1]), ("right-anterior-superior", [-1, -1, 1]), ("LAS", [1, -1, 1]),
                        ("left-anterior-superior", [1, -1, 1]), ("LPS", [1, 1, 1])]:
        path = folder / f"space-{space}.nrrd"
        affine = np.diag([*turn, 1.0]) @ LPS
        path.write_bytes("\n".join(nrrd_text(values, "raw", space, affine)).encode() + b"\n\n" + raw)
        yield path, values, LPS
    for name, encoding, fields, data in [
        ("crlf", "raw", {}, raw), ("skip", "raw", {"byte_skip": 8}, b"junkjunk" + raw),
        ("skip-end", "raw", {"byte_skip": -1}, b"junkjunk" + raw), ("lines", "raw", {"line_skip": 2}, b"a\nb\n" + raw),
        ("skip-packed", "gzip", {"byte_skip": 3}, gzip.compress(b"abc" + raw)), ("trail", "raw", {}, raw + b"xxxx"),
        ("members", "gz", {}, gzip.compress(raw[:100]) + gzip.compress(raw[100:])),
    ]:
        path = folder / f"hand-{name}.nrrd"
        end = "\r\n" if name == "crlf" else "\n"
        path.write_bytes(end.join(nrrd_text(values, encoding, **fields)).encode() + 2 * end.encode() + data)
        yield path, values, LPS
    meta = ["ObjectType = Image", "NDims = 3", "DimSize = 7 5 4", "ElementType = MET_SHORT", "ElementSpacing = 0.5 0.75 3",
            "TransformMatrix = " + " ".join(repr(float(n)) for n in DIRECTION.T.ravel())]
    big, packed = values.astype(">i2").tobytes("F"), zlib.compress(raw)
    (folder / "far.raw").write_bytes(b"HEAD" + raw)
    for name, lines, data in [
        ("offset", ["Offset = 12.5 -40.25 7"], raw), ("position", ["Position = 12.5 -40.25 7"], raw),
        ("msb", ["Origin = 12.5 -40.25 7", "BinaryDataByteOrderMSB = True"], big),
        ("zlib", ["Offset = 12.5 -40.25 7", "CompressedData = True", f"CompressedDataSize = {len(packed)}"], packed),
        ("text", ["Offset = 12.5 -40.25 7", "BinaryData = False"], " ".join(map(str, values.ravel("F"))).encode()),
        ("long", ["Offset = 12.5 -40.25 7", "Comment = words"], raw + b"tail"),
    ]:
        path = folder / f"hand-{name}.mha"
        path.write_bytes("\n".join([*meta, *lines, "ElementDataFile = LOCAL"]).encode() + b"\n" + data)
        yield path, values, LPS
    for size in (4, -1):
        path = folder / f"hand-header{size}.mhd"
        path.write_text("\n".join([*meta, "Offset = 12.5 -40.25 7", f"HeaderSize = {size}", "ElementDataFile = far.raw", ""]))
        yield path, values, LPS


def refused(folder):
    """Files that must be refused, each with a part of the reason."""
    values = array("<i2", 3)
    raw = values.tobytes("F")
    text = lambda *a, **b: "\n".join(nrrd_text(values, *a, **b))
    def put(name, header, data=raw):
        path = folder / name
        path.write_bytes(header.encode() + data)
        return path
    yield put("hex.nrrd", text("hex") + "\n\n"), "none of raw, gzip and ascii"
    yield put("cut.nrrd", text("raw") + "\n\n", raw[:-1]), "ends before its last voxel"
    yield put("cutgz.nrrd", text("gzip") + "\n\n", gzip.compress(raw)[:-12]), "cut short"
    yield put("nogz.nrrd", text("gzip") + "\n\n"), "damaged"
    yield put("up.nhdr", text("raw", data_file="../far.raw") + "\n", b""), "plain name of a file in the header's folder"
    yield put("list.nhdr", text("raw", data_file="LIST") + "\nfar.raw\n", b""), "neither"
    yield put("many.nhdr", text("raw", data_file="far%03d.raw 1 4 1") + "\n", b""), "lists several"
    yield put("gone.nhdr", text("raw", data_file="gone.raw") + "\n", b""), "not in the header's folder"
    nan = LPS.copy()
    nan[0, 1] = np.nan
    yield put("nan.nrrd", text("raw", affine=nan) + "\n\n"), "finite numbers"
    yield put("endian.nrrd", text("raw").replace("endian: little\n", "") + "\n\n"), "`endian`"
    yield put("huge.nrrd", text("raw").replace("sizes: 7 5 4", "sizes: 32767 32767 32767") + "\n\n"), "the limit is"
    meta = ["ObjectType = Image", "NDims = 3", "DimSize = 7 5 4", "ElementType = MET_SHORT", "ElementSpacing = 0.5 0.75 3"]
    meta = lambda *lines: "\n".join(["ObjectType = Image", "NDims = 3", "DimSize = 7 5 4", "ElementType = MET_SHORT",
                                     "ElementSpacing = 0.5 0.75 3", *lines]) + "\n"
    packed = zlib.compress(raw)
    yield put("nosize.mha", meta("CompressedData = True", "ElementDataFile = LOCAL"), packed), "`CompressedDataSize`"
    yield put("gzip.mha", meta("CompressedData = True", "CompressedDataSize = 90", "ElementDataFile = LOCAL"),
              gzip.compress(raw)), "damaged"
    yield put("up.mhd", meta("ElementDataFile = ../far.raw"), b""), "plain name of a file in the header's folder"
    yield put("list.mhd", meta("ElementDataFile = LIST"), b""), "lists several"
    yield put("cut.mha", meta("ElementDataFile = LOCAL"), raw[:-5]), "ends before its last voxel"
    yield put("nokey.mha", meta(), b""), "`ElementDataFile`"


def segmentations(folder, read):
    """Segments of one and of two layers, against what slicerio reads."""
    one = np.zeros(SHAPE, np.uint8)
    one[1:4, 1:3, 1:3], one[4:6, :, 2] = 1, 2
    two = np.stack([one, np.zeros_like(one)])
    two[1, 2:6, 2:4, :3] = 1
    segments = [("Clot", 1, 0), ("Cord", 2, 0), ("Canal", 1, 1)]
    for name, values, known in (("one", one, segments[:2]), ("two", two, segments)):
        keys = []
        for n, (title, label, layer) in enumerate(known):
            keys += [f"Segment{n}_ID:=S{n}", f"Segment{n}_Name:={title}", f"Segment{n}_LabelValue:={label}",
                     f"Segment{n}_Layer:={layer}", f"Segment{n}_Extent:=0 6 0 4 0 3", f"Segment{n}_Color:=1 0 0"]
        keys += ["Segmentation_MasterRepresentation:=Binary labelmap", "Segmentation_ContainedRepresentationNames:=Binary labelmap|",
                 "Segmentation_ReferenceImageExtentOffset:=-3 0 2"]
        path = folder / f"{name}.seg.nrrd"
        path.write_bytes("\n".join([*nrrd_text(values, "gzip"), *keys]).encode() + b"\n\n" + gzip.compress(values.tobytes("F")))
        theirs = slicerio.read_segmentation(str(path))
        voxels = theirs["voxels"]
        for title, label, layer in known:
            segment = next(s for s in theirs["segments"] if s["name"] == title)
            layer_voxels = voxels[segment["layer"]] if voxels.ndim == 4 else voxels
            ours = read("mask", path, title)
            assert ours.get("format") == "nrrd-seg", ours
            expected = np.argwhere(layer_voxels.transpose() == segment["labelValue"])[:, ::-1].tolist()
            assert ours["voxels"] == expected and expected, (path.name, title)
            assert np.allclose(RAS @ np.array(theirs["ijkToLPS"]), ours["grid"]["affine"]), path.name
            yield f"{path.name}:{title}"
    answer = read("mask", folder / "two.seg.nrrd", 1)
    assert "choose the segment by its name" in answer.get("error", ""), answer
    assert len(read("mask", folder / "two.seg.nrrd", 2)["voxels"]) == (one == 2).sum()


def by_pynrrd(path):
    """The array and the affine in LPS that pynrrd reads."""
    values, header = nrrd.read(str(path), index_order="F")
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = np.array(header["space directions"], float).T, header["space origin"]
    # pynrrd leaves the meaning of the space to its caller
    turn = {"right": (0, -1), "left": (0, 1), "anterior": (1, -1), "posterior": (1, 1)}
    words = {"RAS": "right-anterior", "LAS": "left-anterior", "LPS": "left-posterior"}
    space = words.get(header["space"], header["space"])
    for axis, sign in (turn[word] for word in space.split("-")[:2]):
        affine[axis] *= sign
    return values, affine


def main():
    read = Reader(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        n_read = n_itk = n_pynrrd = 0
        for path, values, affine in written(folder):
            ours = read("image", path)
            assert "error" not in ours, (path.name, ours)
            assert ours["oriented"] and ours["grid"]["shape"] == list(SHAPE), (path.name, ours["oriented"])
            assert np.allclose(RAS @ affine, ours["grid"]["affine"], atol=1e-6), (path.name, ours["grid"]["affine"])
            assert np.array_equal(np.array(ours["values"], float), values.ravel("F").astype(float)), path.name
            n_read += 1
            if path.suffix in (".nrrd", ".nhdr"):
                try:
                    theirs, place = by_pynrrd(path)
                except Exception as error:
                    print(f"pynrrd does not read {path.name}: {str(error)[:80]}")
                else:
                    same = np.array_equal(theirs, values) and np.allclose(RAS @ place, ours["grid"]["affine"], atol=1e-6)
                    assert same, f"pynrrd reads {path.name} in another way"
                    n_pynrrd += 1
            try:
                image = sitk.ReadImage(str(path))
            except RuntimeError as error:
                print(f"SimpleITK does not read {path.name}: {str(error).splitlines()[-1].strip()[:80]}")
                continue
            theirs = np.eye(4)
            theirs[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
            theirs[:3, 3] = image.GetOrigin()
            same = np.allclose(RAS @ theirs, ours["grid"]["affine"], atol=1e-6)
            same &= np.array_equal(sitk.GetArrayFromImage(image).ravel(), values.ravel("F"))
            assert same, f"SimpleITK reads {path.name} in another way"
            n_itk += 1
        n_refused = 0
        for path, part in refused(folder):
            start = time.monotonic()
            answer = read("image", path)
            assert part in answer.get("error", "read"), (path.name, answer.get("error", "it was read"))
            assert time.monotonic() - start < 1, path.name
            n_refused += 1
        n_segments = len(list(segmentations(folder, read)))
    print(f"{n_read} files read as written, {n_itk} of them by SimpleITK and {n_pynrrd} by pynrrd too; {n_refused} refused; {n_segments} segments as by slicerio")


if __name__ == "__main__":
    main()
