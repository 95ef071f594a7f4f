"""A station beside the training server: the signed list comes by itself, and goods are judged by it at once."""
from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.bootstrap import House
from app.central.training import bottle
from app.home import Home
from app.importer.assignments_sign import new_key, package, write_rows
from app.messages import Published, Scan
from app.settings import ServerSection, Settings, StationSection, WarehouseSection
from tests.e2e.training_server import running, wait_for

CODE = "https://q.brand.example/b/02500123456789X"


def listed(folder: Path, private: str, id: str, dealer: str, days: int, code: str = CODE) -> bytes:
    source = folder / id
    source.mkdir()
    write_rows(source / "assignments.csv", "assignments", [(code, dealer, "5101", "2026-01-01")])
    write_rows(source / "rules.csv", "rules", [])
    issued = datetime.now(UTC) - timedelta(days=days)
    return package(source, folder / f"{id}.zip", private, id=id, issued_at=issued,
                   valid_until=issued + timedelta(days=30), complete=True).read_bytes()


def test_the_list_comes_by_itself_and_a_newer_one_after_it(tmp_path: Path) -> None:
    private, public = new_key()
    with running(tmp_path / "central") as server:
        home = Home(tmp_path / "home")
        settings = Settings(station=StationSection(language="en"), server=ServerSection(url=server.url),
                            warehouse=WarehouseSection(territory="5101", snapshot_key=public))
        assert server.http.get("/snapshot").status_code == 404
        assert server.http.put("/snapshot", content=listed(tmp_path, private, "S1", "D1", 2)).status_code == 200
        house = House(home, settings)
        house.start()
        try:
            wait_for(lambda: house.diversion.snapshot().id == "S1", 180)
            found = house.reader.look_up(CODE).whereabouts
            assert found is not None and (found.finding, found.dealer) == ("right", "D1")
            etag = server.http.get("/snapshot").headers["ETag"]
            assert server.http.get("/snapshot", headers={"If-None-Match": etag}).status_code == 304
            part = server.http.get("/snapshot", headers={"Range": "bytes=10-", "If-Range": etag})
            assert part.status_code == 206 and part.headers["Content-Range"].startswith("bytes 10-")
            server.http.put("/snapshot", content=listed(tmp_path, private, "S2", "D2", 1))
            house.command("SYNC")
            wait_for(lambda: house.diversion.snapshot().id == "S2", 180)
            found = house.reader.look_up(CODE).whereabouts
            assert found is not None and found.dealer == "D2"
        finally:
            house.stop()


def test_a_diverted_bottle_is_stopped_and_the_server_is_told_with_its_evidence(tmp_path: Path) -> None:
    private, public = new_key()
    code = bottle("MILK-250", 7)
    with running(tmp_path / "central") as server:
        server.http.put("/snapshot", content=listed(tmp_path, private, "S1", "D1", 1, code))
        home = Home(tmp_path / "home")
        settings = Settings(station=StationSection(language="en"), server=ServerSection(url=server.url),
                            warehouse=WarehouseSection(territory="3101", snapshot_key=public))
        house, told = House(home, settings), list[Published]()
        house.listeners.append(lambda notice: told.append(notice) if isinstance(notice, Published) else None)
        house.start()

        def scan(text: str) -> str:
            before = len([each for each in told if each.seq])
            house.send(Scan("hand", text.encode(), "]Q1", datetime.now(UTC), time.monotonic()))
            wait_for(lambda: len([each for each in told if each.seq]) > before, 180)
            return str(told[-1].verdict.reason)

        try:
            wait_for(lambda: house.diversion.snapshot().id == "S1" and len(house.reader.people()) > 0, 180)
            wait_for(lambda: scan("%ST:BADGE:BADGE-0001") == "signed_in", 180)
            scan("%ST:INSPECT")
            assert scan(code) == "wrong_territory"
            number = str(told[-1].verdict.data["case"])
            file = home.path / "evidence" / number / "evidence.json"
            wait_for(file.exists, 180)
            found = wait_for(lambda: server.found(MATCH_epc=code, EQ_bizStep="holding"), 180)
        finally:
            house.stop()
        assert found[0]["ocs:evidence"] == number and found[0]["ocs:finding"] == "wrong_territory"
        assert found[0]["ocs:evidenceDigest"] == hashlib.sha256(file.read_bytes()).hexdigest()
