"""What was picked for a document: how much, and whether an object is part of it. Reads only."""
from __future__ import annotations

from collections.abc import Iterable

from app.store import objects
from app.store.database import Connection


def waiting(connection: Connection, document: str) -> dict[int, int]:
    """Units by line that are picked for a document and not on it yet."""
    return dict(connection.execute(
        "SELECT line, sum(units) FROM picked WHERE document=?1 AND NOT EXISTS (SELECT 1 FROM document_object AS done"
        " WHERE done.document=?1 AND done.epc = picked.epc) GROUP BY line", (document,)))


def picked_for(connection: Connection, document: str, epcs: Iterable[str]) -> dict[str, str]:
    """EPC → the EPC that was picked for the document: itself, what it is in, or what it holds."""
    found = {}
    for epc in epcs:
        above = [row[1] for row in connection.execute(objects.UPWARDS, (epc,))] or [epc]
        hit = next((each for each in above if connection.execute(
            "SELECT 1 FROM picked WHERE document=? AND epc=?", (document, each)).fetchone()), "")
        hit = hit or objects.on_document(connection, document, epc)
        if not hit:
            row = connection.execute(
                objects.DOWNWARDS + "SELECT object.epc FROM object JOIN inside USING(id) JOIN picked"
                " ON picked.document=? AND picked.epc = object.epc LIMIT 1", (epc, document)).fetchone()
            hit = row[0] if row else ""
        if hit:
            found[epc] = hit
    return found
