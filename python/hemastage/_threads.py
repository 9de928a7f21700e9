"""How many threads a call takes where nobody says."""

from __future__ import annotations

import multiprocessing
import os
import sys


def default() -> int:
    """One in a process of a pool or of Dask, where the others are busy, else the processors."""
    given = os.environ.get("RAYON_NUM_THREADS", "")
    if given.isdigit() and int(given) > 0:
        return min(int(given), 1024)
    if multiprocessing.parent_process() is not None or _in_dask() or "LOKY_WORKER_NAME" in os.environ:
        return 1
    return min(_processors(), 1024)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _in_dask() -> bool:
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return False
    try:
        distributed.get_worker()
    except ValueError:
        return False
    return True
