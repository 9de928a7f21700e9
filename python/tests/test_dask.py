"""A batch on workers of Dask is that of one machine."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from conftest import files

import hemastage as hs

#: A hang is a failure.
WAIT_S = 60

distributed = pytest.importorskip("distributed")


@pytest.mark.filterwarnings("ignore")
def test_a_worker_that_is_lost_changes_nothing(tmp_path: Path, folder: Path) -> None:
    pd = pytest.importorskip("pandas")
    import hemastage.dask

    rows = [{"study": f"P{n}", **files(folder / f"s{1 + n % 3}")} for n in range(9)]
    rows[4]["t1"] = str(folder / "none.nii.gz")
    pd.DataFrame(rows).to_csv(tmp_path / "m.csv", index=False)
    choices = {"write": "map", "scheme": "verse", "onset": "36h", "progress": False}
    hs.batch(tmp_path / "m.csv", tmp_path / "one", **choices)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, worker_dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        worker = next(iter(client.run(os.getpid).values()))

        def kill() -> None:
            until = time.monotonic() + WAIT_S
            while not list((tmp_path / "many").glob(".parts/*/*")) and time.monotonic() < until:
                time.sleep(0.005)
            os.kill(worker, signal.SIGKILL)

        # while it stages its first rows
        killing = threading.Thread(target=kill)
        killing.start()
        found = hemastage.dask.batch(client, tmp_path / "m.csv", tmp_path / "many", rows=2, **choices)
        assert not killing.is_alive()
    assert list(found["status"]) == ["ok"] * 4 + ["failed"] + ["ok"] * 4
    made = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert made == sorted(path.relative_to(tmp_path / "many") for path in (tmp_path / "many").rglob("*") if path.is_file())
    for name in made:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "many" / name).read_bytes(), name
