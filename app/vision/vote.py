"""From the readings of a live camera to presentations: a case held still counts once, when several frames agree."""
from __future__ import annotations

from collections import Counter

from app.vision.reading import FrameReading


class Vote:
    """`settle_frames` readings in a row with the same codes are one presentation."""

    def __init__(self, settle_frames: int) -> None:
        self._settle = max(1, settle_frames)
        self._codes: Counter[bytes] = Counter()
        self._run = 0
        self._told: Counter[bytes] = Counter()
        self._gone = 0

    def add(self, reading: FrameReading) -> FrameReading | None:
        """The reading that completes a presentation, else None. A picture without codes is never one."""
        codes = Counter(code.raw for code in reading.codes)
        self._run = self._run + 1 if codes == self._codes else 1
        self._codes = codes
        self._gone = 0 if codes & self._told else self._gone + 1
        if self._gone >= self._settle:
            self._told = Counter()
        if not codes or self._run < self._settle or codes == self._told:
            return None
        self._told = codes
        return reading
