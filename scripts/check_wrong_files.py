"""Stages phantoms with the wrong file in a role, or the right one in the wrong place, and counts which have a warning.

    cargo build -p hemastage-cli
    python scripts/check_wrong_files.py target/debug/hemastage [STUDIES] [--more]

Needs numpy and nibabel. Each study is made with drawn levels, side, thickness, curves, field, noise, shading and grid, staged as
it is, which must be quiet, and with one mistake, which must be refused or have a warning of `docs/roles.md`. Half of the studies
have canal and vertebrae, half the cord alone. Prints the counts, and what was silent or fired of a sound study. `--more` makes
other mistakes: masks that were drawn or saved in part, images whose numbers were changed, headers that contradict themselves.
"""

import collections
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import nibabel as nib
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent.parent
STAGES = ["hyperacute", "acute", "early_subacute", "late_subacute", "chronic"]
LEVELS = ["C3", "C4", "C5", "C6", "C7", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10"]
MASKS = ["hematoma", "cord", "canal", "vertebrae"]


def role_codes():
    """The codes that docs/roles.md lists, and those of a header that contradicts itself and of a shift."""
    text = (HERE / "docs/roles.md").read_text()
    firsts = re.findall(r"^\|((?: `[a-z0-9_]+`,?)+)", text, re.M)
    return set(re.findall(r"[a-z0-9_]+", " ".join(firsts))) | {"sform_qform_differ", "images_shifted"}


def options(draw):
    """A phantom's options."""
    first = draw.randrange(len(LEVELS) - 3)
    grid = draw.choice(["thick", "thick", "isotropic", "axial"])
    stages = draw.sample(STAGES, draw.choice([1, 1, 2]))
    return {"--seed": draw.randrange(1, 10**6), "--stage": ",".join(stages), "--from": LEVELS[first],
            "--to": LEVELS[first + draw.randint(1, 3)], "--side": draw.choice(["dorsal", "dorsal", "ventral", "left", "right"]),
            "--thickness": round(draw.uniform(3, 6), 1), "--field": draw.choice(["1.5", "3"]),
            "--snr": round(draw.uniform(18, 40)), "--shading": round(draw.uniform(1, 2.2), 1), "--grid": grid,
            "--lordosis": round(draw.uniform(6, 24)), "--scoliosis": round(draw.uniform(0, 10))}


class Study:
    def __init__(self, program, folder, draw):
        self.program, self.folder = program, folder
        self.options = options(draw)
        words = [str(word) for pair in self.options.items() for word in pair]
        subprocess.run([program, "phantom", *words, "-o", str(folder), "--force"], check=True, capture_output=True)

    def path(self, name):
        return self.folder / f"{name}.nii.gz"

    def files(self, has_all):
        names = ["t1", "t2", *(MASKS if has_all else MASKS[:2])]
        return {name: self.path(name) for name in names}

    def changed(self, name, change):
        """A copy of a file with its array or its affine changed."""
        image = nib.load(self.path(name))
        array, affine = change(np.asanyarray(image.dataobj), image.affine.copy())
        path = self.folder / f"changed-{name}.nii.gz"
        copy = nib.Nifti1Image(np.ascontiguousarray(array), affine, dtype=array.dtype)
        copy.set_sform(affine, 1)
        copy.set_qform(affine, 1)
        nib.save(copy, path)
        return path


def staged(program, files, out):
    """The warnings of a study by code, and its stage; or why it was refused."""
    words = [word for role, path in files.items() for word in (f"--{role}", str(path))]
    if "vertebrae" in files:
        words += ["--scheme", "sct"]
    run = subprocess.run([program, "stage", *words, "-o", str(out), "--force", "--write", "report"], capture_output=True, text=True)
    if run.returncode == 1:
        return None, run.stderr.strip().splitlines()[-1][:150]
    assert run.returncode == 0, run.stderr
    report = json.loads((out / "report.json").read_text())
    return {f["code"] for f in report["findings"] if f["severity"] == "warning"}, report["stage"]["call"]


def moved(array, affine, mm):
    """An array moved by a distance in RAS mm, to whole voxels; what leaves it is lost."""
    steps = np.rint(np.linalg.solve(affine[:3, :3], mm)).astype(int)
    found = np.zeros_like(array)
    to = tuple(slice(max(s, 0), n + min(s, 0)) for s, n in zip(steps, array.shape))
    of = tuple(slice(max(-s, 0), n + min(-s, 0)) for s, n in zip(steps, array.shape))
    found[to] = array[of]
    return found


def across(draw):
    """10 to 20 mm to the side, the front or the back."""
    mm = draw.uniform(10, 20)
    return draw.choice([[mm, 0, 0], [-mm, 0, 0], [0, mm, 0], [0, -mm, 0]])


def flipped(array, affine):
    axis = int(np.argmax(abs(affine[0, :3])))
    return np.flip(array, axis), affine


def along(affine):
    """The array's axis along the spine."""
    return int(np.argmax(abs(affine[2, :3] / np.linalg.norm(affine[:3, :3], axis=0))))


def every_other_slice(array, affine):
    array = array.copy()
    np.moveaxis(array, along(affine), 0)[::2] = 0
    return array, affine


def outline(array, affine):
    """What of a mask has a neighbor outside in planes across the spine."""
    across = [axis for axis in range(3) if axis != along(affine)]
    inside = np.logical_and.reduce([np.roll(array, step, axis) > 0 for axis in across for step in (-1, 1)])
    return np.where(inside, 0, array), affine


def box(array, affine):
    places = np.argwhere(array)
    filled = np.zeros_like(array)
    filled[tuple(slice(low, high + 1) for low, high in zip(places.min(0), places.max(0)))] = 1
    return filled, affine


def upside_down(array, affine):
    return np.flip(array, along(affine)), affine


def more_mistakes():
    """The same of other mistakes."""
    def change(name, of):
        return lambda study, other_study, files, draw: files | {name: study.changed(name, of)}

    def turned(name, mm):
        return change(name, lambda array, affine: (moved(array, affine, mm), affine))

    def header(name, mm):
        def of(array, affine):
            affine[:3, 3] += mm
            return array, affine
        return change(name, of)

    def numbers(name, of):
        return change(name, lambda array, affine: (of(array.astype(np.float32)).astype(np.int16), affine))

    def later(study, other_study, files, draw):
        stage = "acute" if study.options["--stage"] != "acute" else "late_subacute"
        words = [str(word) for pair in (study.options | {"--stage": stage}).items() for word in pair]
        folder = study.folder / "later"
        subprocess.run([study.program, "phantom", *words, "-o", str(folder), "--force"], check=True, capture_output=True)
        return files | {"t1": folder / "t1.nii.gz"}

    def copy(study, other_study, files, draw):
        change = lambda array, affine: (np.rint(array * 1.3).astype(np.int16), affine)
        return files | {"t2": study.changed("t1", change)}

    def contradicting(study, other_study, files, draw):
        image = nib.load(files["t2"])
        wrong = image.affine.copy()
        wrong[1, 3] += 12
        image.set_sform(wrong, 1)
        path = study.folder / "contradicting.nii.gz"
        nib.save(image, path)
        return files | {"t2": path}

    root = lambda signal: 20 * np.sqrt(np.maximum(signal, 0))
    return {
        "hematoma on every other slice": (False, change("hematoma", every_other_slice)),
        "outline of the hematoma": (False, change("hematoma", outline)),
        "box around the hematoma": (False, change("hematoma", box)),
        "hematoma upside down": (False, change("hematoma", upside_down)),
        "hematoma moved 8 mm along the spine": (False, turned("hematoma", [0, 0, 8])),
        "cord moved 30 mm along the spine": (False, turned("cord", [0, 0, 30])),
        "cord's mask one of fluid": (False, lambda study, o, files, draw: files | {"cord": study.path("csf")}),
        "discs as vertebrae": (True, lambda study, o, files, draw: files | {"vertebrae": study.path("discs")}),
        "vertebrae numbered one off": (True, change("vertebrae", lambda array, affine: (array + (array > 0).astype(array.dtype), affine))),
        "T1 times 1.3 as T2": (False, copy),
        "T1 moved 20 mm along the spine": (False, header("t1", [0, 0, 20])),
        "T1 moved 4 mm to the back": (False, header("t1", [0, -4, 0])),
        "T1 flipped left to right": (False, change("t1", flipped)),
        "T2 upside down": (False, change("t2", upside_down)),
        "T2 with sform and qform 12 mm apart": (False, contradicting),
        "T1 of another visit, other stage": (False, later),
        "T1 with a quarter of the cord's signal added": (False, numbers("t1", lambda signal: signal + 100)),
        "T2 with gamma 0.5": (False, numbers("t2", root)),
        "T2 clipped at 1.5 of the cord": (False, numbers("t2", lambda signal: np.minimum(signal, 600))),
        "T2 of 8 gray levels": (False, numbers("t2", lambda signal: np.rint(signal / 200) * 200)),
    }


def mistakes():
    """Each mistake: whether it needs all masks, and the files of a study with it."""
    def swap(one, other):
        return lambda study, other_study, files, draw: files | {one: files[other], other: files[one]}

    def move(*names):
        def of(study, other_study, files, draw):
            mm = across(draw)
            change = lambda array, affine: (moved(array, affine, mm), affine)
            return files | {name: study.changed(name, change) for name in names if name in files}
        return of

    def move_t2(study, other_study, files, draw):
        mm = across(draw)
        def change(array, affine):
            affine[:3, 3] += mm
            return array, affine
        return files | {"t2": study.changed("t2", change)}

    def flip(*names):
        return lambda study, other_study, files, draw: files | {n: study.changed(n, flipped) for n in names if n in files}

    def other(*names):
        return lambda study, other_study, files, draw: files | {n: other_study.path(n) for n in names if n in files}

    return {
        "T1 and T2 exchanged": (False, swap("t1", "t2")),
        "hematoma and cord exchanged": (False, swap("hematoma", "cord")),
        "canal and cord exchanged": (True, swap("canal", "cord")),
        "canal as cord": (False, lambda study, o, files, draw: files | {"cord": study.path("canal")}),
        "other patient's hematoma": (False, other("hematoma")),
        "other patient's masks": (False, other(*MASKS)),
        "other patient's T2": (False, other("t2")),
        "hematoma flipped left to right": (False, flip("hematoma")),
        "masks flipped left to right": (False, flip(*MASKS)),
        "hematoma moved 10 to 20 mm": (False, move("hematoma")),
        "masks moved 10 to 20 mm": (False, move(*MASKS)),
        "T2 moved 10 to 20 mm": (False, move_t2),
    }


def main():
    words = [word for word in sys.argv[1:] if word != "--more"]
    program, n = words[0], int(words[1]) if len(words) > 1 else 200
    codes = role_codes()
    assert len(codes) > 30, codes
    kinds = more_mistakes() if "--more" in sys.argv else mistakes()
    found = {kind: collections.Counter() for kind in kinds}
    silent, loud, fired = [], [], collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        other = Study(program, folder / "other", random.Random(0))
        for number in range(n):
            draw = random.Random(1000 + number)
            study = Study(program, folder / f"study{number % 2}", draw)
            kind = list(kinds)[number % len(kinds)]
            needs_all, change = kinds[kind]
            has_all = number // len(kinds) % 2 == 0
            warnings, call = staged(program, study.files(has_all), folder / "out")
            own = ["refused"] if warnings is None else sorted(warnings & codes)
            if own:
                loud.append((number, own, study.options))
            files = change(study, other, study.files(has_all or needs_all), draw)
            warnings, answer = staged(program, files, folder / "out")
            outcome = "refused" if warnings is None else "warned" if warnings & codes else "silent"
            found[kind]["same"] += outcome == "silent" and call == answer
            found[kind][outcome] += 1
            found[kind]["all"] += 1
            fired.update((warnings or set()) & codes)
            if outcome == "silent":
                silent.append((number, kind, "all masks" if has_all else "cord alone", call, answer, study.options))
            other = study
    print("| mistake | studies | refused | warned | silent | of these, the same stage |\n|---|---|---|---|---|---|")
    total = sum(found.values(), collections.Counter())
    for kind, counts in [*found.items(), ("all", total)]:
        print("| " + " | ".join([kind, *(str(counts[of]) for of in ("all", "refused", "warned", "silent", "same"))]) + " |")
    print(f"\n{n} sound studies, {len(loud)} of them with a warning of docs/roles.md")
    print("warnings by code: " + ", ".join(f"{code} {n}" for code, n in fired.most_common()))
    for row in silent:
        print("silent:", *row)
    for row in loud:
        print("sound:", *row)


if __name__ == "__main__":
    main()
