"""What was picked for a document: how much, and whether an object is part of it. Reads only."""
from __future__ import annotations

from collections.abc import Iterable

from app.domain.facts import END_OF_LIFE, ON_THE_WAY
from app.store import objects
from app.store.database import Connection

GONE = ",".join(f"'{status}'" for status in sorted(ON_THE_WAY | END_OF_LIFE))


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
                objects.DOWNWARDS + "SELECT object.epc FROM object JOIN inside USING(id) JOIN picked"
                " ON picked.document=? AND picked.epc = object.epc LIMIT 1", (epc, document)).fetchone()
            hit = row[0] if row else ""
        if hit:
            found[epc] = hit
    return found


def promised(connection: Connection, documents: Iterable[str], epcs: Iterable[str]) -> dict[str, str]:
    """EPC → another document than these that is worked on and that the object, what it is in or something that it
    holds waits for."""
    mine = set(documents)
    others = [row[0] for row in connection.execute(
        "WITH RECURSIVE one(id) AS (SELECT min(document) FROM picked UNION ALL SELECT (SELECT min(document) FROM picked"
        " WHERE document > one.id) FROM one WHERE one.id IS NOT NULL)"          # each document once, by the key
        " SELECT id FROM one CROSS JOIN document USING(id) LEFT JOIN document_state ON document_state.document = id"
        " WHERE coalesce(document_state.state, document.state) IN ('open', 'paused')") if row[0] not in mine]
    found: dict[str, str] = {}
    for other in others:
        for epc, hit in picked_for(connection, other, epcs).items():
            if connection.execute(
                    "SELECT 1 FROM picked WHERE document=?1 AND epc=?2 AND NOT EXISTS ("
                    " SELECT 1 FROM document_object AS done WHERE done.document=?1 AND done.epc=?2)",
                    (other, hit)).fetchone():
                found.setdefault(epc, other)
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
