"""The cores of the machine for one frame: order, faults and time."""
from __future__ import annotations

import threading
import time

import pytest

from app.vision import pool


@pytest.mark.parametrize("cores", [1, 2, 4])
def test_results_keep_the_order_of_their_items(cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "cores", lambda: cores)
    assert pool.each(lambda n: n * n, range(200)) == [n * n for n in range(200)]
    assert pool.each(lambda n: n, []) == []


def test_two_cores_work_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "cores", lambda: 2)
    both = threading.Barrier(2, timeout=60)
    pool.each(lambda _: both.wait(), range(2))


def test_a_busy_helper_does_not_hold_the_caller_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "cores", lambda: 2)
    free, others = threading.Event(), []
    try:
        others = [pool.begin(lambda: free.wait(60)) for _ in range(8)]
        assert pool.each(lambda n: n + 1, range(5)) == [1, 2, 3, 4, 5]
    finally:
        free.set()
        assert all(other.result(60) for other in others)


def test_nothing_is_begun_after_the_time() -> None:
    assert pool.each(lambda n: n, range(3), until=time.perf_counter() - 1) == [None] * 3


def test_a_fault_is_told_whoever_met_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "cores", lambda: 2)
    both = threading.Barrier(2, timeout=60)

    def work(number: int) -> None:
        both.wait()
        if threading.current_thread() is not threading.main_thread():
            raise ZeroDivisionError(number)
    with pytest.raises(ZeroDivisionError):
        pool.each(work, range(2))
