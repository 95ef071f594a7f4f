"""Pictures kept of what could not be read or was not taken: one JPEG an entry, in a folder a day, within a quota.

Writing has a thread of its own and one short queue: whoever hands a picture in never waits, and where the disk is too
slow the oldest picture waiting is dropped and counted. What is ringed on a picture stands in the JPEG's own comment,
so that a file tells the same story wherever it is taken. A picture is never more important than a scan: a disk that
is full, or a file that cannot be written, ends in a number, not in an error.
"""
from __future__ import annotations

import contextlib
import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.packing.cells import number
from app.messages import Frame, Published
from app.views import SavedPicture

if TYPE_CHECKING:
    import numpy as np

WAITING = 8              # pictures in memory; one of 12 megapixels is 36 MB
LONGEST_SIDE = 2400      # of what is kept; a module of 3 pixels on a larger picture still shows at 2
QUALITY = 82
SWEEP_EVERY = 50         # pictures between two looks at the quota
MOST_RINGS = 200
Corners = tuple[tuple[float, float], ...]
Ring = tuple[int, Corners, str]


@dataclass(frozen=True, slots=True)
class _Job:
    seq: int
    at: datetime
    pixels: np.ndarray
    rings: tuple[Ring, ...]
    width: int           # of the frame that `rings` are measured on


PictureOf = Callable[[Frame], "np.ndarray | None"]


class Pictures:
    """`folder` is the home's; `picture_of` gives the pixels that a frame was read from, while somebody still has them:
    grey (H, W) or BGR (H, W, 3) uint8, never written to again. `quota_mb` and `days` say what is kept; 0 MB: nothing.
    """

    def __init__(self, folder: Path, picture_of: PictureOf, quota_mb: float = 2_000, days: int = 30) -> None:
        self._folder, self._picture_of = folder, picture_of
        self._quota, self._days = int(quota_mb * 1_000_000), days
        self._jobs: deque[_Job] = deque()
        self._ready = threading.Condition()
        self._stopping = False
        self._since_sweep = SWEEP_EVERY
        self.dropped = self.failed = self.written = 0
        self._thread = threading.Thread(target=self._run, name="pictures", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """What waits is still written."""
        with self._ready:
            self._stopping = True
            self._ready.notify()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def wanted(self, published: Published) -> bool:
        """Whether a picture of this verdict is worth keeping: something on it was not read or not taken."""
        frame = published.frame
        return bool(self._quota and published.seq and frame is not None and (
            frame.unread or any(not mark.outcome.good for mark in published.verdict.marks)))

    def keep(self, published: Published) -> None:
        """Every verdict, from any thread; returns at once. Keeps the picture where it is worth it."""
        frame = published.frame
        if frame is None or not self.wanted(published):
            return
        pixels = self._picture_of(frame)
        if pixels is None:           # no camera saw it, or the verdict came after the next pictures
            return
        job = _Job(published.seq, frame.at, pixels, rings_of(published, frame), frame.width or pixels.shape[1])
        with self._ready:
            if len(self._jobs) >= WAITING:
                self._jobs.popleft()
                self.dropped += 1
            self._jobs.append(job)
            self._ready.notify()

    # --- the thread -----------------------------------------------------------------------------------------------
    def _run(self) -> None:
        while True:
            with self._ready:
                self._ready.wait_for(lambda: self._jobs or self._stopping)
                if not self._jobs:
                    return
                job = self._jobs.popleft()
            try:
                self._write(job)
                self.written += 1
                self._since_sweep += 1
                if self._since_sweep >= SWEEP_EVERY:
                    self._since_sweep = 0
                    sweep(self._folder, self._quota, self._days, datetime.now(UTC))
            except OSError:
                self.failed += 1

    def _write(self, job: _Job) -> None:
        from PIL import Image

        pixels = job.pixels
        picture = Image.fromarray(pixels if pixels.ndim == 2 else pixels[:, :, ::-1])
        scale = picture.width / job.width
        shrink = -(-max(picture.size) // LONGEST_SIDE)
        if shrink > 1:
            picture = picture.reduce(shrink)
            scale = picture.width / job.width
        comment = json.dumps({"v": 1, "seq": job.seq, "rings": [
            [cell, [[round(x * scale, 1), round(y * scale, 1)] for x, y in corners], *([why] if why else [])]
            for cell, corners, why in job.rings]},
            separators=(",", ":"))
        file = file_of(self._folder, job.seq, job.at)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        try:
            picture.save(part, "JPEG", quality=QUALITY, comment=comment.encode())
            part.replace(file)
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink()
            raise


def rings_of(published: Published, frame: Frame) -> tuple[Ring, ...]:
    """(cell, corners, why) of each place of the frame that was not read or not taken, in pixels of the frame.

    `why` is the best guess why it was not read, "" for what was read and for no guess.
    """
    places: list[Corners] = [*(seen.corners for seen in frame.seen), *frame.unread]
    packing = published.view.packing
    count = packing.levels[0].target if packing and packing.levels else 0
    marks = {mark.index: mark for mark in published.verdict.marks if mark.index >= 0}
    cells = [marks[at].cell if at in marks else -1 for at in range(len(places))]
    if all(cell < 0 for cell in cells):
        cells = list(number(places, count=count, width=frame.width, height=frame.height))
    else:
        reckoned = number(places, count=count, width=frame.width, height=frame.height)
        cells = [cell if cell >= 0 else other for cell, other in zip(cells, reckoned, strict=True)]
    bad = [at for at in range(len(places)) if at >= len(frame.seen) or at in marks and not marks[at].outcome.good]
    causes = [""] * len(frame.seen) + list(frame.causes or ("",) * len(frame.unread))
    return tuple((cells[at], places[at], causes[at]) for at in bad[:MOST_RINGS] if len(set(places[at])) > 2)


def file_of(folder: Path, seq: int, at: datetime) -> Path:
    """Where the picture of this entry is, or would be. The time tells it from another epoch's of the same number."""
    at = at.astimezone(UTC)
    return folder / f"{at:%Y-%m-%d}" / f"{seq}-{at:%H%M%S}.jpg"


def find(folder: Path, seq: int, at: datetime) -> SavedPicture | None:
    """The picture kept of this entry, with its rings; None where there is none, or none that can be read."""
    from PIL import Image

    file = file_of(folder, seq, at)
    try:
        with Image.open(file, formats=("JPEG",)) as picture:
            told = json.loads(picture.info.get("comment", b"{}"))
            rings = tuple((int(cell), tuple((float(x), float(y)) for x, y in corners))
                          for cell, corners, *_ in told.get("rings", []))
            causes = tuple(str(why[0]) if why else "" for _, _, *why in told.get("rings", []))
            return SavedPicture(str(file), picture.width, picture.height, rings, causes)
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def sweep(folder: Path, quota: int, days: int, now: datetime) -> int:
    """Deletes pictures older than `days`, and the oldest ones until no more than `quota` bytes are left; how many."""
    oldest = f"{now - timedelta(days=days):%Y-%m-%d}"
    found: list[tuple[str, int, int, Path]] = []
    for day in (each for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else ():
        for file in day.iterdir():
            with contextlib.suppress(OSError):
                number_, _, _ = file.name.partition("-")
                found.append((day.name, int(number_) if number_.isdigit() else 0, file.stat().st_size, file))
    found.sort(key=lambda each: each[:2])
    total, gone = sum(size for _, _, size, _ in found), 0
    for day_name, _, size, file in found:
        if day_name >= oldest and total <= quota:
            break
        with contextlib.suppress(OSError):
            file.unlink()
            gone += 1
            total -= size
    for day in {file.parent for _, _, _, file in found}:
        with contextlib.suppress(OSError):
            day.rmdir()          # only an empty one goes
    return gone
