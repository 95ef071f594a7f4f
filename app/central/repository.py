"""The one writer thread and the one reader, so that no request waits on a lock and every write is in order."""
from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from app.central import jobs, master
from app.central.database import claim, open_reader, open_writer
from app.central.faults import Switch
from app.central.master import Record

log = logging.getLogger("central")
Answer = TypeVar("Answer")


class Repository:
    """`read` is for the event loop's thread only. Close it when the server has ended."""

    def __init__(self, home: Path, switch: Switch, seed: list[Record]) -> None:
        """Takes the seed into an empty feed and puts jobs left open in line. Raises HomeRefused."""
        self.home, self._switch = home, switch
        self._lock = claim(home)
        self._connection = open_writer(home)
        self.read = open_reader(home)
        self._writer = ThreadPoolExecutor(1, "central-writer")
        master.make_feed(self._connection)
        if seed and master.is_empty(self._connection):
            master.put(self._connection, seed)
        for job in jobs.open_jobs(self._connection):
            self._submit(jobs.work, job, switch.mode)

    async def write(self, act: Callable[..., Answer], *arguments: Any) -> Answer:
        """Runs `act(connection, *arguments)` on the writer's thread and waits for it."""
        return await asyncio.wrap_future(self._writer.submit(act, self._connection, *arguments))

    def start(self, job: str) -> None:
        """Puts an accepted job in line, after the delay that the mode wants."""
        mode = self._switch.mode
        asyncio.get_running_loop().call_later(mode.job_delay_s, self._submit, jobs.work, job, mode)

    def close(self) -> None:
        """Ends when what is in line is done; jobs still waiting for their delay are done after the next start."""
        self._writer.shutdown(wait=True)
        for connection in (self.read, self._connection, self._lock):
            connection.close()

    def _submit(self, act: Callable[..., None], *arguments: Any) -> None:
        try:
            self._writer.submit(act, self._connection, *arguments).add_done_callback(_told)
        except RuntimeError:       # shut down while the delay ran; the job is on the disk
            log.info("a capture job waits for the next start")


def _told(done: Future[None]) -> None:
    error = done.exception()
    if error is not None:
        log.error("a capture job failed", exc_info=error)

