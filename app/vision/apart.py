"""A process of its own: one process runs Python on one core at a time, and the window wants its share of that.

Work is a function of a module. A process that breaks at it costs that work, not the station. It ends with the process
that began it, however that ends.
"""
from __future__ import annotations

import atexit
import logging
import multiprocessing
import queue
import signal
import sys
import threading
import time
import weakref
from collections.abc import Callable
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess
from typing import Any

import numpy as np

PATIENCE_S = 30.0        # for one answer: every work has a time of its own, and ends long before this
CLOSE_S = 1.0            # that work which it is at may still take when it is closed
LIVES = 3                # processes that a helper thread may use up before it does its work itself

_log = logging.getLogger(__name__)


class Lost(Exception):
    """There is no process, or it broke at this work."""


class Apart:
    """One process, which does `first` before it is ready. For several threads: one waits while another's work is done.

    `last`: it begins no processes itself.
    """

    def __init__(self, what: str, *first: Any, last: bool = False) -> None:
        self._what, self._first, self._last = what, first, last
        self._process: BaseProcess | None = None
        self._pipe: Pipe | None = None
        self._ready = self._closed = False
        self._turn = threading.Lock()
        self.begun = 0                       # processes so far
        _open.add(self)

    def begin(self) -> None:
        """Starts a process where there is none; returns at once. Raises Lost where the machine gives none."""
        with self._turn:
            if self._closed:
                raise Lost
            if self._process is None:
                self.begun += 1
                try:
                    self._process, self._pipe = _started(self._first, self._last)
                except OSError as error:
                    _log.warning("no process for %s: %s", self._what, error)
                    raise Lost from error

    def ready(self, wait_s: float = 0.0) -> bool:
        """Whether it takes work; waits no longer than `wait_s` for that. Raises what `first` raises."""
        with self._turn:
            if self._pipe is not None and not self._ready:
                try:
                    fault = self._pipe.recv() if self._pipe.poll(wait_s) else self
                except (EOFError, OSError):
                    self._lose("did not start")
                else:
                    if isinstance(fault, Exception):
                        self._end()
                        raise fault
                    self._ready = fault is None
            return self._ready

    def do(self, work: Callable[..., Any], *given: object, pixels: np.ndarray | None = None) -> tuple[Any, float]:
        """`work(*given)`, or `work(pixels, *given)`, and the milliseconds of a core that it took.

        Raises what it raises, and Lost.
        """
        with self._turn:
            if self._pipe is None:
                raise Lost
            try:
                self._pipe.send((work, given, None if pixels is None else pixels.shape))
                if pixels is not None:
                    self._pipe.send_bytes(np.ascontiguousarray(pixels, np.uint8).reshape(-1))
                if not self._pipe.poll(PATIENCE_S):
                    raise TimeoutError
                good, answer, ms = self._pipe.recv()
            except (EOFError, OSError) as error:
                self._lose(f"ended at its work: {type(error).__name__}")
                raise Lost from error
        if not good:
            raise answer
        return answer, ms

    def close(self) -> None:
        """Ends the process for good; work that it is at is lost."""
        self._closed, process = True, self._process
        if not self._turn.acquire(timeout=CLOSE_S):
            if process is not None:
                process.kill()               # who waits for its answer waits no more
            self._turn.acquire()
        try:
            self._end()
        finally:
            self._turn.release()

    def _lose(self, why: str) -> None:
        self._end()
        _log.warning("the process for %s %s", self._what, why)

    def _end(self) -> None:
        if self._process is not None and self._pipe is not None:
            self._pipe.close()
            self._process.kill()
            self._process.join()
        self._process, self._pipe, self._ready = None, None, False


_open: weakref.WeakSet[Apart] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for each in list(_open):
        each.close()


# --- of helper threads ----------------------------------------------------------------------------------------------
_mine = threading.local()                    # .apart: this thread's, None where it may have one
_permits: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()      # for processes that no thread has yet


def allow(*first: Any) -> None:
    """Lets one more of the helper threads have a process, which does `first` before it is ready."""
    _permits.put(first)


def helper() -> None:
    """Says that this thread is one that may."""
    _mine.apart = None


def employed(wait_s: float = 0.0) -> bool:
    """Whether this thread has a process that takes work, within `wait_s`; begins one if it may."""
    if not hasattr(_mine, "apart"):
        return False
    if _mine.apart is None:
        try:
            _mine.apart = Apart("second tries", *_permits.get_nowait(), last=True)
        except queue.Empty:
            return False
    mine: Apart = _mine.apart
    if mine.ready(wait_s):
        return True
    if mine.begun >= LIVES:
        return False
    try:
        mine.begin()
    except Lost:
        mine.begun = LIVES
    return mine.ready(wait_s)


def elsewhere(work: Callable[..., Any], *given: object) -> tuple[Any, float]:
    """`work(*given)` by this thread's process, with the milliseconds that it took there; done here, it is 0.

    None where the process broke at it: it is not tried here, where it would break more. Raises what `work` raises.
    """
    if not employed():
        return work(*given), 0.0
    try:
        return _mine.apart.do(work, *given)
    except Lost:
        return None, 0.0


# --- the process ----------------------------------------------------------------------------------------------------
def _started(first: tuple[Any, ...], last: bool) -> tuple[BaseProcess, Pipe]:
    spawn = multiprocessing.get_context("spawn")     # no copy of threads, files and locks that this process has
    mine, its = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(its, first), name="vision", daemon=last)
    before: set[int | signal.Signals] = set()
    if sys.platform != "win32":                      # Ctrl-C is for this process, even before the other can say so
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        if sys.platform != "win32":
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    its.close()
    return process, mine


def _serve(pipe: Pipe, first: tuple[Any, ...]) -> None:
    """Does one work after the other until the process that began it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        pipe.send(_fault(first))
        while True:
            work, given, shape = pipe.recv()
            if shape is not None:
                pixels = np.empty(shape, np.uint8)
                pipe.recv_bytes_into(pixels.reshape(-1))
                given = (pixels, *given)
            began = time.thread_time()
            try:
                answer = True, work(*given), (time.thread_time() - began) * 1000
            except Exception as error:
                answer = False, error, 0.0
            pipe.send(answer)
    except (EOFError, OSError):
        return


def _fault(first: tuple[Any, ...]) -> Exception | None:
    try:
        if first:
            first[0](*first[1:])
    except Exception as error:
        return error
    return None
