"""An order held against its list of codes: what the tables cannot tell alone, and what the screen shows of it."""
from __future__ import annotations

from pathlib import Path

import pytest

from app.store import reconcile
from app.store.database import transaction
from app.store.reader import Reader
from app.store.store import Store
from app.views import ReconcileRow
from tests.blackbox.goods import epc
from tests.blackbox.shift import Shift


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    made = Shift(tmp_path)
    with transaction(made.store.connection):
        made.store.connection.executemany("INSERT INTO order_code VALUES ('FLAT1', ?, 'bottle')",
                                          [(epc(f"m{n}"),) for n in range(1, 251)])
    made.play("""
        badge wang
        do ORDER:FLAT1
        frame m1 m2 m3 m300 c1
        do REMOVE:DAMAGE
        scan m1
    """)
    return made


def told(store: Store, limit: int = 200, archived=reconcile.nobody) -> reconcile.Told:
    plan = store.catalogue.plan("FLAT", 1)
    assert plan
    return reconcile.told(store.connection, "FLAT1", plan, limit, archived)


def test_all_are_counted_and_the_first_are_named(shift: Shift) -> None:
    found = told(shift.store, 10)
    count = found.counts.levels[0]
    assert (count.issued, count.packed, count.difference, count.missing, count.strange) == (250, 3, 247, 248, 1)
    assert len(found.codes) == 10 and found.codes[0] == ("bottle", epc("m1"), "removed")
    assert told(shift.store, 0).codes == () and told(shift.store, 0).counts == found.counts
    assert len(told(shift.store, 1000).codes) == found.counts.apart == 249
    assert told(shift.store, 1000).codes[-1] == ("bottle", epc("m300"), "not_issued")
    shift.end()


def test_what_left_long_ago_is_not_missing(shift: Shift) -> None:
    gone = {epc("m4"), epc("m5")}
    with transaction(shift.store.connection):                # their rows are gone, the sums are not
        shift.store.connection.execute("UPDATE work SET children=children+2 WHERE work_order='FLAT1'")
    found = told(shift.store, 1000, lambda epcs: gone.intersection(epcs))
    count = found.counts.levels[0]
    assert (count.packed, count.missing, count.strange) == (5, 246, 1)
    assert gone.isdisjoint(each for _, each, _ in found.codes)
    shift.store.close()


def test_the_screen_sees_the_sums_and_the_first_two_hundred(shift: Shift) -> None:
    reader = Reader(shift.home / "station.db", lambda: "en")
    view = reader.reconcile("FLAT1")
    assert (view.order, view.state, view.product, view.lot) == ("FLAT1", "started", "MILK", "L1")
    assert view.levels == (ReconcileRow("bottle", 250, 3, 0, 0, 0, 0, 247), ReconcileRow("case", 1, 1, 0, 0, 0, 0, 0))
    assert (len(view.codes), view.total) == (200, 249)
    assert reader.reconcile("WO99").levels == ()
    shift.play("do FINISH")
    assert reader.reconcile("FLAT1").state == "finished"
    assert "FLAT1" in [each.id for each in reader.orders()]
    shift.put(("person", "chen", {"name": "陈", "role": "supervisor"}))
    with transaction(shift.store.connection):
        shift.store.connection.execute("DELETE FROM order_code")
        shift.store.connection.execute("DELETE FROM loose")
    shift.play("do CLOSE-ORDER -> complete order_reconciled")
    assert reader.reconcile("FLAT1").state == "closed"
    assert "FLAT1" not in [each.id for each in reader.orders()], "what is closed here is not offered any more"
    reader.close()
    shift.store.close()
