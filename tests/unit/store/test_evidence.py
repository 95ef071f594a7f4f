"""Evidence on the disk: written from the database, made anew where it is lost, told where it was touched."""
from __future__ import annotations

import contextlib
import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from app.domain.decision import Verdict
from app.domain.people import Person, Role
from app.domain.reasons import Outcome, Reason
from app.domain.setting import Setting
from app.domain.warehouse.changes import Cleared, Suspected
from app.domain.warehouse.diversion import Met, judge
from app.domain.warehouse.goods import Binding, Goods, Snapshot
from app.domain.warehouse.policy import Policy, Site
from app.domain.warehouse.suspicion import evidence as composed
from app.messages import Frame, Published, StationView
from app.store import bindings, evidence
from app.store.database import Connection, open_writer, transaction
from app.store.evidence import Evidence
from app.store.migrations import migrate

NOW = "2027-11-30T10:00:00+08:00"
NUMBER = "DV-DOCK-1-000001"
GOODS = Goods(now=NOW, case=NUMBER, snapshot=Snapshot("S1", NOW, "2027-12-30T00:00:00+00:00", True),
              bindings={"e:1": Binding("e:1", "D2", "31")}, siblings={"e:1": tuple(f"e:{n}" for n in range(2, 300))})
SITE = Site("D1", "5101")
LINA = Person("lina", "李娜", Role.OPERATOR)


def suspicion() -> Suspected:
    found = judge("e:1", GOODS, Met(SITE), Policy())
    at = Setting("https://id.gs1.org/414/6901234000009", station="DOCK-1", site=SITE)
    text = composed(found, GOODS, at, LINA, {"document": "PO 甲", "partner": "D2", "product": "P"})
    return Suspected(NUMBER, "e:1", str(found.finding), "stop", found.expected, found.actual, "", "PO 甲", "D2", (),
                     text)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    with contextlib.closing(open_writer(tmp_path / "station.db")) as made:
        migrate(made)
        with transaction(made):
            assert bindings.apply(made, suspicion())
        yield made


def published(frame: Frame | None = None, **data: str) -> Published:
    return Published(Verdict(Outcome.STOP, Reason.WRONG_DEALER, {"case": NUMBER, **data}), StationView(
        "S", "S", "", "", "", "inspecting", ""), "hand", datetime.now(UTC), 7, 1.0, frame=frame)


@pytest.fixture
def writer(connection: Connection, tmp_path: Path) -> Iterator[Callable[..., Evidence]]:
    made: list[Evidence] = []

    def make(*args: object) -> Evidence:
        made.append(Evidence(tmp_path / "station.db", *args))      # type: ignore[arg-type]
        made[-1].start()
        return made[-1]

    yield make
    for each in made:
        each.stop(60)


def test_the_evidence_is_written_at_the_verdict_with_the_frames_picture(writer, connection, tmp_path: Path) -> None:
    pixels = np.zeros((40, 60, 3), np.uint8)
    kept = writer(lambda frame: pixels)
    kept.keep(published(Frame("cam", (), datetime.now(UTC), 0.0)))
    kept.stop(60)
    file = tmp_path / "evidence" / NUMBER / "evidence.json"
    told = json.loads(file.read_text("utf-8"))
    assert (told["number"], told["operator"], told["document"]) == (NUMBER, "lina", "PO 甲")
    assert (len(told["siblings"]), told["siblings_left_out"]) == (200, 98)
    assert (file.parent / "photo-1.jpg").stat().st_size > 100 and kept.problem == ""
    view = evidence.suspect(connection, tmp_path / "evidence", NUMBER)
    assert view is not None and view.digest == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (view.expected_dealer, view.actual_dealer, len(view.pictures)) == ("D2", "D1", 1)


def test_what_a_kill_left_unwritten_is_written_at_the_next_start(writer, tmp_path: Path) -> None:
    writer().stop(60)
    assert (tmp_path / "evidence" / NUMBER / "evidence.json").exists()


def test_a_file_that_was_touched_is_told_and_one_that_is_gone_is_made_anew(connection, tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    assert evidence.write_missing(connection, folder) == 1 and evidence.write_missing(connection, folder) == 0
    file = folder / NUMBER / "evidence.json"
    assert list(evidence.changed(connection, folder)) == []
    file.write_text(file.read_text("utf-8").replace("D2", "D1"), "utf-8")
    assert list(evidence.changed(connection, folder)) == [str(file)]
    file.unlink()
    assert evidence.write_missing(connection, folder) == 1 and list(evidence.changed(connection, folder)) == []


def test_pictures_are_added_and_only_pictures(writer, tmp_path: Path) -> None:
    kept = writer()
    picture = tmp_path / "a.PNG"
    picture.write_bytes(b"x")
    assert Path(kept.attach(NUMBER, picture)).name == "photo-1.png"
    assert Path(kept.photograph(NUMBER, np.zeros((9, 9), np.uint8))).name == "photo-2.jpg"
    text = tmp_path / "a.txt"
    text.write_text("x")
    with pytest.raises(ValueError, match="no_picture"):
        kept.attach(NUMBER, text)
    with pytest.raises(KeyError):
        kept.attach("DV-9", picture)
    with pytest.raises(FileNotFoundError):
        kept.attach(NUMBER, tmp_path / "none.jpg")


def test_a_case_is_handed_over_with_what_was_decided_and_the_digests(writer, connection, tmp_path: Path) -> None:
    kept = writer()
    kept.photograph(NUMBER, np.zeros((9, 9), np.uint8))
    with transaction(connection):
        bindings.apply(connection, Cleared(NUMBER, "e:1", "CHECKED", "wang", "chief"))
    with transaction(connection):
        bindings.apply(connection, replace(suspicion(), case="DV-DOCK-1-000002"))
        connection.execute("INSERT INTO person VALUES ('wang', ?)", (json.dumps({"name": "王强"}).encode(),))
    assert evidence.export(connection, kept.folder, tmp_path / "all.zip") == 2
    assert evidence.export(connection, kept.folder, tmp_path / "one.zip", (NUMBER,)) == 1
    with zipfile.ZipFile(tmp_path / "one.zip") as made:
        sums = dict(reversed(line.split("  ")) for line in made.read("SHA256SUMS").decode().splitlines())
        assert set(sums) == {f"{NUMBER}/{name}" for name in ("evidence.json", "decision.json", "photo-1.jpg")}
        assert all(hashlib.sha256(made.read(name)).hexdigest() == digest for name, digest in sums.items())
        decided = json.loads(made.read(f"{NUMBER}/decision.json"))
    assert decided == {"state": "released", "reason": "CHECKED", "at": "", "released_by": "wang",
                       "released_by_name": "王强", "approver": "chief", "approver_name": ""}


def test_a_backup_carries_the_pictures(writer, tmp_path: Path) -> None:
    kept = writer()
    kept.photograph(NUMBER, np.zeros((9, 9), np.uint8))
    evidence.copy(kept.folder, tmp_path / "backup")
    assert [each.name for each in (tmp_path / "backup").rglob("*.*")] == ["photo-1.jpg"]
    evidence.bring(tmp_path / "backup", tmp_path / "other")
    evidence.bring(tmp_path / "backup", tmp_path / "other")
    evidence.copy(tmp_path / "nowhere", tmp_path / "nothing")
    assert (tmp_path / "other" / NUMBER / "photo-1.jpg").exists() and not (tmp_path / "nothing").exists()
