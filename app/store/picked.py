"""What was picked for a document: how much, and whether an object is part of it. Reads only."""
from __future__ import annotations

from collections.abc import Iterable

import msgspec

from app.domain.facts import END_OF_LIFE, ON_THE_WAY
from app.store import objects
from app.store.database import Connection

GONE = ",".join(f"'{status}'" for status in sorted(ON_THE_WAY | END_OF_LIFE))

# From the object to what was picked of its family: a year's documents are not walked at each scan.
_PROMISED = """
WITH RECURSIVE up(epc, parent) AS (
        SELECT epc, parent FROM object WHERE epc = ?1
        UNION ALL SELECT object.epc, object.parent FROM up CROSS JOIN object ON object.id = up.parent),
    inside(id, epc) AS (
        SELECT id, epc FROM object WHERE epc = ?1
        UNION ALL SELECT object.id, object.epc FROM inside CROSS JOIN object ON object.parent = inside.id),
    family(epc) AS (SELECT epc FROM up UNION SELECT epc FROM inside)
SELECT picked.document FROM family CROSS JOIN picked ON picked.epc = family.epc
    CROSS JOIN document ON document.id = picked.document
    LEFT JOIN document_state ON document_state.document = picked.document
WHERE picked.document NOT IN (SELECT value FROM json_each(?2))
    AND coalesce(document_state.state, document.state) IN ('open', 'paused')
    AND NOT EXISTS (SELECT 1 FROM document_object AS done
        WHERE done.document = picked.document AND done.epc = picked.epc)
LIMIT 1"""


def waiting(connection: Connection, document: str) -> dict[int, int]:
    """Units by line that are picked for a document and not on it yet; what left by another way waits no more."""
    return dict(connection.execute(
        "SELECT line, sum(units) FROM picked CROSS JOIN object USING(epc) WHERE document=?1 AND NOT EXISTS ("
        " SELECT 1 FROM document_object AS done WHERE done.document=?1 AND done.epc = picked.epc)"
        f" AND object.status NOT IN ({GONE}) GROUP BY line", (document,)))


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
                objects.DOWNWARDS + "SELECT object.epc FROM inside CROSS JOIN object USING(id) CROSS JOIN picked"
                " ON picked.document=? AND picked.epc = object.epc LIMIT 1", (epc, document)).fetchone()
            hit = row[0] if row else ""
        if hit:
            found[epc] = hit
    return found


def promised(connection: Connection, documents: Iterable[str], epcs: Iterable[str]) -> dict[str, str]:
    """EPC → another document than these that is worked on and that the object, what it is in or something that it
    holds waits for."""
    if connection.execute("SELECT 1 FROM picked LIMIT 1").fetchone() is None:
        return {}
    mine, found = msgspec.json.encode(tuple(documents)).decode(), {}
    for epc in epcs:
        row = connection.execute(_PROMISED, (epc, mine)).fetchone()
        if row:
            found[epc] = row[0]
    return found


def elsewhere(connection: Connection, document: str, epc: str) -> dict[str, str]:
    """EPC → another document that is still worked on and that this object, or what it is in, waits for."""
    above = [row[1] for row in connection.execute(objects.UPWARDS, (epc,))] or [epc]
    for each in above:
        row = connection.execute(
            "SELECT picked.document FROM picked CROSS JOIN document ON document.id = picked.document"
            " LEFT JOIN document_state ON document_state.document = picked.document"
            f" CROSS JOIN object ON object.epc = picked.epc AND object.status NOT IN ({GONE})"
            " WHERE picked.epc = ? AND picked.document <> ? AND coalesce(document_state.state, document.state)"
            " IN ('open', 'paused') LIMIT 1", (each, document)).fetchone()
        if row:
            return {epc: row[0]}
    return {}
