"""What the server stores and refuses: once each, in causal order, by every way of telling a repeated event."""
from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from app.central import jobs, master, objects, queries
from app.central.database import Connection, open_writer
from app.central.ledger import Outcome, known_ids
from app.central.modes import Mode
from tests.unit.central.line import EXAMPLES, Event, Line, example, uuid7, wrong

_starts = count(1)


@pytest.fixture
def line() -> Line:
    return Line(next(_starts))


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Connection]:
    connection = open_writer(tmp_path)
    master.make_feed(connection)
    yield connection
    connection.close()


def send(book: Connection, *events: Event, behaviour: str = "proceed", **mode: Any) -> Outcome:
    return jobs.capture(book, list(events), behaviour, Mode(**mode))


def why(outcome: Outcome) -> str:
    assert len(outcome.problems) == 1, outcome.problems
    return outcome.problems[0].detail


def stored(book: Connection) -> int:
    return int(queries.counts(book)["events"])


def test_the_examples_in_their_order_are_all_stored(book: Connection) -> None:
    for name in sorted(file.stem for file in EXAMPLES.glob("*.json")):
        outcome = send(book, *example(name)["epcisBody"]["eventList"], behaviour="rollback")
        assert outcome.problems == [], name


# --- the same event again -----------------------------------------------------------------------------------------
def test_ignore_keeps_one_and_says_nothing(book: Connection, line: Line) -> None:
    event = line.commission(line.epcs("b"))
    send(book, event)
    again = send(book, dict(reversed(event.items())))     # the order of fields makes no other event
    assert (again.known, again.stored, again.problems, stored(book)) == (1, 0, [], 1)


def test_other_content_under_a_known_id_is_refused(book: Connection, line: Line) -> None:
    event = line.commission(line.epcs("b"))
    send(book, event)
    outcome = send(book, {**event, "ocs:operator": "op-else"})
    assert outcome.problems[0].status == 409 and "other content" in why(outcome) and stored(book) == 1


def test_none_stores_a_second_copy(book: Connection, line: Line) -> None:
    _, _, events = line.case()
    for _ in range(2):
        assert send(book, *events, dedupe="none").problems == []
    assert stored(book) == 6 and queries.counts(book)["copies"] == 3


def test_conflict_by_event_stores_the_others(book: Connection, line: Line) -> None:
    first, second = line.commission(line.epcs("b")), line.commission(line.epcs("b"))
    send(book, first)
    outcome = send(book, first, second, dedupe="conflict-event")
    assert [problem.instance for problem in outcome.problems] == [first["eventID"]] and stored(book) == 2


def test_conflict_by_batch_stores_nothing(book: Connection, line: Line) -> None:
    first, second = line.commission(line.epcs("b")), line.commission(line.epcs("b"))
    send(book, first)
    assert known_ids(book, [first, second], Mode()) == [first["eventID"]]
    send(book, first, second, dedupe="conflict-batch")
    assert stored(book) == 1


def test_a_report_tells_each_event_apart(book: Connection, line: Line) -> None:
    first, second, third = (line.commission(line.epcs("b")) for _ in range(3))
    send(book, first)
    outcome = send(book, first, {**second, "bizStep": "boxing"}, third, behaviour="rollback", dedupe="per-event-report")
    assert [row["status"] for row in outcome.report] == ["DUPLICATE", "REJECTED", "ACCEPTED"]
    assert "boxing" in outcome.report[1]["problem"]["detail"] and stored(book) == 2


def test_rollback_stores_all_or_nothing(book: Connection, line: Line) -> None:
    _, bottles, events = line.case()
    spoilt = [events[0], events[1], {**events[2], "childEPCs": [*bottles, *line.epcs("b")]}]
    assert send(book, *spoilt, behaviour="rollback").stored == 0 and stored(book) == 0
    assert send(book, *spoilt, behaviour="proceed").stored == 2 and stored(book) == 2
    assert objects.state(book, bottles[0])["parent"] == ""


def test_an_event_id_twice_in_one_document_is_refused(book: Connection, line: Line) -> None:
    event = line.commission(line.epcs("b"))
    assert "twice" in why(send(book, event, event)) and stored(book) == 1


# --- causal order -------------------------------------------------------------------------------------------------
def test_children_are_commissioned_before_they_are_packed(book: Connection, line: Line) -> None:
    case, bottles, events = line.case()
    assert "never commissioned" in why(send(book, events[1], events[2]))
    assert why(send(book, events[0], line.pack(line.epcs("c")[0], bottles))).count("/c/") == 1


def test_strict_off_takes_any_order(book: Connection, line: Line) -> None:
    *_, events = line.case()
    assert send(book, events[2], strict=False).problems == []


def test_one_parent_at_a_time(book: Connection, line: Line) -> None:
    case, bottles, events = line.case()
    other = line.epcs("c")[0]
    send(book, *events, line.commission([other]))
    assert f"inside {case}" in why(send(book, line.pack(other, bottles[:1])))
    assert send(book, line.unpack(case, bottles[:1]), line.pack(other, bottles[:1])).problems == []
    assert objects.state(book, bottles[0])["parent"] == other
    assert objects.state(book, bottles[1])["parent"] == case


def test_nothing_goes_into_itself_by_a_detour(book: Connection, line: Line) -> None:
    case, _, events = line.case()
    pallet = line.epcs("p")[0]
    send(book, *events, line.commission([pallet]), line.pack(pallet, [case]))
    assert "cannot go into it" in why(send(book, line.pack(case, [pallet])))


def test_unpacking_all_releases_every_child(book: Connection, line: Line) -> None:
    case, bottles, events = line.case()
    send(book, *events, line.unpack(case))
    assert {objects.state(book, each)["parent"] for each in bottles} == {""}
    assert "holds nothing" in why(send(book, line.unpack(case)))
    assert "is not in" in why(send(book, line.unpack(case, bottles[:1])))
    assert "nothing was ever packed" in why(send(book, line.unpack(line.epcs("c")[0])))


def test_nothing_follows_the_end_of_life(book: Connection, line: Line) -> None:
    case, bottles, events = line.case()
    send(book, *events)
    assert "must be unpacked" in why(send(book, line.destroy(bottles[:1])))
    send(book, line.unpack(case, bottles[:1]), line.destroy(bottles[:1]))
    for event in (line.pack(case, bottles[:1]), line.observe("holding", "damaged", bottles[:1]),
                  line.commission(bottles[:1]), line.destroy(bottles[:1])):
        assert "its life ended (destroyed)" in why(send(book, event))


def test_nothing_is_commissioned_twice(book: Connection, line: Line) -> None:
    bottles = line.epcs("b")
    send(book, line.commission(bottles))
    assert "commissioned already" in why(send(book, line.commission(bottles)))


def test_only_what_is_known_and_outermost_ships(book: Connection, line: Line) -> None:
    case, bottles, events = line.case()
    send(book, *events)
    assert "never commissioned" in why(send(book, line.observe("shipping", "in_transit", line.epcs("c"))))
    assert "only the outermost" in why(send(book, line.observe("shipping", "in_transit", bottles[:1])))
    assert send(book, line.observe("shipping", "in_transit", [case])).problems == []
    state = objects.state(book, bottles[0])
    assert (state["outermost"], state["outermostDisposition"]) == (case, "in_transit")
    assert state["disposition"] == "in_progress"


def test_goods_of_others_come_in_and_are_taken_apart(book: Connection, line: Line) -> None:
    pallet, case = line.epcs("p")[0], line.epcs("c")[0]
    received, shipped = (line.observe("receiving", "in_progress", [pallet]),
                         line.observe("shipping", "in_transit", [case]))
    assert send(book, received, line.unpack(pallet, [case]), shipped).problems == []
    assert objects.state(book, case)["origin"] == "observed"


def test_what_came_out_of_a_pallet_of_others_that_stays_away(book: Connection, line: Line) -> None:
    """Announced on paper only: nobody told this server of the pallet, and it may never come."""
    pallet, other = line.epcs("p", 2)
    case = line.epcs("c")[0]
    apart, received = line.unpack(pallet, [case]), line.observe("receiving", "in_progress", [case])
    assert send(book, apart, received, line.observe("shipping", "in_transit", [case])).problems == []
    mine, bottles, events = line.case()
    send(book, *events)
    for inside in (mine, bottles[0]):        # what is known to be elsewhere did not come out of it
        assert "of which nothing is known" in why(send(book, line.unpack(other, [inside])))


def test_announced_goods_are_known_in_their_parents(book: Connection, line: Line) -> None:
    pallet, case, bottle = line.epcs("p")[0], line.epcs("c")[0], line.epcs("b")[0]
    announced = [{"epc": pallet, "level": "pallet"}, {"epc": case, "level": "case", "parent": pallet},
                 {"epc": bottle, "level": "bottle", "parent": case}]
    data = {"id": "PO-1", "kind": "receive", "partner": "S", "announced": announced,
            "lines": [{"line": 1, "product": "X", "quantity": 1}]}
    for _ in range(2):
        master.put(book, master.checked({"records": [{"kind": "document", "id": "PO-1", "data": data}]}))
    assert objects.state(book, bottle)["outermost"] == pallet
    send(book, line.observe("receiving", "in_progress", [pallet]), line.unpack(pallet))
    assert objects.state(book, case)["parent"] == "" and objects.state(book, bottle)["parent"] == case
    master.put(book, master.checked({"records": [{"kind": "document", "id": "PO-1", "data": data}]}))
    assert objects.state(book, case)["parent"] == ""       # what was seen wins over what was announced


# --- error declarations -------------------------------------------------------------------------------------------
def test_an_error_declaration_takes_its_event_out_of_the_state(book: Connection, line: Line) -> None:
    case, bottles, events = line.case()
    send(book, *events)
    assert send(book, wrong(events[2])).problems == []
    assert objects.state(book, bottles[0])["parent"] == "" and stored(book) == 4
    assert send(book, wrong(events[2])).known == 1
    other = line.epcs("c")[0]
    assert send(book, line.commission([other]), line.pack(other, bottles)).problems == []


def test_a_commissioning_declared_wrong_leaves_nothing_to_pack(book: Connection, line: Line) -> None:
    case, bottles, events = line.case()
    send(book, *events[:2])
    send(book, wrong(events[0]))
    assert "never commissioned" in why(send(book, events[2]))
    assert objects.state(book, bottles[0]) is None
    again = line.commission(bottles)
    assert send(book, again, events[2]).problems == []


def test_an_end_of_life_declared_wrong_gives_life_back(book: Connection, line: Line) -> None:
    bottles = line.epcs("b")
    end = line.destroy(bottles)
    send(book, line.commission(bottles), end, wrong(end))
    state = objects.state(book, bottles[0])
    assert (state["alive"], state["disposition"], state["lastEvent"]["bizStep"]) == (True, "active", "commissioning")
    assert send(book, line.observe("holding", "damaged", bottles)).problems == []


def test_an_unpacking_declared_wrong_puts_the_children_back(book: Connection, line: Line) -> None:
    case, bottles, events = line.case()
    opened = line.unpack(case)
    send(book, *events, opened, wrong(opened))
    assert objects.state(book, bottles[2])["parent"] == case and objects.state(book, case)["children"] == 3


def test_an_error_declaration_repeats_an_event_that_is_there(book: Connection, line: Line) -> None:
    event = line.commission(line.epcs("b"))
    assert "never captured" in why(send(book, wrong(event)))
    send(book, event)
    assert "unchanged" in why(send(book, {**wrong(event), "ocs:operator": "op-else"}))
    assert send(book, wrong(event, uuid7(7))).problems == []


@pytest.mark.parametrize(("dedupe", "told"), [("ignore", []), ("conflict-batch", [409]), ("conflict-event", [409])])
def test_a_blind_server_takes_a_declaration_for_its_event(book: Connection, line: Line, dedupe: str,
                                                          told: list[int]) -> None:
    event = line.commission(line.epcs("b"))
    send(book, event)
    assert [each.status for each in send(book, wrong(event), dedupe=dedupe, blind=True).problems] == told
    assert known_ids(book, [wrong(event)], Mode(blind=True)) == [event["eventID"]]
    assert known_ids(book, [wrong(event)], Mode()) == []
    assert stored(book) == 1
    assert send(book, wrong(event), dedupe="none", blind=True).problems == [] and stored(book) == 2


def test_another_name_of_an_object_is_no_event_of_its_life(book: Connection, line: Line) -> None:
    bottle, name = line.epcs("b")[0], line.epcs("n")[0]
    end = line.destroy([bottle])
    send(book, line.commission([bottle]), line.tie(bottle, [name]), end, wrong(end))
    assert objects.state(book, bottle)["disposition"] == "active"


# --- jobs ---------------------------------------------------------------------------------------------------------
def test_a_job_is_done_once_and_told(book: Connection, line: Line) -> None:
    job = jobs.accept(book, [line.commission(line.epcs("b")), {"type": "Nonsense"}], "proceed")
    assert jobs.open_jobs(book) == [job] and jobs.told(book, job)["running"]
    for _ in range(2):
        jobs.work(book, job, Mode())
    told = jobs.told(book, job)
    assert (told["running"], told["success"], len(told["errors"]), stored(book)) == (False, False, 1, 1)
    assert told["errors"][0]["type"] == "epcisException:ValidationException" and jobs.open_jobs(book) == []


def test_errors_without_the_name_of_the_event(book: Connection, line: Line) -> None:
    event = line.pack(line.epcs("c")[0], line.epcs("b"))
    job = jobs.accept(book, [event], "rollback")
    jobs.work(book, job, Mode(name_events=False))
    assert "instance" not in jobs.told(book, job)["errors"][0]


def test_a_bug_of_the_server_ends_the_job_and_says_so(
        book: Connection, line: Line, capsys: pytest.CaptureFixture[str]) -> None:
    job = jobs.accept(book, [line.commission(line.epcs("b"))], "rollback")
    book.execute("DROP TABLE link")
    jobs.work(book, job, Mode())
    told = jobs.told(book, job)
    assert told["errors"][0]["type"] == "epcisException:ImplementationException" and not told["running"]
    assert "no such table: link" in capsys.readouterr().err


def test_peers_are_names_of_one_object_and_move_nothing(book: Connection, line: Line) -> None:
    bottle, other, box, inner, inside = (line.epcs("x")[0] for _ in range(5))
    assert "no code can be tied" in why(send(book, line.tie(bottle, [inner])))
    assert not send(book, line.commission([bottle, other, box]), line.tie(bottle, [inner, inside]),
                    line.pack(box, [bottle])).problems
    state = objects.state(book, bottle)
    assert state and state["parent"] == box and (objects.state(book, inner) or {})["parent"] == ""
    assert "is tied to" in why(send(book, line.tie(other, [inner])))
    assert "an object of its own" in why(send(book, line.tie(bottle, [other])))
    assert "is commissioned already" in why(send(book, line.commission([bottle])))


def test_what_one_house_did_earlier_is_told_after_what_the_other_did_later(book: Connection, line: Line) -> None:
    bottles, other = line.epcs("b"), {"ocs:station": "OTHER", "ocs:epoch": 1, "ocs:seq": 1}
    sent = line.observe("shipping", "in_transit", bottles, eventTime="2026-05-02T08:00:00.000Z")
    came = line.observe("receiving", "in_progress", bottles, eventTime="2026-05-02T09:00:00.000Z", **other)
    send(book, line.commission(bottles, eventTime="2026-05-01T08:00:00.000Z"))
    assert send(book, came, sent).problems == []
    state = objects.state(book, bottles[0])
    assert (state["disposition"], state["lastEvent"]["bizStep"]) == ("in_progress", "receiving")
