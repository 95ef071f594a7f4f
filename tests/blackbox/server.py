"""What the training server makes of a shift: every event is taken in its strictest mode, and the goods are the same."""
from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from app.central import jobs, master, objects
from app.central.database import open_writer
from app.central.modes import Mode
from app.domain.epcis import event_json
from tests.blackbox.goods import MASTER, name_of
from tests.blackbox.shift import Shift

ENDED = ("destroyed", "inactive")
TOLD = ("in_transit", "returned", "recalled", *ENDED)      # statuses that an event's disposition says in the same word
ANNOUNCED = [each for _, _, data in MASTER for each in data.get("announced", ())]
FOUND = ("non_sellable_other", "conformant", "non_conformant")     # what an inspection says, wherever the goods are


def same_goods(shift: Shift, folder: Path, announced: Iterable[dict[str, Any]] = ANNOUNCED) -> dict[str, Any]:
    """Sends all events one after another, then compares life, parent and whereabouts of each object that they name.

    Gives what the server thinks of each, by short name. `announced` is what the server was told of besides.
    """
    with closing(open_writer(folder)) as book:
        master.make_feed(book)
        objects.announce(book, announced)
        for event in shift.events():
            outcome = jobs.capture(book, [event_json(event)], "rollback", Mode(strict=True))
            assert outcome.problems == [], (event, outcome.problems)
        found = {}
        named = {epc for event in shift.events() for epc in (*event.act.epcs, event.act.parent) if epc}
        for epc in sorted(named):
            told = objects.state(book, epc)
            row = shift.store.connection.execute(
                "SELECT status, coalesce((SELECT epc FROM object AS above WHERE above.id = object.parent), '')"
                " FROM object WHERE epc=?", (epc,)).fetchone()
            if row is None or told is None:
                assert told is None or row is None and told["origin"] == "none", (name_of(epc), told, row)
                continue
            status, parent = row
            assert (told["parent"], told["alive"]) == (parent, status not in ENDED), (name_of(epc), told, row)
            left = told["lastEvent"] and told["lastEvent"]["bizStep"] == "shipping"
            said = "in_transit" if left else told["disposition"]      # what goes back leaves as "returned"
            if not parent and said not in FOUND and (status in TOLD or said in TOLD):
                assert said == status or (said, status) == ("in_transit", "announced"), (name_of(epc), told, row)
            found[name_of(epc)] = told
        return found
