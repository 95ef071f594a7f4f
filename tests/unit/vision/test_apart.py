"""Processes of their own: their work, their end, and what is left when they break."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from app.vision import apart
from app.vision.apart import Apart, Lost

LONG_S = 60.0
ROOT = Path(__file__).parents[3]


def where() -> int:
    return os.getpid()


def brightest(pixels: np.ndarray, more: int) -> int:
    return int(pixels.max()) + more


def refuse(why: str) -> None:
    raise ZeroDivisionError(why)


def die(how: int) -> None:
    os.kill(os.getpid(), how)


def busy(seconds: float) -> float:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass
    return seconds


@pytest.fixture
def process() -> Iterator[Apart]:
    one = Apart("a test")
    one.begin()
    assert one.ready(LONG_S)
    yield one
    one.close()


def gone(pid: int) -> bool:
    """Whether this process ends, within a minute."""
    until = time.monotonic() + LONG_S
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False


def test_work_is_done_in_another_process(process: Apart) -> None:
    assert process.do(where)[0] != os.getpid()
    assert process.do(brightest, 3, pixels=np.uint8([[7, 200], [5, 6]])) == (203, pytest.approx(0, abs=1000))
    assert process.do(busy, 0.05)[1] >= 50


def test_a_picture_may_be_part_of_a_larger_one(process: Apart) -> None:
    whole = np.arange(200, dtype=np.uint8).reshape(10, 20)
    assert process.do(brightest, 0, pixels=whole[2:4, 3:5])[0] == 64


def test_faults_of_the_work_are_raised_where_it_was_asked_for(process: Apart) -> None:
    with pytest.raises(ZeroDivisionError, match="so it is"):
        process.do(refuse, "so it is")
    assert process.do(busy, 0.0)[0] == 0                 # and it goes on


def test_a_process_that_breaks_costs_its_work_only(process: Apart) -> None:
    with pytest.raises(Lost):
        process.do(die, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    with pytest.raises(Lost):
        process.do(where)
    process.begin()
    assert process.ready(LONG_S) and process.do(busy, 0.0)[0] == 0 and process.begun == 2


def test_what_it_does_first_may_fail() -> None:
    one = Apart("a test", refuse, "at once")
    one.begin()
    with pytest.raises(ZeroDivisionError, match="at once"):
        one.ready(LONG_S)
    assert not one.ready()


def test_closing_does_not_wait_for_work_that_takes_long(process: Apart) -> None:
    lost: list[type[BaseException]] = []

    def work() -> None:
        try:
            process.do(busy, 1000.0)
        except Lost as e:
            lost.append(type(e))
    thread = threading.Thread(target=work)
    thread.start()
    while not process._turn.locked():
        time.sleep(0.001)
    process.close()
    thread.join(LONG_S)
    assert lost == [Lost]
    with pytest.raises(Lost):
        process.begin()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal on Windows")
def test_ctrl_c_is_not_for_it(process: Apart) -> None:
    os.kill(process.do(where)[0], signal.SIGINT)
    assert process.do(busy, 0.0)[0] == 0


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be asked after in this way on Windows")
def test_it_ends_with_the_process_that_began_it(tmp_path: Path) -> None:
    program = tmp_path / "begins.py"
    program.write_text("""
import os, signal, sys
from app.vision.apart import Apart
if __name__ == "__main__":
    one = Apart("a test")
    one.begin()
    one.ready(60)
    print(one.do(os.getpid)[0], flush=True)
    if sys.argv[1] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
""")
    for how in ("killed", "ended"):
        done = subprocess.run([sys.executable, program, how], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
                              capture_output=True, text=True, timeout=2 * LONG_S, check=False)
        assert done.returncode == (0 if how == "ended" else -signal.SIGKILL) and not done.stderr
        assert gone(int(done.stdout))


def in_a_thread(work: Callable[[], object]) -> object:
    """What `work` gives in a helper thread of its own."""
    given: list[object] = []

    def run() -> None:
        apart.helper()
        try:
            given.append(work())
        finally:
            if apart._mine.apart is not None:
                apart._mine.apart.close()
    thread = threading.Thread(target=run)
    thread.start()
    thread.join(2 * LONG_S)
    return given[0]


def test_a_helper_thread_without_leave_works_here() -> None:
    assert in_a_thread(lambda: (apart.employed(LONG_S), apart.elsewhere(where))) == (False, (os.getpid(), 0.0))


def test_a_helper_thread_with_leave_has_a_process_and_other_threads_have_none() -> None:
    apart.allow(busy, 0.0)
    ready, (pid, ms) = in_a_thread(lambda: (apart.employed(LONG_S), apart.elsewhere(where)))       # type: ignore[misc]
    assert ready and pid != os.getpid() and ms > 0
    assert apart.elsewhere(where) == (os.getpid(), 0.0)


def test_work_that_breaks_the_process_is_not_tried_here() -> None:
    apart.allow(busy, 0.0)
    how = signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM

    def play() -> list[object]:
        told: list[object] = []
        for _ in range(apart.LIVES):
            assert apart.employed(LONG_S)
            told.append(apart.elsewhere(die, how))
        return [*told, apart.employed(LONG_S), apart.elsewhere(where)[0]]
    assert in_a_thread(play) == [(None, 0.0)] * apart.LIVES + [False, os.getpid()]
