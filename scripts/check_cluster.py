#!/usr/bin/env python3
"""Stages phantoms in one process, in parts, in parts whose jobs are killed at random times, on two workers of Dask of which one
is killed at a random time, and by Snakemake, and compares the folders byte for byte. Two of the studies fail: one lacks its
mask, one ends the process that stages it (which only a command of a debug build does).

Needs Python; with snakemake next to it, the workflow of examples/cluster is run too; with distributed and the package of the
same build, `hemastage.dask.batch`:

    PYTHONPATH=target/python/package python scripts/check_cluster.py [path of the command] [studies] [kills]
"""

import filecmp
import logging
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMMAND = str(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "target/release/hemastage").resolve())
STUDIES = int(sys.argv[2]) if len(sys.argv) > 2 else 200
KILLS = int(sys.argv[3]) if len(sys.argv) > 3 else 20
WRITE = "map,tables"
# of a debug build, ends its process
os.environ["HEMASTAGE_TEST_ABORT"] = f"S{STUDIES // 2:03}"


def command(out, *more):
    return [COMMAND, "batch", "all.csv", "-o", out, "--write", WRITE, "--failures", "ok", *more]


def run(out, *more):
    subprocess.run(command(out, *more), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make():
    for n in range(8):
        stage = ["late_subacute", "acute", "hyperacute", "chronic"][n % 4]
        subprocess.run(
            [COMMAND, "phantom", "-o", f"p{n}", "--seed", str(n + 1), "--stage", stage, "--grid", "small"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    rows = []
    for n in range(STUDIES):
        p = f"p{n % 8}"
        mask = "none.nii.gz" if n == 3 else f"{p}/hematoma.nii.gz"
        rows.append(f"S{n:03},{p}/t1.nii.gz,{p}/t2.nii.gz,{mask},{p}/cord.nii.gz,{n + 1}")
    pathlib.Path("all.csv").write_text("study,t1,t2,hematoma,cord,onset_h\n" + "\n".join(rows) + "\n")


def same(one, other):
    names = [
        sorted(str(path.relative_to(root)) for path in pathlib.Path(root).rglob("*")) for root in (one, other)
    ]
    assert names[0] == names[1] and len(names[0]) > STUDIES, set(names[0]) ^ set(names[1])
    files = [name for name in names[0] if pathlib.Path(one, name).is_file()]
    _, differ, missing = filecmp.cmpfiles(one, other, files, shallow=False)
    assert not differ and not missing, (differ, missing)


def killed(out, random):
    """A job that is killed by SIGKILL and started again."""
    size = max(1, STUDIES // KILLS)
    for n in range(KILLS):
        rows = ["--rows", f"{n * size}:{STUDIES if n + 1 == KILLS else (n + 1) * size}"]
        job = subprocess.Popen(
            command(out, *rows, "--resume", "--wait"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(random.uniform(0.02, 0.06 * size))
        job.send_signal(signal.SIGKILL)
        job.wait()
        # at once, while its processes may still end
        run(out, *rows, "--resume", "--wait")


def on_dask(random):
    """All studies on two workers; at each try, one of them is killed at a random time."""
    try:
        import distributed

        import hemastage.dask as dask
    except ImportError as error:
        print(f"Dask: skipped, {error.name} is not installed")
        return
    options = {"write": WRITE, "progress": False}
    quiet = {"dashboard_address": None, "worker_dashboard_address": None, "silence_logs": logging.CRITICAL}
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, **quiet) as cluster,
        distributed.Client(cluster) as client,
    ):
        start = time.monotonic()
        dask.batch(client, "all.csv", "dask", **options)
        seconds = time.monotonic() - start
        same("whole", "dask")
        print(f"Dask, 2 workers: the same, in {seconds:.1f} s")
        during = 0
        for _ in range(KILLS):
            shutil.rmtree("dask")
            client.wait_for_workers(2)
            worker = random.choice(sorted(client.run(os.getpid).values()))
            kill = threading.Timer(random.uniform(0.0, seconds), os.kill, (worker, signal.SIGKILL))
            kill.start()
            dask.batch(client, "all.csv", "dask", **options)
            during += not kill.is_alive()
            kill.join()
            same("whole", "dask")
    print(f"Dask, a worker killed at {KILLS} tries, {during} of them before the end: the same")


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        make()
        run("whole")
        table = pathlib.Path("whole/summary.tsv").read_text().splitlines()
        failed = [line.split("\t")[0] for line in table if line.split("\t")[1] == "failed"]
        print(f"{STUDIES} studies in one process, failed: {', '.join(failed)}")

        for number in (1, 2, 3, 4):
            run("parts", "--rows", f"{number}/4")
        run("parts", "--resume")
        same("whole", "parts")
        print("4 parts: the same")

        seed = random.randrange(1 << 32)
        print(f"seed {seed}")
        killed("killed", random.Random(seed))
        # of the gathering run too, and a part twice at once
        job = subprocess.Popen(command("killed", "--resume"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.2)
        job.kill()
        job.wait()
        twice = [
            subprocess.Popen(
                command("killed", "--rows", "1/4", "--resume", "--wait"),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for _ in range(2)
        ]
        assert [job.wait() for job in twice] == [0, 0]
        run("killed", "--resume", "--wait")
        same("whole", "killed")
        print(f"{KILLS} jobs killed: the same")

        on_dask(random.Random(seed))

        snakemake = shutil.which("snakemake", path=str(pathlib.Path(sys.executable).parent))
        if not snakemake:
            print("Snakemake: skipped, it is not installed")
            return
        settings = ["manifest=all.csv", "results=flow", "size=50", f"hemastage={COMMAND}", f"write={WRITE}"]
        subprocess.run(
            [snakemake, "-s", str(ROOT / "examples/cluster/Snakefile"), "--cores", "2", "--quiet", "all", "--config", *settings],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        same("whole", "flow")
        print("Snakemake: the same")


if __name__ == "__main__":
    main()
