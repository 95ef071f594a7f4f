"""How long a scan takes from its last byte to the colour on the screen: the newest ones, for the status bar."""
from __future__ import annotations

import time
from collections import deque

from app.messages import Published

KEPT = 200
NOT_SCANNED = ("screen", "idle", "")     # checking a PIN is slow on purpose


class Latency:
    """Milliseconds, newest last."""

    def __init__(self) -> None:
        self.ms: deque[float] = deque(maxlen=KEPT)
        self._built = 0.0

    def built(self) -> None:
        """The window was built anew or photographed just now: what waited meanwhile tells nothing of a scan."""
        self._built = time.monotonic()

    def painted(self, published: Published, said_mono: float) -> None:
        """The verdict is on the screen now; `said_mono` is when the station gave it."""
        if published.source not in NOT_SCANNED and said_mono > self._built:
            self.ms.append(published.took_ms + (time.monotonic() - said_mono) * 1000)

    @property
    def p95_ms(self) -> float:
        """95 of 100 were not slower; 0 before the first one."""
        in_order = sorted(self.ms)
        return in_order[min(len(in_order) - 1, len(in_order) * 95 // 100)] if in_order else 0.0
