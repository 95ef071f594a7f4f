"""The whole line in small: one order each way, every fault at least once, closed at zero difference.

At full size: python -m tests.e2e.line --cases 1000
"""
from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.line.camera import FAULTS as CAMERA_FAULTS
from tests.e2e.line.camera import CameraLine
from tests.e2e.line.check import check
from tests.e2e.line.conveyor import FAULTS as QUEUE_FAULTS
from tests.e2e.line.conveyor import QueueLine
from tests.e2e.line.goods import Shape


@pytest.mark.parametrize(("line", "shape", "faults"), [
    (CameraLine, Shape(12, 6, 2, 4, True, ("kill at print",)), CAMERA_FAULTS),
    (QueueLine, Shape(12, 12, 3, 4, False, ("kill at bottle",)), QUEUE_FAULTS)], ids=["camera", "queue"])
def test_an_order_closes_at_zero_difference(
    tmp_path: Path, line: type[CameraLine] | type[QueueLine], shape: Shape, faults: tuple[tuple[str, str], ...],
) -> None:
    played = line(tmp_path / "line", shape, 1)
    try:
        played.play()
        found = check(played.floor, played.truth)
    finally:
        played.floor.close()
    thrown = {kind for kind in played.truth.acts if played.truth.acts[kind]}
    assert not {kind for what, kind in shape.thrown(faults) if what != "label"} - thrown
    assert found["pallets"] >= 2
    assert found["events"] > found["cases"]
