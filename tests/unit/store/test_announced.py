"""A long list of announced objects comes in without being kept several times over."""
from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

from app.domain.warehouse.documents import Announced
from app.importer import Importer
from app.store import announced
from app.store.database import transaction
from tests.blackbox.goods import epc
from tests.blackbox.shift import Shift

CASES, INSIDE = 150, 24
ABOUT = {"product": "MILK", "lot": "L1", "expiry": "2028-05-28"}


def coming() -> list[dict[str, Any]]:
    return [each for case in range(CASES) for each in (
        {"epc": epc(f"c{70_000 + case}"), "level": "case", **ABOUT},
        *({"epc": epc(f"m{700_000 + case * INSIDE + place}"), "level": "bottle", **ABOUT,
           "parent": epc(f"c{70_000 + case}")} for place in range(INSIDE)))]


def test_putting_a_list_in_takes_little_beside_the_list(tmp_path: Path) -> None:
    """Bytes of Python's own a listed object, at the peak: the list is walked, and never copied as rows."""
    shift = Shift(tmp_path)
    listed = tuple(Announced(**each) for each in coming())
    plan = shift.store.catalogue.plan("P")
    with transaction(shift.store.connection):
        tracemalloc.start()
        announced.put(shift.store.connection, "IN1", listed, lambda product: plan, "part")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak / len(listed) < 180, f"{peak / len(listed):.0f} bytes an object"
    assert {row[0] for row in shift.store.connection.execute("SELECT status FROM object")} == {"announced"}
    shift.store.close()


def test_a_table_keeps_once_what_its_columns_repeat(tmp_path: Path) -> None:
    shift = Shift(tmp_path)
    file = tmp_path / "coming.csv"
    rows = [",".join(("IN1", each["epc"], each["level"], *ABOUT.values(), each.get("parent", ""))) for each in coming()]
    file.write_text("document,epc,level,product,lot,expiry,parent\n" + "\n".join(rows) + "\n", "utf-8")
    tracemalloc.start()
    taken = Importer(shift.store.connection, hash_pin=lambda pin: pin).take([file])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken[0].good and taken[0].rows == {"announced": len(rows)}
    assert peak / len(rows) < 850, f"{peak / len(rows):.0f} bytes a row"
    shift.store.close()
