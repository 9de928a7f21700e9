#!/usr/bin/env python3
"""Makes the pictures of docs/gallery.md again: phantoms, staged by the command, their figures and one page.

Needs Python with Pillow, and Chromium for the page. Run from the repository after
`cargo build --release` and, for the viewer, `npm ci && npm run build` in `viewer/`:

    python3 scripts/make_gallery.py [path of the command]
"""

import pathlib
import subprocess
import sys
import tempfile

from PIL import Image

COMMAND = sys.argv[1] if len(sys.argv) > 1 else "target/release/hemastage"
IMAGES = pathlib.Path("docs/img")
WIDTH = 1000

STUDIES = {
    "thick": "--stage acute,late_subacute --from C3 --to T1 --thickness 6",
    "isotropic": "--grid isotropic --stage late_subacute --from C4 --to C7 --thickness 5",
    "oblique": "--tilt 6,-4,12 --stage early_subacute,chronic --from C6 --to T3 --side ventral",
    "lumbar": "--stage chronic --from T12 --to L2 --side ventral --thickness 6",
    "tiny": "--stage hyperacute --from C6 --to C6 --thickness 2.5",
    "long": "--stage acute,late_subacute,chronic --from C2 --to L3 --fov 180,620,64",
    "axial": "--grid axial --stage late_subacute --from T4 --to T7 --thickness 6 --side right",
}


def run(*arguments):
    subprocess.run([str(a) for a in arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def stage(made, out, *more):
    masks = [f"--{name}={made}/{name}.nii.gz" for name in ("t1", "t2", "hematoma", "cord", "canal", "vertebrae")]
    run(COMMAND, "stage", *masks, "--scheme=sct", "-o", out, *more)


def reduced(source, target):
    """Fewer pixels and colors, so that the repository stays small."""
    image = Image.open(source).convert("RGB")
    image = image.resize((WIDTH, round(image.height * WIDTH / image.width)), Image.Resampling.LANCZOS)
    image.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(target, optimize=True)


def screenshot(page, target, height, profile):
    run("chromium", "--headless=new", "--no-sandbox", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
        "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--virtual-time-budget=15000",
        f"--user-data-dir={profile}", f"--window-size=1000,{height}", f"--screenshot={target}", page.as_uri())


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        for seed, (name, options) in enumerate(STUDIES.items(), start=1):
            run(COMMAND, "phantom", *options.split(), "--seed", seed, "-o", work / name)
            stage(work / name, work / f"{name}-out", "--study", name)
            reduced(work / f"{name}-out" / "picture.png", IMAGES / f"gallery-{name}.png")
        stage(work / "thick", work / "page", "--study", "sub-01", "--onset=9d", "--onset=40h",
              "--viewer=viewer/dist/viewer.js")
        screenshot(work / "page" / "report.html", work / "page.png", 2450, work / "profile")
        reduced(work / "page.png", IMAGES / "gallery-page.png")
        run(COMMAND, "demo", "--followup", "-o", work / "followup")
        reduced(work / "followup" / "followup" / "followup.png", IMAGES / "gallery-followup.png")


if __name__ == "__main__":
    main()
