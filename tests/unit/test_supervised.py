"""When a device is tried again: later each time, at once again after it was open for a while, never beyond the most."""
from __future__ import annotations

import queue
from datetime import UTC, datetime

from app.messages import DeviceState
from app.supervised import FIRST_RETRY_S, LAST_RETRY_S, STEADY_S, Around, Supervised
from drivers.base import DeviceGone


class Gone(Supervised):
    """Is open for so many seconds each time, then gone; keeps how long it waits before the next try."""

    def __init__(self, *open_s: float) -> None:
        self.clock_s, self.open_s, self.waits = 0.0, list(open_s), list[float]()
        self.said: list[DeviceState] = []
        self.closed = 0
        super().__init__("belt", "test", self, Around(queue.Queue(), self.said.append, lambda: datetime.now(UTC),
                                                      lambda: self.clock_s))

    def open(self) -> None:
        pass

    def close(self) -> None:
        self.closed += 1

    def _serve(self) -> None:
        self.clock_s += self.open_s.pop(0)
        raise DeviceGone("it was pulled out")

    def _pause(self, seconds: float) -> None:
        self.waits.append(seconds)
        if not self.open_s:
            self.ask_to_stop()


def test_each_try_comes_later_until_the_device_was_steady() -> None:
    device = Gone(0, 0, 0, STEADY_S, 0, *[0.0] * 9)
    device._run()
    first = FIRST_RETRY_S
    assert device.waits[:5] == [first, 2 * first, 4 * first, first, 2 * first]
    assert device.waits[-1] == LAST_RETRY_S and max(device.waits) == LAST_RETRY_S
    assert device.closed == len(device.waits)
    assert [(each.state, each.problem) for each in device.said] == [("gone", "unplugged")], "said once"
