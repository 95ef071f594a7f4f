"""A large file in pieces of whole lines, and the processes that read them, in order."""
from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection as Pipe
from typing import IO

import numpy as np

from app.importer.faults import BadFile
from app.importer.pairs_rows import How, Piece, Rows, work

PIECE = 2 << 20
MOST_LINE = 64 << 20
SMALL = 4 << 20              # not worth a process
AHEAD = 2                    # pieces that a process has at a time
Span = tuple[int, int]       # offset, bytes


class WorkerEnded(Exception):
    """A process that read for this one ended by itself: no memory was left, or somebody killed it."""


def spans(file: IO[bytes], offset: int, size: int) -> Iterator[Span]:
    """The file from this offset on, cut after line ends that are in no quotes. Raises BadFile for an endless line."""
    mark = b"\n"
    if offset < size:
        file.seek(0)
        if b"\n" not in file.read(PIECE):
            mark = b"\r"
    while offset < size:
        length = PIECE
        while True:
            file.seek(offset)
            data = file.read(length)
            cut = len(data) if offset + len(data) >= size else _last_end(data, mark)
            if cut:
                break
            if length >= MOST_LINE:
                raise BadFile("long_line")
            length *= 2
        yield offset, cut
        offset += cut


def _last_end(data: bytes, mark: bytes) -> int:
    """Behind the last line end in no quotes; behind the last one at all where quotes do not come in twos."""
    last = data.rfind(mark) + 1
    if b'"' in data:
        found = np.frombuffer(data, np.uint8)
        outside = np.flatnonzero((found == mark[0]) & (np.cumsum(found == ord('"')) % 2 == 0))
        return int(outside[-1]) + 1 if len(outside) else last
    return last


def alone(how: How, parts: Iterator[Span], skip: int) -> Generator[tuple[int, Piece], None, None]:
    """(offset behind it, piece) of each span, read by this process."""
    rows = Rows(how)
    with how.path.open("rb") as file:
        for offset, length in parts:
            file.seek(offset)
            yield offset + length, rows.read(file.read(length), skip)
            skip = 0


def together(how: How, parts: Iterator[Span], skip: int, count: int, *,
             nice: bool) -> Generator[tuple[int, Piece], None, None]:
    """The same by processes; they end with this one, however it ends. Raises WorkerEnded."""
    crew: list[tuple[multiprocessing.process.BaseProcess, Pipe]] = []
    pending: deque[tuple[Pipe, int]] = deque()
    try:
        with _undisturbed():
            for _ in range(count):
                crew.append(_start(how, nice))
        for number, (offset, length) in enumerate(parts):
            if len(pending) == count * AHEAD:
                yield _next(pending)
            pipe = crew[number % count][1]
            try:
                pipe.send((offset, length, skip))
            except OSError as error:
                raise WorkerEnded(str(error)) from error
            pending.append((pipe, offset + length))
            skip = 0
        while pending:
            yield _next(pending)
    finally:
        for _, pipe in crew:
            pipe.close()
        for process, _ in crew:
            process.join(5)
            if process.is_alive():
                process.kill()
                process.join()


def _next(pending: deque[tuple[Pipe, int]]) -> tuple[int, Piece]:
    pipe, end = pending.popleft()
    try:
        return end, pipe.recv()
    except (EOFError, OSError) as error:
        raise WorkerEnded(str(error)) from error


def _start(how: How, nice: bool) -> tuple[multiprocessing.process.BaseProcess, Pipe]:
    spawn = multiprocessing.get_context("spawn")     # no copy of threads, files and locks that this process has
    mine, its = spawn.Pipe()
    process = spawn.Process(target=work, args=(its, how, nice), daemon=True)
    process.start()
    its.close()
    return process, mine


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C waits here until the processes have begun. It is not for them, even before they can say so themselves."""
    stopped: list[int] = []
    mine = threading.current_thread() is threading.main_thread()     # where a handler can be set, and Ctrl-C arrives
    handler = signal.signal(signal.SIGINT, lambda number, _frame: stopped.append(number)) if mine else None
    before: set[int | signal.Signals] = set()
    if sys.platform != "win32":
        # The tracker that Python starts beside the first process takes the block away again, so it is there before.
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if sys.platform != "win32":
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if mine:
            signal.signal(signal.SIGINT, handler)
    if stopped:
        raise KeyboardInterrupt
