"""The master-data feed: every change is taken once, a bad one never stops the others, any rubbish is survived."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.settings import ServerSection
from app.store.catalogue import Catalogue
from app.store.database import Connection
from app.store.registry import Registry
from app.sync.master import Master
from tests.unit.sync.served import Asked, Served, nobody, reply, served
from tests.unit.sync.stock import Clock, made

PLAN = {"id": "P24", "version": 1, "levels": [{"level": "bottle"}, {"level": "case", "count": 24}]}
PRODUCT = {"id": "MILK", "name": {"en": "Milk"}, "gtins": {"bottle": "06901234000016"}, "plan": "P24"}
ORDER = {"id": "WO1", "product": "MILK", "plan": "P24", "plan_version": 1, "lot": "L1", "produced": "2027-11-30",
         "expiry": "2028-05-28", "planned": 24}


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    opened = made(tmp_path / "station.db")
    yield opened
    opened.close()


@pytest.fixture
def server() -> Iterator[Served]:
    with served() as opened:
        yield opened


class Feed:
    """A feed of changes, `page` at a time."""

    def __init__(self, *changes: dict[str, Any], page: int = 100, name: str = "one") -> None:
        self.changes, self.page, self.name = list(changes), page, name

    def __call__(self, asked: Asked) -> bytes:
        assert asked.what == "GET /master/changes" and asked.query["limit"] == ["500"]
        cursor = int(asked.query["cursor"][0])
        if cursor > len(self.changes):
            return reply(410, {"title": "gone"})
        found = [{"cursor": cursor + place, **each} for place, each in
                 enumerate(self.changes[cursor : cursor + self.page], 1)]
        end = cursor + len(found)
        return reply(200, {"feed": self.name, "changes": found, "cursor": end, "more": end < len(self.changes)})


def change(kind: str, data: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": kind, "id": data.get("id", "x"), "deleted": False, "data": data, **more}


class Reader:
    """A Master stepped by hand."""

    def __init__(self, connection: Connection, url: str, **section: Any) -> None:
        self.clock, self.heard = Clock(), 0
        self.catalogue = Catalogue(connection)
        self.master = Master(connection, ServerSection(url=url, **{"timeout_s": 5.0, **section}), now=self.clock.now,
                             mono=self.clock.mono, jitter=lambda most: most, changed=self._changed)

    def _changed(self) -> None:
        self.heard += 1

    def run(self, pages: int = 50) -> float:
        """Until there is nothing more to read; gives the wait then."""
        for _ in range(pages):
            if wait := self.master.step():
                self.clock.passed_s += wait
                return wait
        raise AssertionError("no end")


@pytest.fixture
def reader(connection: Connection, server: Served) -> Iterator[Reader]:
    opened = Reader(connection, server.url)
    yield opened
    opened.master.close()


def test_changes_are_taken_page_by_page(reader: Reader, server: Served, connection: Connection) -> None:
    epcs = [f"https://q.brand.example/b/{number}" for number in range(5)]
    feed = Feed(change("plan", PLAN), change("product", PRODUCT), change("order", ORDER),
                change("issued", {"id": "I1", "product": "MILK", "epcs": epcs}), page=2)
    server.answer(feed)
    assert reader.run() == 30
    assert reader.catalogue.order("WO1") and Registry(connection).known(epcs) == set(epcs)
    assert reader.heard == 2 and reader.master.read and reader.master.pace.link == "up"
    assert reader.run() == 30 and reader.heard == 2
    assert [asked.query["cursor"] for asked in server.asked] == [["0"], ["2"], ["4"]]
    feed.changes.append(change("order", ORDER, deleted=True))
    reader.run()
    assert reader.catalogue.order("WO1") is None and reader.heard == 3


def test_the_order_within_a_page_does_not_matter(reader: Reader, server: Served) -> None:
    server.answer(Feed(change("order", ORDER), change("product", PRODUCT), change("plan", PLAN)))
    reader.run()
    assert reader.catalogue.order("WO1") and reader.master.aside() == 0


def test_a_bad_record_stops_nothing_and_is_tried_again(reader: Reader, server: Served) -> None:
    feed = Feed(change("order", ORDER), change("magic", {"id": "x"}), {"kind": "plan", "id": "P9", "data": 7},
                {"kind": 7}, change("plan", PLAN), {"kind": "rule", "id": "r", "data": {"kind": "url", "pattern": "("}},
                change("issued", {"id": "I1", "epcs": ["no code"]}), page=2)
    server.answer(feed)
    reader.run()
    told = {(kind, id): problem for kind, id, _, problem in reader.catalogue.aside()}
    assert told.keys() == {("order", "WO1"), ("magic", "x"), ("plan", "P9"), ("", ""), ("rule", "r"), ("issued", "I1")}
    assert told["order", "WO1"] == "product: expected a product that is known, got 'MILK'"
    feed.changes.append(change("product", PRODUCT))
    reader.run()
    assert reader.catalogue.order("WO1") and ("order", "WO1") not in {each[:2] for each in reader.catalogue.aside()}
    feed.changes.append(change("rule", {"id": "r"}, deleted=True))
    feed.changes[-1]["id"] = "r"
    reader.run()
    assert ("rule", "r") not in {each[:2] for each in reader.catalogue.aside()}


def test_a_crash_in_a_page_only_repeats_it(reader: Reader, server: Served, connection: Connection) -> None:
    server.answer(Feed(change("plan", PLAN), change("product", PRODUCT)))
    connection.execute("CREATE TEMP TRIGGER crash BEFORE INSERT ON feed BEGIN SELECT RAISE(ABORT, 'crash'); END")
    with pytest.raises(Exception, match="crash"):
        reader.master.step()
    assert reader.catalogue.plan("P24") is None and not connection.in_transaction
    connection.execute("DROP TRIGGER crash")
    reader.run()
    assert reader.catalogue.product("MILK")


@pytest.mark.parametrize("again", ["another name", "cursor gone"])
def test_a_feed_made_anew_is_read_from_the_start(reader: Reader, server: Served, again: str) -> None:
    server.answer(Feed(change("plan", PLAN), change("product", PRODUCT)))
    reader.run()
    feed = Feed(change("plan", {**PLAN, "version": 2}), name="two" if again == "another name" else "one")
    if again == "another name":
        feed.changes += [change("plan", PLAN), change("product", PRODUCT)]
    server.answer(feed)
    reader.run()
    plan = reader.catalogue.plan("P24")
    assert plan and plan.version == 2 and reader.catalogue.product("MILK")


@pytest.mark.parametrize("said", [
    reply(200, b"<html>"), reply(200, b"{"), reply(200, []), reply(200, {"changes": {}, "cursor": 1, "more": False}),
    reply(200, {"changes": [], "cursor": True, "more": False}),
    reply(200, {"changes": [], "cursor": -1, "more": False}),
    reply(200, {"changes": [], "cursor": 0, "more": True}), reply(200, {"changes": [], "cursor": 2**70, "more": False}),
    reply(200, {"changes": [], "cursor": 1, "more": "no"}),
    reply(200, {"changes": [], "cursor": 1, "more": False, "feed": 7}),
    reply(302, location="https://evil.example/"), reply(500), reply(401), reply(429, retry_after="77"), reply(418), [],
    reply(200, {"changes": [None, 1, "x", [], {}], "cursor": 5, "more": False}), reply(410),
], ids=str)
def test_rubbish_is_survived(reader: Reader, server: Served, said: Any) -> None:
    server.answer(lambda asked: said)
    for _ in range(3):
        assert reader.run() > 0
    assert not isinstance(said, bytes) or b"evil" not in said or reader.master.pace.link == "fenced"
    server.answer(Feed(change("plan", PLAN), *[change("plan", PLAN)] * 5))
    reader.clock.passed_s += 4000
    reader.run()
    assert reader.catalogue.plan("P24")


def test_no_feed_is_no_fault_unless_one_was_promised(connection: Connection, server: Served) -> None:
    server.answer(lambda asked: reply(404))
    for section, problem in (({}, ""), ({"master_url": server.url}, "no_master")):
        one = Reader(connection, server.url, **section)
        assert one.run() >= 60 and one.master.pace.problem == problem
        one.master.close()


def test_nobody_there(connection: Connection) -> None:
    one = Reader(connection, nobody())
    assert [one.run(), one.run(), one.run()] == [1, 2, 4] and one.master.pace.link == "down"
    one.master.close()


def test_what_is_set_aside_has_an_end(reader: Reader, server: Served, connection: Connection) -> None:
    huge = {"id": "huge", "name": "x" * 200_000}
    server.answer(Feed(change("product", huge), *(change("product", {"id": f"{n}"}) for n in range(1200)), page=500))
    reader.run()
    assert reader.master.aside() == 1000
    assert connection.execute("SELECT max(length(body)) FROM aside").fetchone()[0] < 200
