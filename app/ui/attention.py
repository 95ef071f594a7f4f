"""When a tone sounds: at each verdict, and again and again while a red waits for its answer."""
from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer

from app.domain.decision import Verdict
from app.domain.reasons import Outcome
from app.messages import Published
from app.ui.feedback import Sounder, repeats, tone_of

QUIET_S = 2.0               # the same duplicate again within this time makes no second sound
FAILED = ("stop", 1000)     # of a station that has ended


class Attention(QObject):
    """Without a sounder it keeps the same time and is silent."""

    def __init__(self, sounder: Sounder | None, parent: QObject) -> None:
        super().__init__(parent)
        self._sounder = sounder
        self._tone = ""
        self._duplicate = ("", 0.0)
        self._again = QTimer(self)
        self._again.timeout.connect(lambda: self._play(self._tone))

    def verdict(self, published: Published) -> None:
        """The tone of a verdict that has just been given."""
        if published.verdict.outcome is Outcome.DUPLICATE:
            now, what = time.monotonic(), "\n".join(published.codes)
            (before, then), self._duplicate = self._duplicate, (what, now)
            if what == before and now - then < QUIET_S:
                return
        self._play(tone_of(published.verdict))

    def waiting(self, alarm: Verdict | None, station_failed: bool) -> None:
        """A red is up, or is answered (None)."""
        again = FAILED if station_failed else repeats(alarm)
        if again is None:
            self._again.stop()
            return
        self._tone = again[0]
        if not self._again.isActive() or self._again.interval() != again[1]:
            self._again.start(again[1])

    @property
    def repeating(self) -> str:
        """The tone that sounds again and again now, or ""."""
        return self._tone if self._again.isActive() else ""

    def _play(self, tone: str) -> None:
        if self._sounder is not None:
            self._sounder.play(tone)
