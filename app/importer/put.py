"""Gathered records into the catalogue, each kind with what it keeps or takes from what is known already."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from app.domain import people
from app.importer.faults import BadCell
from app.importer.gather import Gathered, Table
from app.store.catalogue import Catalogue
from app.store.records import BadRecord

Hash = Callable[[str], str]          # of a PIN


def put(catalogue: Catalogue, table: Table, record: Gathered) -> None:
    """Takes one record in, or tells all that is wrong with its rows."""
    try:
        data = _ADD.get(table.kind.name, _as_it_is)(catalogue, record.data)
        kind = "document" if table.kind.name == "announced" else table.kind.name
        catalogue.put(kind, record.id, data, strict_keys=True)
    except BadCell as error:
        table.fault(record.row, table.headings[0], error)
    except BadRecord as error:
        bad = {_place(record, each): each for each in (error, *error.more)}
        for place, each in bad.items():
            row = record.rows[place] if place >= 0 else record.row
            got = "" if each.got in ("{}", "[]") else each.got
            heading = table.heading(each)
            if not table.told(row, heading):           # a cell that could not be read is not missing too
                table.fault(row, heading, BadCell(each.expected, got, **each.data))
        if -1 not in bad and table.kind.members != "levels":
            _without(record, table.kind.members, set(bad))
            if record.rows and record.data[table.kind.members]:
                put(catalogue, table, record)      # only to hear about the other rows: the file is refused already


def _place(record: Gathered, error: BadRecord) -> int:
    """Which of the record's rows is meant; -1 for its first. A quota stands in its line's row."""
    if not error.key.startswith("quotas.") or error.place < 0:
        return error.place if error.place < len(record.rows) else -1
    line = record.data["quotas"][error.place]["line"]
    return next((at for at, each in enumerate(record.data["lines"]) if each["line"] == line), -1)


def _without(record: Gathered, members: str, bad: set[int]) -> None:
    """Takes the bad rows out, and what would be wrong only because of that."""
    rows: list[dict[str, Any]] = record.data[members]
    gone = {each.get("epc") for place, each in enumerate(rows) if place in bad}
    left = [pair for place, pair in enumerate(zip(record.rows, rows, strict=True)) if place not in bad]
    lines = {each.get("line") for _, each in left}
    if "quotas" in record.data:
        record.data["quotas"] = [each for each in record.data["quotas"] if each["line"] in lines]
    held = {each.get("parent") for _, each in left}
    emptied = {each.get("parent") for each in rows} - held
    for _, each in left:
        if each.get("parent") in gone:
            each.pop("parent", None)
    left = [(number, each) for number, each in left if members == "lines" or each.get("epc") not in emptied]
    record.rows[:], record.data[members] = [number for number, _ in left], [each for _, each in left]


def _as_it_is(catalogue: Catalogue, data: dict[str, Any]) -> dict[str, Any]:
    return data


def _product(catalogue: Catalogue, data: dict[str, Any]) -> dict[str, Any]:
    known = catalogue.product(data["id"])
    return {"name": {}, "gtins": {}, **data, "rules": msgspec.to_builtins(known.rules) if known else []}


def _named(catalogue: Catalogue, data: dict[str, Any]) -> dict[str, Any]:
    return {"name": {}, **data}


def _order(catalogue: Catalogue, data: dict[str, Any]) -> dict[str, Any]:
    """The product's plan where none is named, and its newest version."""
    product = catalogue.product(data["product"])
    if product is None:
        raise BadRecord("product", "product_known", data["product"])
    plan = catalogue.plan(data.get("plan", product.plan))
    if plan is None:
        raise BadRecord("plan", "plan_known", data.get("plan", product.plan))
    return {"plan": plan.id, "plan_version": plan.version, **data}


def _document(catalogue: Catalogue, data: dict[str, Any]) -> dict[str, Any]:
    known = catalogue.document(data["id"])
    return {**data, "announced": msgspec.to_builtins(catalogue.announced(data["id"])) if known else []}


def _announced(catalogue: Catalogue, data: dict[str, Any]) -> dict[str, Any]:
    known = catalogue.document(data["id"])
    if known is None:
        raise BadCell("document_known", data["id"])
    return {**msgspec.to_builtins(known), **data}


def _rule(catalogue: Catalogue, data: dict[str, Any]) -> dict[str, Any]:
    if data.get("product") and catalogue.product(data["product"]) is None:
        raise BadRecord("product", "product_known", data["product"])
    return data


_ADD: dict[str, Callable[[Catalogue, dict[str, Any]], dict[str, Any]]] = {
    "product": _product, "partner": _named, "location": _named, "order": _order, "document": _document,
    "announced": _announced, "rule": _rule,
}


def hash_secrets(catalogue: Catalogue, table: Table, records: Sequence[Gathered], hash_pin: Hash,
                 progress: Callable[[int], None]) -> None:
    """Badges and PINs as hashes; one that is left out stays as it is. Tells weak PINs and badges that are taken."""
    everybody = catalogue.people()
    known = {each.id: each for each in everybody}
    owners: dict[str, str] = {}
    for count, record in enumerate(records):
        progress(count)
        before = known.get(record.id)
        pin, badge = record.data.pop("pin", ""), record.data.pop("badge", "").removeprefix("%ST:BADGE:")
        weak = people.weak_pin(pin) if pin else ""
        owner = next(iter(people.owners((each for each in everybody if each.id != record.id), badge)), None)
        if weak:
            _refuse(table, record, "pin", f"pin_{weak}")
        elif badge and (owner or owners.setdefault(badge, record.id) != record.id):
            _refuse(table, record, "badge", "badge_free")
        else:
            record.data["pin"] = hash_pin(pin) if pin else before.pin if before else ""
            record.data["badge"] = people.badge_hash(record.id, badge) if badge else before.badge if before else ""


def _refuse(table: Table, record: Gathered, key: str, expected: str) -> None:
    table.fault(record.row, next(each for each in table.headings if each.key == key), BadCell(expected, "…"))
    record.whole = False
