#!/usr/bin/env python3
"""Times `hemastage.stage` from arrays in memory next to the same call in Rust, and next to a Python pipeline of the fastest
packages that looks at the box of the masks alone.

    cargo build --release --example time_study
    pip install ./python nibabel SimpleITK scipy scikit-image connected-components-3d edt
    python scripts/bench_python.py FOLDER [SCHEME] [target/release/examples/time_study]

FOLDER holds t1, t2, hematoma, cord, csf and vertebrae as .nii.gz, as `hemastage phantom` writes them; SCHEME is that of the
vertebrae (verse). All run on one thread of one processor, in turns, and the least of all rounds counts; what is compared is
ratios, of processor time and of the time that passed. Rust and Python give the same report, which is checked first. Whole
processes, from the interpreter's start and the files to the stage map, are timed too.

The pipeline does less: five hard classes, the parts, tables per level, surface, largest diameter, axes, and the distance to the
cord, without a center line, thickness, levels of the cord, probabilities or the shift between the images.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import warnings

ROUNDS = 15
RUNS = 3
ROLES = ("t1", "t2", "hematoma", "cord", "vertebrae")
ONE_THREAD = {name: "1" for name in ("RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
                                     "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS")}
STAGES_BY_LEVELS = (5, 2, 3, 5, 0, 4, 1, 1, 4)
LOW_T1, HIGH_T1, LOW_T2, HIGH_T2 = 0.8, 1.25, 0.75, 1.25
PERCENTILES = (0, 5, 10, 25, 50, 75, 90, 95, 100)


def ours(folder, scheme, finish):
    """`hs.stage` of arrays; `finish` makes more of the result."""
    import nibabel
    import numpy as np

    import hemastage as hs

    def array(role):
        image = nibabel.load(folder / f"{role}.nii.gz")
        return np.asanyarray(image.dataobj), image.affine

    t1, t2, hematoma, cord, vertebrae = (array(role) for role in ROLES)
    # the same at every run
    warnings.simplefilter("ignore", hs.FindingWarning)

    def stage():
        return hs.stage(t1, t2, hematoma=hematoma, cord=cord, vertebrae=vertebrae, scheme=scheme)

    return lambda: finish(stage()), lambda: stage().report_json


def ours_whole(folder, scheme, output):
    """From files to files."""
    import hemastage as hs

    warnings.simplefilter("ignore", hs.FindingWarning)
    t1, t2, hematoma, cord, vertebrae = (folder / f"{role}.nii.gz" for role in ROLES)
    result = hs.stage(t1, t2, hematoma=hematoma, cord=cord, vertebrae=vertebrae, scheme=scheme)
    result.save(output, write=["report", "map"], force=True)


def pipeline_whole(folder, scheme, output):
    """From files to files."""
    import SimpleITK as sitk

    found, stage_map = pipeline(folder, scheme)[0]()
    image = sitk.GetImageFromArray(stage_map)
    image.CopyInformation(sitk.ReadImage(str(folder / "hematoma.nii.gz")))
    sitk.WriteImage(image, str(pathlib.Path(output) / "stages.nii.gz"), useCompression=True)
    (pathlib.Path(output) / "found.json").write_text(json.dumps(found))


def pipeline(folder, _scheme):
    """The fastest package of each step; vectors of the hematoma's voxels instead of volumes."""
    import cc3d
    import edt
    import numpy as np
    import SimpleITK as sitk
    from scipy.spatial import ConvexHull
    from scipy.spatial.distance import pdist
    from skimage import measure

    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    read = lambda role: sitk.ReadImage(str(folder / f"{role}.nii.gz"))
    whole_t1, whole_t2, *whole_masks = (read(role) for role in ("t1", "t2", "hematoma", "cord", "csf", "vertebrae"))
    view = sitk.GetArrayViewFromImage

    def reference(values):
        median = float(np.median(values))
        return median, float(np.median(np.abs(values - np.float32(median))))

    def box_of(mask):
        inside = [np.flatnonzero(mask.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
        return [(max(int(w[0]) - 1, 0), min(int(w[-1]) + 2, n)) for w, n in zip(inside, mask.shape)]

    def run():
        hematoma, cord, csf, vertebrae = whole_masks
        (z0, z1), (y0, y1), (x0, x1) = box_of(view(hematoma) | view(cord) | view(csf))
        hematoma, cord, csf, vertebrae = (image[x0:x1, y0:y1, z0:z1] for image in (hematoma, cord, csf, vertebrae))
        linear = lambda image: sitk.Resample(image, hematoma, sitk.Transform(), sitk.sitkLinear, 0.0, sitk.sitkFloat32)
        t1 = linear(whole_t1)
        same_grid = whole_t2.GetSize() == whole_masks[0].GetSize()
        t2 = whole_t2[x0:x1, y0:y1, z0:z1] if same_grid else linear(whole_t2)
        out = {}
        a1, a2, levels = view(t1), view(t2), view(vertebrae)
        mask = sitk.GetArrayFromImage(hematoma)
        outside = view(cord) > mask
        m1, d1 = reference(a1[outside])
        m2, d2 = reference(a2[outside].astype(np.float32))
        out["reference"] = [m1, d1, m2, d2]
        out["csf"] = reference(a2[view(csf) > mask].astype(np.float32))
        voxels = np.flatnonzero(mask)
        r1 = a1.ravel()[voxels] / np.float32(m1)
        r2 = a2.ravel()[voxels].astype(np.float32) / np.float32(m2)
        level = lambda ratio, low, high: (ratio > low).view(np.uint8) + (ratio > high).view(np.uint8)
        table = np.array(STAGES_BY_LEVELS, np.uint8)
        stages = table[level(r1, LOW_T1, HIGH_T1) + np.uint8(3) * level(r2, LOW_T2, HIGH_T2)]
        stage_map = np.zeros(view(whole_masks[0]).shape, np.uint8)
        part = np.zeros(mask.shape, np.uint8)
        part.ravel()[voxels] = stages
        stage_map[z0:z1, y0:y1, x0:x1] = part
        parts, count = cc3d.connected_components(mask, connectivity=26, return_N=True, binary_image=True)
        statistics = cc3d.statistics(parts)
        spacing = np.array(hematoma.GetSpacing()[::-1])
        mm3 = float(spacing.prod())
        out["parts"] = [int(count), (statistics["voxel_counts"][1:] * mm3).tolist()]
        out["boxes"] = [[[s.start, s.stop] for s in box] for box in statistics["bounding_boxes"][1:]]
        which = levels.ravel()[voxels]
        out["levels"] = (np.bincount(which.astype(np.intp) * 6 + stages, minlength=6).reshape(-1)).tolist()
        order = np.argsort(which, kind="stable")
        cut = np.searchsorted(which[order], np.arange(0, 26))
        for name, ratios in (("t1", r1), ("t2", r2)):
            by_level = ratios[order]
            out[name] = [[float(of(by_level[a:b])) for of in (np.mean, np.std, np.min, np.max, np.median)]
                         for a, b in zip(cut, cut[1:]) if a < b]
            out[name + " percentiles"] = np.percentile(ratios, PERCENTILES).tolist()
            out[name + " histogram"] = np.histogram(ratios, 256, (0, 4))[0].tolist()
        cropped = np.pad(mask[tuple(slice(a + 1, b - 1) for a, b in box_of(mask))], 1)
        corners, faces, _, _ = measure.marching_cubes(cropped.astype(np.float32), 0.5, spacing=tuple(spacing))
        points = np.stack(np.unravel_index(voxels, mask.shape), 1) * spacing
        out["surface"] = float(measure.mesh_surface_area(corners, faces))
        out["diameter"] = float(pdist(corners[ConvexHull(corners).vertices]).max())
        out["axes"] = (4 * np.sqrt(np.linalg.eigvalsh(np.cov(points.T)))).tolist()
        distance = edt.edt(view(cord) == 0, anisotropy=tuple(spacing), parallel=1).ravel()[voxels]
        out["distance"] = [float(distance.mean()), float(distance.max())]
        return out, stage_map

    return run, lambda: None


WAYS = {
    "result": lambda folder, scheme: ours(folder, scheme, lambda result: result),
    "report": lambda folder, scheme: ours(folder, scheme, lambda result: result.report),
    "pipeline": pipeline,
}


def serve(folder, scheme, way):
    """Answers lines of runs as the example does."""
    run, report = WAYS[way](folder, scheme)
    run()
    for line in sys.stdin:
        runs = []
        for _ in range(int(line)):
            busy, passed = time.process_time(), time.perf_counter()
            found = run()
            runs.append((time.process_time() - busy, time.perf_counter() - passed))
            del found
        print(json.dumps({"runs": runs, "report": report()}), flush=True)


class Partner:
    """A process that is asked in turns, on one processor."""

    def __init__(self, command):
        self.process = subprocess.Popen(["taskset", "-c", "0", *command], env=os.environ | ONE_THREAD, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, runs):
        self.process.stdin.write(f"{runs}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit("no answer: is all that it needs installed?")
        return json.loads(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def whole(command):
    """Processor seconds and seconds that passed of a process."""
    start = time.perf_counter()
    process = subprocess.Popen(["taskset", "-c", "0", *command], env=os.environ | ONE_THREAD, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    passed = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{command} ended with {process.returncode}"
    return usage.ru_utime + usage.ru_stime, passed


def table(head, names, times):
    """Each way with its times, and their ratios to the first."""
    print(f"\n| {head} | processor, ms | ratio | passed, ms | ratio |\n|---|---:|---:|---:|---:|")
    first = next(iter(times.values()))
    for way, found in times.items():
        cells = (f"{1000 * time:.1f} | {time / of:.2f}" for time, of in zip(found, first))
        print(f"| {names[way]} | {' | '.join(cells)} |")


def main(folder, scheme="verse", example="target/release/examples/time_study"):
    this = [sys.executable, __file__, "serve", folder, scheme]
    partners = {"Rust": Partner([example, folder, scheme]), **{way: Partner([*this, way]) for way in WAYS}}
    reports = {way: partner.ask(1)["report"] for way, partner in partners.items()}
    assert reports["Rust"] == reports["result"], "Rust and Python give other reports"
    least = {way: [float("inf")] * 2 for way in partners}
    for _ in range(ROUNDS):
        for way, partner in partners.items():
            for run in partner.ask(RUNS)["runs"]:
                least[way] = [min(pair) for pair in zip(least[way], run)]
    for partner in partners.values():
        partner.close()
    names = {"Rust": "Rust, `StudyFiles::open` and `stage`", "result": "Python, `hs.stage`",
             "report": "Python, `hs.stage(…).report`", "pipeline": "Python, the fastest packages, cropped"}
    table("from arrays in memory", names, least)
    names = {"ours": "`hs.stage(…)` and `save`", "pipeline": "the fastest packages, cropped"}
    least = {way: [float("inf")] * 2 for way in names}
    with tempfile.TemporaryDirectory() as output:
        for _ in range(ROUNDS):
            for way in names:
                found = whole([sys.executable, __file__, "once", folder, scheme, way, output])
                least[way] = [min(pair) for pair in zip(least[way], found)]
    table("whole processes of Python", names, least)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", folder, scheme, way]:
            serve(pathlib.Path(folder), scheme, way)
        case ["once", folder, scheme, way, output]:
            {"ours": ours_whole, "pipeline": pipeline_whole}[way](pathlib.Path(folder), scheme, output)
        case [folder, *more] if len(more) <= 2:
            main(folder, *more)
        case _:
            sys.exit(__doc__)
