"""Failed pictures kept with marks: green what was read, red what was not, magenta what nobody drew, orange a doubt."""
from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np

from tests.benchmarks.vision.peers import Read
from tests.benchmarks.vision.shots import Shot

READ, UNREAD, WRONG, DOUBT = (80, 220, 80), (60, 60, 255), (255, 60, 255), (40, 170, 255)     # BGR


def keep(folder: Path, peer: str, shot: Shot, reads: list[Read], wrong: tuple[bytes, ...]) -> None:
    """A PNG a frame: FOLDER/peer/shot_frame.png. Where the truth has no places, only what was read is marked."""
    folder = folder / peer
    folder.mkdir(parents=True, exist_ok=True)
    seen: set[bytes] = set()
    for number, (frame, read) in enumerate(zip(shot.frames, reads, strict=True)):
        seen |= {raw for raw, _ in read.codes}
        canvas = cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR)
        wide = max(1, round(max(frame.shape) / 1200))
        for raw, corners in read.codes:
            bad = raw in wrong
            _ring(canvas, corners, WRONG if bad else READ, wide)
            if bad:
                _word(canvas, corners, raw.decode("latin-1").encode("unicode_escape").decode(), WRONG, wide)
        for cause, corners in read.left:
            _ring(canvas, corners, DOUBT, wide)
            _word(canvas, corners, cause, DOUBT, wide)
        for place in shot.drawn[number] if shot.drawn else ():
            if place.raw is not None and place.raw not in seen:
                _ring(canvas, place.corners, UNREAD, 2 * wide)
        name = re.sub(r"[^\w.-]+", "_", shot.name) + (f"_{number}" if len(shot.frames) > 1 else "")
        cv2.imwrite(str(folder / f"{name}.png"), canvas)


def _ring(canvas: np.ndarray, corners: tuple[tuple[float, float], ...], colour: tuple[int, int, int],
          wide: int) -> None:
    if corners:
        cv2.polylines(canvas, [np.int32(np.round(corners))], True, colour, wide, cv2.LINE_AA)
        at = tuple(int(v) for v in corners[0])
        cv2.circle(canvas, at, 2 * wide, colour, -1, cv2.LINE_AA)


def _word(canvas: np.ndarray, corners: tuple[tuple[float, float], ...], text: str, colour: tuple[int, int, int],
          wide: int) -> None:
    if corners and text:
        x, y = (int(min(values)) for values in zip(*corners, strict=True))
        cv2.putText(canvas, text[:60], (x, max(12, y - 4)), cv2.FONT_HERSHEY_SIMPLEX, 0.5 * wide, colour, wide)
