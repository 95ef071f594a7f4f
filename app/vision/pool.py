"""The cores of this machine for one frame's work: the engines and OpenCV release the interpreter lock.

The caller works too, so nothing ever waits for a helper that another camera keeps busy.
"""
from __future__ import annotations

import itertools
import math
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import cv2

from app.vision import apart

# One task is one core's work; OpenCV's own threads would fight with ours.
cv2.setNumThreads(1)

SOON_MS = 1.5            # work too short to share
MOST = 4                 # threads at one frame, the caller among them
PROCESSES = 1            # of them with a process of its own, which takes 70 MB
T = TypeVar("T")
R = TypeVar("R")


def cores() -> int:
    """Cores that this process may use, at most MOST."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(allowed, MOST)


_HELPERS = ThreadPoolExecutor(max(1, cores() - 1), "vision", apart.helper)      # no thread until the first task


def prepare(first: Callable[[], None], wait_s: float = 0.0) -> None:
    """Lets helpers have a process of their own, which does `first`; waits `wait_s` for it at most.

    For a station that reads all day. Raises what `first` raises.
    """
    more = min(cores() - 1, PROCESSES)
    for _ in range(more):
        apart.allow(first)
    for ready in [begin(lambda: apart.employed(wait_s)) for _ in range(more)]:
        ready.result()


def begin(work: Callable[[], R]) -> Future[R]:
    """Starts `work` on a helper as soon as one is free."""
    return _HELPERS.submit(work)


def each(work: Callable[[T], R], items: Sequence[T], until: float = math.inf, ms: float = math.inf) -> list[R | None]:
    """`work` on every item, in their order; None for those not begun before `until` (time.perf_counter).

    `ms`: what all of it takes about; what is soon done is not worth waking a helper.
    The first exception of any of them is raised here once all that were begun have ended.
    """
    results: list[R | None] = [None] * len(items)
    numbers = itertools.count()

    def share() -> None:
        for number in numbers:
            if number >= len(items) or time.perf_counter() > until:
                return
            results[number] = work(items[number])
    others = [begin(share) for _ in range(min(cores(), len(items)) - 1)] if ms > SOON_MS else []
    try:
        share()
    finally:
        running = [other for other in others if not other.cancel()]
        faults = [other.exception() for other in running]
    for fault in faults:
        if fault is not None:
            raise fault
    return results
