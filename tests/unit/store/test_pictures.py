"""Kept pictures: what is worth one, what is ringed on it, the quota, and that nobody ever waits for the disk."""
from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.domain.decision import Mark, Verdict
from app.domain.reasons import Outcome, Reason
from app.messages import Frame, LevelView, PackingView, Published, Seen, StationView
from app.store.pictures import WAITING, Pictures, file_of, find, rings_of, sweep

AT = datetime(2027, 11, 30, 2, 42, 7, tzinfo=UTC)
VIEW = StationView("L", "L", "li", "Li", "operator", "packing", "WO", packing=PackingView(
    "WO", "MILK", "L1", 100, 0, (LevelView("case", 0, 24, "", 0, 0),), "bottle", False))


def square(at: int) -> tuple[tuple[float, float], ...]:
    x, y = 150 + 180 * (at % 6), 120 + 170 * (at // 6)
    return (x - 30.0, y - 30.0), (x + 30.0, y - 30.0), (x + 30.0, y + 30.0), (x - 30.0, y + 30.0)


def published(*unread: int, seq: int = 7, marks: tuple[Mark, ...] = ()) -> Published:
    frame = Frame("cam", tuple(Seen(b"x", "]Q1", square(at)) for at in range(24) if at not in unread), AT, 1.0, 1200,
                  800, tuple(square(at) for at in unread), causes=("blur",) * len(unread))
    return Published(Verdict(Outcome.WARNING, Reason.CONTAINER_SHORT, {}, marks), VIEW, "cam", AT, seq, 5.0, (), frame)


def pixels(height: int = 800, width: int = 1200) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 255, (height // 8, width // 8, 3), np.uint8).repeat(8, 0).repeat(8, 1)


def keeper_of(folder: Path, *shots: np.ndarray, **quota: float) -> Pictures:
    """Gives the pictures one after the other; the last one for ever."""
    left = list(shots) or [pixels(80, 120)]
    made = Pictures(folder, lambda frame: left.pop(0) if len(left) > 1 else left[0], **quota)  # type: ignore[arg-type]
    made.start()
    return made


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_picture_is_kept_with_its_rings(tmp_path: Path) -> None:
    keeper = keeper_of(tmp_path, pixels())
    keeper.keep(published(6, 17))
    keeper.stop()
    found = find(tmp_path, 7, AT)
    assert found is not None and keeper.written == 1
    assert found.file == str(tmp_path / "2027-11-30" / "7-024207.jpg")
    assert (found.width, found.height) == (1200, 800)
    assert dict(found.rings) == {6: square(6), 17: square(17)} and found.causes == ("blur", "blur")
    assert find(tmp_path, 8, AT) is None
    assert find(tmp_path, 7, AT + timedelta(seconds=1)) is None      # another epoch's number 7


def test_a_large_picture_is_reduced_and_its_rings_with_it(tmp_path: Path) -> None:
    keeper, told = keeper_of(tmp_path, pixels(2400, 3600), np.full((800, 1200), 90, np.uint8)), published(6)
    assert told.frame is not None
    keeper.keep(replace(told, frame=replace(told.frame, width=3600, height=2400)))
    keeper.keep(replace(told, seq=8))
    keeper.stop()
    found, grey = find(tmp_path, 7, AT), find(tmp_path, 8, AT)
    assert found is not None and grey is not None
    assert (found.width, found.height) == (1800, 1200)
    assert found.rings[0][1] == tuple((x / 2, y / 2) for x, y in square(6))
    with Image.open(grey.file) as picture:
        assert picture.mode == "L"


def test_what_is_worth_a_picture(tmp_path: Path) -> None:
    keeper = Pictures(tmp_path, lambda frame: None)
    good = (Mark(0, Outcome.ACCEPTED, Reason.TAKEN),)
    assert keeper.wanted(published(3))
    assert not keeper.wanted(published(marks=good))
    assert keeper.wanted(published(marks=(Mark(0, Outcome.REJECTED, Reason.WRONG_BATCH),)))
    assert not keeper.wanted(published(3, seq=0))                    # never on the disk
    assert not keeper.wanted(replace(published(3), frame=None))
    assert not Pictures(tmp_path, lambda frame: None, quota_mb=0).wanted(published(3))
    keeper.keep(published(3))                                        # nobody has its picture any more
    assert not keeper._jobs


def test_the_cells_of_the_marks_are_taken_where_they_tell_them() -> None:
    told = published(6, marks=(Mark(2, Outcome.REJECTED, Reason.WRONG_BATCH, cell=2), Mark(
        0, Outcome.ACCEPTED, Reason.TAKEN, cell=0)))
    assert told.frame is not None
    assert set(rings_of(told, told.frame)) == {(2, square(2), ""), (6, square(6), "blur")}
    nowhere = replace(told.frame, seen=(), unread=(((0.0, 0.0),) * 4,))
    assert rings_of(told, nowhere) == ()


def test_who_hands_a_picture_in_never_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper, gate = keeper_of(tmp_path), threading.Event()
    write = keeper._write

    def slow(job: object) -> None:
        gate.wait(10)
        write(job)      # type: ignore[arg-type]
    monkeypatch.setattr(keeper, "_write", slow)
    keeper.keep(published(3, seq=100))
    until(lambda: not keeper._jobs)                                  # the disk is at it
    began = time.perf_counter()
    for seq in range(101, 101 + WAITING + 5):
        keeper.keep(published(3, seq=seq))
    assert time.perf_counter() - began < 0.2
    assert keeper.dropped == 5
    gate.set()
    keeper.stop()
    kept = sorted(int(file.name.partition("-")[0]) for file in tmp_path.rglob("*.jpg"))
    assert kept == [100, *range(106, 101 + WAITING + 5)]             # the oldest ones waiting were dropped


def test_a_folder_that_cannot_be_written_is_a_number(tmp_path: Path) -> None:
    (tmp_path / "2027-11-30").write_text("a file, no folder")
    keeper = keeper_of(tmp_path)
    keeper.keep(published(3))
    keeper.stop()
    assert (keeper.failed, keeper.written) == (1, 0)
    assert find(tmp_path, 7, AT) is None


def test_the_quota_in_bytes_and_days(tmp_path: Path) -> None:
    for day in range(1, 6):
        for seq in range(3):
            file = file_of(tmp_path, 10 * day + seq, datetime(2027, 11, day, 12, tzinfo=UTC))
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(os.urandom(1000))
    now = datetime(2027, 11, 5, 13, tzinfo=UTC)
    assert sweep(tmp_path, 1_000_000, 30, now) == 0
    assert sweep(tmp_path, 1_000_000, 3, now) == 3                   # day 1 is too old
    assert not (tmp_path / "2027-11-01").exists()
    assert sweep(tmp_path, 5_500, 30, now) == 7
    assert sorted(file.name[:2] for file in tmp_path.rglob("*.jpg")) == ["41", "42", "50", "51", "52"]
    assert sweep(tmp_path / "nothing", 1, 1, now) == 0


def test_a_damaged_file_is_no_picture(tmp_path: Path) -> None:
    file = file_of(tmp_path, 7, AT)
    file.parent.mkdir()
    file.write_bytes(b"\xff\xd8 not a picture")
    assert find(tmp_path, 7, AT) is None
    Image.new("RGB", (20, 20)).save(file, "JPEG", comment=b"[1, 2]")
    assert find(tmp_path, 7, AT) is None
