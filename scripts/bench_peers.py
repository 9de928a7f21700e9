#!/usr/bin/env python3
"""Times each step beside what a Python user runs for it today, and whole studies beside inflating their files.

    cargo build --release --example time_steps
    cargo build --release -p hemastage-cli
    python scripts/bench_peers.py FOLDER [target/release/examples/time_steps] [target/release/hemastage]

FOLDER holds t1, t2, t2_hema (1 % of the voxels), t2_hema_dense (20 %), t2_cord and t2_labels (vertebrae, numbered
as by the Spinal Cord Toolbox) as .nii, and in gz/ as .nii.gz; masks and labels lie on the grid of T2.

Steps run on one thread, in turns: one process of ours and one of all peers answer line by line, so that both meet
the same machine, and the least time of all rounds counts: the processor's, which neighbors disturb less than the
time that passes. Results are held against each other first. Whole studies are processes of their own, their
processor time and peak memory by wait4. Memory of a step of ours is what it holds on the heap at most.

Needs numpy, nibabel, SimpleITK, scipy, connected-components-3d, fastremap, deflate; pyradiomics where it is there.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROUNDS = 7
STUDY_ROUNDS = 11
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
                                     "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS")}
STUDY = {"t1": "t1", "t2": "t2", "hematoma": "t2_hema", "cord": "t2_cord", "vertebrae": "t2_labels"}


# the peers: (step, peer) to a function of the scan that prepares, and gives what is timed; this gives the check

PEERS = {}
FLOOR = "libdeflate, inflating only"


def peer(step, name):
    def keep(prepare):
        PEERS[step, name] = prepare
        return prepare
    return keep


class Scan:
    """A folder's files, read once."""

    def __init__(self, folder, scratch):
        self.folder, self.scratch = folder, scratch
        self.kept = {}

    def plain(self, name):
        return str(self.folder / f"{name}.nii")

    def compressed(self, name):
        return str(self.folder / "gz" / f"{name}.nii.gz")

    def keep(self, key, make):
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]

    def array(self, name):
        """By (k, j, i), contiguous."""
        import nibabel
        import numpy as np
        return self.keep(name, lambda: np.ascontiguousarray(np.asarray(nibabel.load(self.plain(name)).dataobj).T))

    def mask(self, name):
        return self.keep(name + "?", lambda: self.array(name) != 0)

    def image(self, name):
        import SimpleITK as sitk
        return self.keep(name + " itk", lambda: sitk.ReadImage(self.plain(name)))

    def affine(self, name):
        import nibabel
        return nibabel.load(self.plain(name)).affine

    def voxels(self, name):
        """Places of a mask's voxels in T1, by (i, j, k)."""
        import numpy as np
        map_ = np.linalg.inv(self.affine("t1")) @ self.affine("t2")
        at = np.argwhere(self.mask(name))[:, ::-1]
        return map_[:3, :3] @ at.T + map_[:3, 3:]

    def inside(self, name, without):
        """The voxels whose six neighbors are in the mask, without another."""
        from scipy import ndimage
        make = lambda: ndimage.binary_erosion(self.mask(name)) & ~self.mask(without)
        return self.keep(f"{name} inside", make)


def reads(step, name, of):
    @peer(step, "nibabel")
    def _(scan):
        import nibabel
        import numpy as np
        return lambda: (np.asarray(nibabel.load(scan.compressed(name), mmap=False).dataobj)), of

    @peer(step, "SimpleITK")
    def _(scan):
        import SimpleITK as sitk
        return lambda: sitk.GetArrayViewFromImage(keep_alive(sitk.ReadImage(scan.compressed(name)))), of

    @peer(step, FLOOR)
    def _(scan):
        import deflate
        stored = pathlib.Path(scan.compressed(name)).read_bytes()
        return lambda: deflate.gzip_decompress(stored), None


ALIVE = []


def keep_alive(image):
    """A view does not keep its image."""
    ALIVE[:] = [image]
    return image


reads("read .nii.gz, 16 bits, whole", "t1", lambda a: [int(a.sum(dtype="i8"))])
reads("read .nii.gz, mask 1 %", "t2_hema", lambda a: [int((a != 0).sum())])
reads("read .nii.gz, mask 20 %", "t2_hema_dense", lambda a: [int((a != 0).sum())])


@peer("read .nii, 16 bits, block of the 1 % mask", "nibabel, mapped and copied")
def _(scan):
    import nibabel
    import numpy as np
    from scipy import ndimage
    box = ndimage.find_objects(scan.mask("t2_hema").astype(np.uint8))[0][::-1]
    return (lambda: np.array(nibabel.load(scan.plain("t2")).dataobj[box])), lambda a: [int(a.sum(dtype="i8"))]


@peer("read .nii, 16 bits, block of the 1 % mask", "SimpleITK, extract")
def _(scan):
    import SimpleITK as sitk
    import numpy as np
    from scipy import ndimage
    box = ndimage.find_objects(scan.mask("t2_hema").astype(np.uint8))[0][::-1]
    reader = sitk.ImageFileReader()
    reader.SetFileName(scan.plain("t2"))
    reader.SetExtractIndex([part.start for part in box])
    reader.SetExtractSize([part.stop - part.start for part in box])
    return reader.Execute, lambda im: [int(sitk.GetArrayViewFromImage(im).sum(dtype="i8"))]


def reads_of_block(name, kept):
    """What a block costs at least: of each slice the rows from its first to its last, read into a warm buffer."""
    @peer("read .nii, 16 bits, block of the 1 % mask", name)
    def _(scan):
        import nibabel
        import numpy as np
        from scipy import ndimage
        i, j, k = ndimage.find_objects(scan.mask("t2_hema").astype(np.uint8))[0][::-1]
        proxy = nibabel.load(scan.plain("t2")).dataobj
        ni, nj, _slices = proxy.shape
        size = proxy.dtype.itemsize
        wide, rows, slices = (part.stop - part.start for part in (i, j, k))
        buffer = np.zeros(rows * ni, proxy.dtype)
        wanted = memoryview(buffer).cast("B")[:((rows - 1) * ni + wide) * size]

        def run():
            block = np.empty((slices, rows, wide), proxy.dtype) if kept else None
            with open(scan.plain("t2"), "rb", buffering=0) as file:
                for n in range(slices):
                    file.seek(proxy.offset + (((k.start + n) * nj + j.start) * ni + i.start) * size)
                    file.readinto(wanted)
                    if kept:
                        block[n] = buffer.reshape(rows, ni)[:, :wide]
            return block
        return run, lambda a: [int(a.sum(dtype="i8"))] if kept else None


reads_of_block("its slices read, nothing kept", kept=False)
reads_of_block("its slices read, the block kept", kept=True)


def samples(step, name):
    @peer(step, "SimpleITK, both images whole")
    def _(scan):
        import SimpleITK as sitk
        t1, t2, grid = scan.image("t1"), scan.image("t2"), scan.image(name)
        mask = scan.mask(name)
        linear = lambda image: sitk.Resample(image, grid, sitk.Transform(), sitk.sitkLinear, 0.0, sitk.sitkFloat32)
        of = lambda both: [float(sitk.GetArrayViewFromImage(im)[mask].sum(dtype="f8")) for im in both]
        return (lambda: (linear(t1), linear(t2))), of

    @peer(step, "scipy at the voxels, T2 by its mask")
    def _(scan):
        import numpy as np
        from scipy import ndimage
        t1, t2, mask = scan.array("t1"), scan.array("t2"), scan.mask(name)

        def run():
            places = scan.voxels(name)[::-1]
            return ndimage.map_coordinates(t1, places, order=1, output=np.float32, mode="nearest"), t2[mask]
        # outside T1, where ours has no signal, scipy goes on with the outer voxels'
        return run, lambda both: [None, float(both[1].sum(dtype="f8"))]


samples("sample T1 and T2 at 1 %", "t2_hema")
samples("sample T1 and T2 at 20 %", "t2_hema_dense")


def medians(step, name, without):
    @peer(step, "numpy")
    def _(scan):
        import numpy as np
        signal, inside = scan.array("t2"), scan.inside(name, without)

        def run():
            values = signal[inside]
            middle = np.median(values)
            return values.size, middle, 1.4826 * np.median(np.abs(values - middle))
        return run, lambda found: [float(value) for value in found]


medians("median and MAD of the cord", "t2_cord", "t2_hema")
medians("median and MAD, 20 %", "t2_hema_dense", "t2_cord")


def stages(density, name):
    # T1 on T2's grid is not needed to time arithmetic: T2, moved, has all classes too
    def volumes(scan):
        import numpy as np
        t2 = scan.keep("t2 f32", lambda: scan.array("t2").astype(np.float32))
        return scan.keep("t1 like t2", lambda: np.roll(t2, 37, axis=2) * np.float32(1.1)), t2

    @peer(f"stages without smoothing, {density}", "numpy, hard classes by a table")
    def _(scan):
        import numpy as np
        mask, (t1, t2) = scan.mask(name), volumes(scan)
        table = np.array([5, 2, 3, 5, 0, 4, 1, 1, 4], np.uint8)

        def run():
            level = lambda ratio, low, high: (ratio > low).view(np.uint8) + (ratio > high).view(np.uint8)
            of_t1 = level(t1[mask] * np.float32(1 / 400), 0.8, 1.25)
            of_t2 = level(t2[mask] * np.float32(1 / 350), 0.75, 1.25)
            out = np.zeros(mask.shape, np.uint8)
            out[mask] = table[of_t1 + np.uint8(3) * of_t2]
            return out
        return run, None

    @peer(f"stages without smoothing, {density}", "numpy, hard classes, counts and percentiles")
    def _(scan):
        import numpy as np
        mask, both = scan.mask(name), volumes(scan)
        run, _none = PEERS[f"stages without smoothing, {density}", "numpy, hard classes by a table"](scan)

        def more():
            found = run()
            return np.bincount(found.ravel(), minlength=6), [np.percentile(v[mask], [10, 50, 90]) for v in both]
        return more, None

    @peer(f"stages without smoothing, {density}", "numpy and scipy, soft classes")
    def _(scan):
        import numpy as np
        from scipy.special import erfc
        mask, (t1, t2) = scan.mask(name), volumes(scan)
        t1, t2 = t1[mask] / np.float64(400), t2[mask] / np.float64(350)
        weights = np.random.default_rng(5).random((9, 6))

        def levels(ratio, low, high):
            below, above = (0.5 * erfc((ratio - edge) * (sign * 0.7071 / 0.05))
                            for edge, sign in ((low, 1), (high, -1)))
            return np.stack([below, np.maximum(1 - below - above, 0), above])

        def run():
            patterns = levels(t1, 0.8, 1.25)[:, None] * levels(t2, 0.75, 1.25)[None]
            soft = patterns.reshape(9, -1).T @ weights
            soft /= soft.sum(axis=1, keepdims=True)
            return soft.argmax(axis=1), soft
        return run, None


stages("1 %", "t2_hema")
stages("20 %", "t2_hema_dense")


@peer("stages with smoothing, 1 %", "scipy, median filter of one image's box")
def _(scan):
    import numpy as np
    from scipy import ndimage
    box = ndimage.find_objects(scan.mask("t2_hema").astype(np.uint8))[0]
    part = np.ascontiguousarray(scan.array("t2")[box]).astype(np.float32)
    cross = ndimage.generate_binary_structure(3, 1)
    return (lambda: ndimage.median_filter(part, footprint=cross)), None


def connected(density, name):
    step = f"connected parts, {density}"
    of = lambda sizes: [len(sizes) - 1, int(max(sizes[1:]))]

    @peer(step, "cc3d and its statistics")
    def _(scan):
        import cc3d
        mask = scan.mask(name)

        def run():
            return cc3d.statistics(cc3d.connected_components(mask, connectivity=26))["voxel_counts"]
        return run, of

    @peer(step, "cc3d alone")
    def _(scan):
        import cc3d
        mask = scan.mask(name)
        return (lambda: cc3d.connected_components(mask, connectivity=26)), None

    @peer(step, "scipy and bincount")
    def _(scan):
        import numpy as np
        from scipy import ndimage
        mask = scan.mask(name)
        return (lambda: np.bincount(ndimage.label(mask, np.ones((3, 3, 3)))[0].ravel())), of


connected("1 %", "t2_hema")
connected("20 %", "t2_hema_dense")


def by_label(step, statistics, of):
    """The peers are given the level of each voxel."""
    @peer(step, "numpy, sorted by label")
    def _(scan):
        import numpy as np
        signal, labels = scan.array("t2").astype(np.float32), scan.array("t2_labels")
        count = int(labels.max())

        def run():
            mask = labels > 0
            values, which = signal[mask], labels[mask]
            order = np.argsort(which, kind="stable")
            values, cut = values[order], np.searchsorted(which[order], np.arange(1, count + 2))
            parts = (values[cut[n]:cut[n + 1]] for n in range(count))
            return [statistics(np, p) for p in parts if p.size]
        return run, of

    @peer(step, "fastremap, counts only")
    def _(scan):
        import fastremap
        labels = scan.array("t2_labels")
        return (lambda: fastremap.unique(labels, return_counts=True)), None


by_label("levels of the hematoma and the cord",
         lambda np, p: (p.size, p.mean(dtype=np.float64), p.std(dtype=np.float64), p.min(), p.max(), np.median(p)), None)
by_label("voxels and median per level", lambda np, p: (p.size, float(np.median(p))),
         lambda found: [number for of in found for number in of])


@peer("shape, 1 %", "pyradiomics, shape")
def _(scan):
    import logging
    import radiomics
    from radiomics import featureextractor
    radiomics.setVerbosity(logging.ERROR)
    extractor = featureextractor.RadiomicsFeatureExtractor()
    extractor.disableAllFeatures()
    extractor.enableFeatureClassByName("shape")
    return (lambda: extractor.execute(scan.image("t2"), scan.image("t2_hema"))), None


def writes(density, made):
    step = f"write the map, {density}"

    @peer(step, "SimpleITK")
    def _(scan):
        import SimpleITK as sitk
        image, out = sitk.ReadImage(str(scan.scratch / f"{made}.nii.gz")), str(scan.scratch / "out.nii.gz")
        return (lambda: sitk.WriteImage(image, out, useCompression=True)), lambda _: [os.path.getsize(out)]

    @peer(step, "nibabel")
    def _(scan):
        import nibabel
        import numpy as np
        stored = nibabel.load(scan.scratch / f"{made}.nii.gz")
        image = nibabel.Nifti1Image(np.asarray(stored.dataobj), stored.affine)
        out = scan.scratch / "out.nii.gz"
        return (lambda: nibabel.save(image, out)), lambda _: [os.path.getsize(out)]


writes("1 %", "map1")
writes("20 %", "map20")


@peer("inflate a study", FLOOR)
def _(scan):
    import deflate
    stored = [pathlib.Path(scan.compressed(name)).read_bytes() for name in STUDY.values()]
    return (lambda: [len(deflate.gzip_decompress(part)) for part in stored]), None


def serve(folder, scratch):
    """Answers lines of runs, step and peer as the example does; null where the peer is not installed."""
    scan = Scan(folder, scratch)
    ready = {}
    for line in sys.stdin:
        runs, step, name = json.loads(line)
        try:
            if (step, name) not in ready:
                ready[step, name] = PEERS[step, name](scan)
        except ImportError:
            print("null", flush=True)
            continue
        work, check = ready[step, name]
        times = []
        for _ in range(runs):
            start = time.process_time()
            found = work()
            times.append(time.process_time() - start)
        times.sort()
        answer = {"least": times[0], "median": times[runs // 2], "check": check(found) if check else None}
        print(json.dumps(answer), flush=True)
        del found


# the run: this process imports nothing large, because a child's peak starts at its parent's


class Partner:
    def __init__(self, command):
        environment = os.environ | ONE_THREAD
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"no answer to: {line}")
        return json.loads(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def compare(step, ours, name, theirs):
    """The same numbers to 0.1 %: a peer may compute in single precision. Sizes of files may differ."""
    if theirs is None or step.startswith("write"):
        return
    assert len(ours) == len(theirs), f"{step}: {ours} and {name}'s {theirs}"
    for a, b in zip(ours, theirs):
        if b is not None and abs(a - b) > 1e-3 * abs(a):
            print(f"not the same: {step}: {ours} and {name}'s {theirs}", file=sys.stderr)


def milliseconds(seconds):
    return f"{1000 * seconds:.3g}"


def steps(folder, example, scratch):
    ours = Partner([example, str(folder), str(scratch)])
    peers = Partner([sys.executable, __file__, "serve", str(folder), str(scratch)])
    print("| step | ours, processor ms | ours, MiB | peer | peer / ours |\n|---|---:|---:|---|---:|")
    for step in dict.fromkeys(step for step, _ in PEERS if step != "inflate a study"):
        names = [name for known, name in PEERS if known == step]
        first = ours.ask(f"1 {step}")
        checks = {name: peers.ask(json.dumps([1, step, name])) for name in names}
        names = [name for name in names if checks[name]]
        for name in names:
            compare(step, first["check"], name, checks[name]["check"])
        runs = max(1, min(20, int(0.2 / first["least"])))
        least, best = first["least"], {name: checks[name]["least"] for name in names}
        for _ in range(ROUNDS):
            least = min(least, ours.ask(f"{runs} {step}")["least"])
            for name in names:
                again = max(1, min(20, int(0.2 / best[name])))
                best[name] = min(best[name], peers.ask(json.dumps([again, step, name]))["least"])
        cells = f"| {step} | {milliseconds(least)} | {first['bytes'] / 2**20:.1f}"
        for name in names:
            size = ""
            if step.startswith("write"):
                size = f" ({checks[name]['check'][0] / 1024:.0f} KiB; ours {first['check'][0] / 1024:.0f})"
            print(f"{cells} | {name}{size} | {best[name] / least:.2f} |", flush=True)
        if not names:
            print(f"{cells} | | |", flush=True)
    ours.close()
    peers.close()


def whole(command):
    """Processor seconds, seconds that passed and peak MiB of a process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    passed = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{command} ended with {process.returncode}"
    return usage.ru_utime + usage.ru_stime, passed, usage.ru_maxrss / 1024


def study(folder, command, scratch):
    files = [f"--{name}={folder / 'gz' / file}.nii.gz" for name, file in STUDY.items()]
    out = ["--scheme=sct", "-o", str(scratch / "study"), "--force", "--write=report,map"]
    ways = {f"hemastage, {name}": ["taskset", "-c", cores, command, "stage", *files, *out]
            for name, cores in (("1 thread", "0"), ("2 threads", "0,1"))}
    inflate = Partner(["taskset", "-c", "0", sys.executable, __file__, "serve", str(folder), str(scratch)])
    floor, found = [], {way: [] for way in ways}
    for _ in range(STUDY_ROUNDS):
        floor.append(inflate.ask(json.dumps([1, "inflate a study", FLOOR]))["least"])
        for way, line in ways.items():
            found[way].append(whole(line))
    inflate.close()
    unit = min(floor)
    print("\n| whole study, from files to report and map | processor, ms | / inflating | passed, ms | / inflating | peak MiB |")
    print("|---|---:|---:|---:|---:|---:|")
    print(f"| {FLOOR} | {milliseconds(unit)} | 1 | | 1 | |")
    for way in ways:
        busy, passed, peak = (column(values) for column, values in zip((min, min, max), zip(*found[way])))
        print(f"| {way} | {milliseconds(busy)} | {busy / unit:.2f} | {milliseconds(passed)} | {passed / unit:.2f} | {peak:.0f} |")


def main(folder, example="target/release/examples/time_steps", command="target/release/hemastage"):
    with tempfile.TemporaryDirectory() as scratch:
        steps(pathlib.Path(folder), example, pathlib.Path(scratch))
        study(pathlib.Path(folder), command, pathlib.Path(scratch))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", folder, scratch]:
            serve(pathlib.Path(folder), pathlib.Path(scratch))
        case [folder, *commands] if len(commands) <= 2:
            main(folder, *commands)
        case _:
            sys.exit(__doc__)
