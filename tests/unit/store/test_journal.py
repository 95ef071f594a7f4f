"""The journal: what was appended is read back; any edit is found; a torn tail is trimmed, and nothing else is."""
from __future__ import annotations

import os
import random
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.store import journal
from app.store.database import DiskFull
from app.store.journal import HEADER, Journal, JournalDamaged, read, segments, tail

PAYLOADS = [f'{{"v":1,"entry":{number},"text":"{"x" * (number * 37 % 200)}"}}'.encode() for number in range(1, 41)]


def written(folder: Path, payloads: list[bytes] = PAYLOADS, at_once: int = 3) -> Path:
    made = Journal(folder)
    for start in range(0, len(payloads), at_once):
        made.append(payloads[start : start + at_once])
    made.close()
    return segments(folder)[-1]


def payloads_in(folder: Path, **more: int) -> list[bytes]:
    return [record.payload for record in read(folder, **more)]


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_is_appended_is_read_back(tmp_path: Path) -> None:
    written(tmp_path)
    assert payloads_in(tmp_path) == PAYLOADS
    assert [record.seq for record in read(tmp_path, 35)] == [36, 37, 38, 39, 40]
    again = Journal(tmp_path)
    assert (again.seq, again.trimmed, again.last_payload) == (40, 0, PAYLOADS[-1])
    again.append([b"more"])
    again.close()
    assert payloads_in(tmp_path)[-2:] == [PAYLOADS[-1], b"more"]


def test_an_empty_journal(tmp_path: Path) -> None:
    Journal(tmp_path / "new").close()
    assert payloads_in(tmp_path / "new") == []
    assert Journal(tmp_path / "new").close() is None
    assert payloads_in(tmp_path / "nothing here") == []


def test_it_goes_on_in_a_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "SEGMENT_BYTES", 1500)
    written(tmp_path)
    assert len(segments(tmp_path)) > 3
    assert payloads_in(tmp_path) == PAYLOADS
    for after in (0, 1, 7, 20, 39, 40):
        assert payloads_in(tmp_path, after=after) == PAYLOADS[after:]
    Journal(tmp_path).close()
    middle = segments(tmp_path)[1]
    kept = middle.read_bytes()
    middle.unlink()
    with pytest.raises(JournalDamaged, match="does not continue"):
        payloads_in(tmp_path)
    middle.write_bytes(kept)
    segments(tmp_path)[0].unlink()
    with pytest.raises(JournalDamaged, match="does not continue"):
        payloads_in(tmp_path)


def test_a_later_epoch_begins_a_file_and_an_earlier_one_does_not(tmp_path: Path) -> None:
    written(tmp_path)
    third = Journal(tmp_path, epoch=3)
    third.append([b"third"])
    third.close()
    assert len(segments(tmp_path)) == 2 and journal.latest_epoch(tmp_path) == 3
    first = Journal(tmp_path, epoch=1)
    assert first.epoch == 3, "a database that is behind does not turn the epoch back"
    first.close()
    assert payloads_in(tmp_path) == [*PAYLOADS, b"third"]
    assert tail(segments(tmp_path)).epoch == 3


def test_a_torn_tail_is_trimmed_wherever_the_power_went(tmp_path: Path) -> None:
    """Every length between the last whole record and the end of a torn append of three."""
    file = written(tmp_path, PAYLOADS[:9])
    whole, size = file.read_bytes(), 0
    more = Journal(tmp_path)
    size = file.stat().st_size
    more.append(PAYLOADS[9:12])
    more.close()
    longer = file.read_bytes()
    for cut in range(size, len(longer)):
        file.write_bytes(longer[:cut])
        opened = Journal(tmp_path, settled=9)
        count = opened.seq
        assert 9 <= count <= 12 and opened.trimmed == cut - file.stat().st_size
        opened.append([b"after"])
        opened.close()
        assert payloads_in(tmp_path) == [*PAYLOADS[:count], b"after"]
    assert whole == longer[:size]


def test_a_torn_append_that_reached_the_disk_out_of_order_is_trimmed(tmp_path: Path) -> None:
    """A hole in its first record, later ones whole: nothing of it was confirmed, the database says so."""
    file = written(tmp_path, PAYLOADS[:9], at_once=9)
    size = file.stat().st_size
    more = Journal(tmp_path)
    more.append(PAYLOADS[9:20])
    more.close()
    data = bytearray(file.read_bytes())
    data[size + 20 : size + 60] = bytes(40)
    file.write_bytes(data)
    with pytest.raises(JournalDamaged):
        Journal(tmp_path)                       # without a database it looks like damage, and may be
    assert file.read_bytes() == data
    opened = Journal(tmp_path, settled=9)
    assert opened.seq == 9
    opened.close()
    assert file.stat().st_size == size


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_edit_is_found(tmp_path: Path, data: st.DataObject) -> None:
    """Flip, cut, swap, insert, zero, anywhere: opening changes nothing, reading never gives anything else."""
    folder = tmp_path / "edited"
    folder.mkdir(exist_ok=True)
    file = folder / "journal-000001.log"
    if not (tmp_path / "good").exists():
        written(tmp_path / "good")
    good = (tmp_path / "good" / file.name).read_bytes()
    edited = _edited(data, good)
    if edited == good:
        return
    file.write_bytes(edited)
    try:
        found = payloads_in(folder, settled=40)
    except JournalDamaged:
        found = []
    assert found == PAYLOADS[: len(found)], "never something that was not written"
    harmless = edited[: len(good)] == good      # bytes behind the last record: a torn tail
    assert harmless == (found == PAYLOADS)
    if harmless:
        return
    with pytest.raises(JournalDamaged):
        Journal(folder, settled=40)
    assert file.read_bytes() == edited, "evidence is left as it is"


def _edited(data: st.DataObject, good: bytes) -> bytes:
    at = data.draw(st.integers(0, len(good) - 1))
    length = data.draw(st.integers(1, 400))
    match data.draw(st.sampled_from(["flip", "cut", "insert", "zero", "swap", "remove"])):
        case "flip":
            return good[:at] + bytes([good[at] ^ 1 << data.draw(st.integers(0, 7))]) + good[at + 1 :]
        case "cut":
            return good[:at]
        case "insert":
            return good[:at] + data.draw(st.binary(min_size=1, max_size=200)) + good[at:]
        case "zero":
            return good[:at] + bytes(len(good[at : at + length])) + good[at + length :]
        case "remove":
            return good[:at] + good[at + length :]
    return good[:at] + good[at + length : at + 2 * length] + good[at : at + length] + good[at + 2 * length :]


def test_a_large_hole_is_damage_even_without_a_database(tmp_path: Path) -> None:
    """Zeroed pages swallow many records at once; a sound one behind them tells."""
    payloads = [os.urandom(50).hex().encode() for _ in range(400)]
    file = written(tmp_path, payloads, at_once=1)
    data = bytearray(file.read_bytes())
    data[8192:28672] = bytes(20480)
    file.write_bytes(data)
    with pytest.raises(JournalDamaged, match="record"):
        Journal(tmp_path)
    assert file.read_bytes() == data


def test_a_header_is_covered_too(tmp_path: Path) -> None:
    file = written(tmp_path)
    good = file.read_bytes()
    for at in range(HEADER.size):
        file.write_bytes(good[:at] + bytes([good[at] ^ 0x10]) + good[at + 1 :])
        with pytest.raises(JournalDamaged):
            payloads_in(tmp_path)
    file.write_bytes(b"")
    with pytest.raises(JournalDamaged, match="part of the journal is gone"):
        Journal(tmp_path, settled=40)
    file.unlink()
    with pytest.raises(JournalDamaged, match="40 entries, the journal only 0"):
        Journal(tmp_path, settled=40)
    assert segments(tmp_path) == [], "nothing was begun in its place"


def test_a_file_that_was_being_started(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "journal-000002.log").write_bytes(b"OCSJRNL1")
    opened = Journal(tmp_path, settled=40)
    opened.append([b"more"])
    opened.close()
    assert payloads_in(tmp_path) == [*PAYLOADS, b"more"]


def test_a_full_disk_keeps_nothing_of_an_append(tmp_path: Path) -> None:
    """The kernel takes a part of the bytes and says so by the count only; the rest fails."""
    file = written(tmp_path, PAYLOADS[:10])
    for room in random.Random(7).sample(range(400), 60):
        opened = Journal(tmp_path, settled=10)
        with files_no_larger_than(file.stat().st_size + room), pytest.raises(DiskFull):
            opened.append([PAYLOADS[30] * 3, PAYLOADS[31]])
        assert opened.seq == 10
        opened.append([b"now"])
        opened.undo_last()
        opened.close()
        assert payloads_in(tmp_path) == PAYLOADS[:10]


def test_a_full_disk_where_the_next_file_would_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "SEGMENT_BYTES", 1000)
    opened = Journal(tmp_path)
    opened.append(PAYLOADS[:12])
    with files_no_larger_than(20), pytest.raises(DiskFull):
        opened.append([b"too much"])
    assert len(segments(tmp_path)) == 1
    opened.append([b"now"])
    opened.close()
    assert payloads_in(tmp_path) == [*PAYLOADS[:12], b"now"]
    assert len(segments(tmp_path)) == 2


def test_what_is_too_large_is_refused(tmp_path: Path) -> None:
    opened = Journal(tmp_path)
    with pytest.raises(ValueError, match="at most"):
        opened.append([b"x"] * (journal.MOST_AT_ONCE + 1))
    with pytest.raises(ValueError, match="bytes, expected at most"):
        opened.append([bytes(journal.MAX_PAYLOAD + 1)])
    opened.close()
    assert payloads_in(tmp_path) == []
