"""Threads, forked and spawned processes, many calls, Ctrl-C."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import CHOICES

import hemastage as hs

#: A hang is a failure.
WAIT_S = 60
#: Calls of a loop; far more where memory is to be looked at for long.
CALLS = int(os.environ.get("HEMASTAGE_CALLS", "100"))


def staged(study: dict[str, Any]) -> hs.Result:
    return hs.stage(**study, **CHOICES)


def used(study: dict[str, Any], arrays: dict[str, Any]) -> None:
    """Calls whatever could start threads that a forked process would miss."""
    result = staged(arrays)
    assert result.svg and result.probability_map is not None
    hs.inspect(study["t1"])
    hs.phantom(grid="small")


# forking a process with threads warns from Python 3.12 on, which is what is tested
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_of_a_pool(method: str, study: dict[str, str], arrays: dict[str, Any], result: hs.Result) -> None:
    used(study, arrays)
    # left at once where one hangs
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map_async(staged, [study] * 4).get(WAIT_S) == [result] * 4


def test_workers_of_joblib(study: dict[str, str], result: hs.Result) -> None:
    joblib = pytest.importorskip("joblib")
    found = joblib.Parallel(n_jobs=2, timeout=WAIT_S)(joblib.delayed(staged)(study) for _ in range(3))
    assert all(each == result for each in found)


def test_threads_at_once(arrays: dict[str, Any], result: hs.Result) -> None:
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(staged, [arrays] * 8))
    assert {each.report_json for each in found} == {staged(arrays).report_json}
    assert all(each["stage"] == result["stage"] for each in found)


def test_another_thread_goes_on(arrays: dict[str, Any]) -> None:
    ticks, is_done = 0, False

    def count() -> int:
        nonlocal ticks
        while not is_done:
            ticks += 1
        return ticks

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        counting = pool.submit(count)
        before = ticks
        for _ in range(5):
            staged(arrays)
        during = ticks - before
        is_done = True
        assert counting.result(WAIT_S) >= during > 1000


def test_any_number_of_threads_gives_the_same_bytes(study: dict[str, str], result: hs.Result) -> None:
    for threads in (1, 2, 5):
        assert hs.stage(**study, **CHOICES, threads=threads) == result


def test_many_calls_keep_nothing(arrays: dict[str, Any]) -> None:
    images = [image for image, _ in arrays.values()]
    for _ in range(20):
        staged(arrays)
    before, counts = _memory(), [sys.getrefcount(image) for image in images]
    for _ in range(CALLS):
        staged(arrays)
    assert [sys.getrefcount(image) for image in images] == counts
    assert _memory() - before < 40 << 20


def _memory() -> int:
    if sys.platform == "linux":
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_threads_are_few_in_a_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    from hemastage import _threads

    monkeypatch.delenv("RAYON_NUM_THREADS", raising=False)
    assert _threads.default() >= 1
    monkeypatch.setenv("RAYON_NUM_THREADS", "3")
    assert _threads.default() == 3
    monkeypatch.delenv("RAYON_NUM_THREADS")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply_async(_threads.default).get(WAIT_S) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_ctrl_c_ends_a_batch_that_can_go_on(tmp_path: Path, study: dict[str, str]) -> None:
    columns = ("t1", "t2", "hematoma", "cord")
    rows = [",".join([f"S{n:02}", *(study[column] for column in columns)]) for n in range(60)]
    (tmp_path / "m.csv").write_text("\n".join(["study," + ",".join(columns), *rows]))
    program = """
        import hemastage as hs, sys
        try:
            hs.batch("m.csv", "out", write="map", jobs=1, progress=False)
        except KeyboardInterrupt:
            sys.exit(42)
    """
    words = [sys.executable, "-c", textwrap.dedent(program)]
    run = subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True)
    until = time.monotonic() + WAIT_S
    while not (tmp_path / "out" / "S00" / "report.json").exists() and time.monotonic() < until:
        time.sleep(0.02)
    os.kill(run.pid, signal.SIGINT)
    printed = run.communicate(timeout=WAIT_S)[1]
    assert run.returncode == 42, printed
    begun = len((tmp_path / "out" / "summary.tsv").read_text().splitlines()) - 1
    assert 1 <= begun < 60
    found = hs.batch(tmp_path / "m.csv", tmp_path / "out", write="map", resume=True, progress=False)
    assert list(found["status"]) == ["ok"] * 60


def test_a_loop_ends_by_ctrl_c(tmp_path: Path, study: dict[str, str]) -> None:
    program = f"""
        import hemastage as hs
        print("ready", flush=True)
        while True:
            hs.stage(**{study!r}, scheme="verse")
    """
    words = [sys.executable, "-c", textwrap.dedent(program)]
    run = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.stdout is not None and run.stdout.readline() == "ready\n"
    time.sleep(0.5)
    run.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in run.communicate(timeout=WAIT_S)[1]


def test_the_package_starts_without_numpy() -> None:
    program = "import hemastage, sys; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
