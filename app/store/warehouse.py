"""The warehouse's tables, and each change of domain/warehouse/changes.py as rows of them. The caller holds the
transaction. What is asked of them stands beside each part: documents here, the others in modules of their own.
"""
from __future__ import annotations

from dataclasses import replace

import msgspec

from app.domain.decision import Change
from app.domain.warehouse.changes import Corrected, DocumentMade, DocumentsJoined, Revived, Settled, TakenOn
from app.domain.warehouse.documents import Document
from app.store import bindings, checks, counts, picks
from app.store.bindings import SCHEMA as BINDINGS
from app.store.checks import SCHEMA as CHECKS
from app.store.counts import SCHEMA as COUNTS
from app.store.database import Connection
from app.store.picks import SCHEMA as PICKS

# Where a document is in its life at this station. What the feed cancels is cancelled, unless it was closed here before.
NOW = """CASE WHEN document.state = 'cancelled' AND coalesce(document_state.state, 'open') IN ('open', 'paused')
    THEN 'cancelled' ELSE coalesce(document_state.state, document.state) END"""
STOOD = """
-- where an object stood before a scan of a document moved it: what a correction takes back (deeds.py)
CREATE TABLE stood(entry INTEGER NOT NULL, epc TEXT NOT NULL, status TEXT NOT NULL, location TEXT NOT NULL,
    partner TEXT NOT NULL, parent TEXT NOT NULL, bound TEXT NOT NULL, PRIMARY KEY(entry, epc)) WITHOUT ROWID;
"""
SCHEMA = """
CREATE TABLE announced(document TEXT NOT NULL, part TEXT NOT NULL, epc TEXT NOT NULL, level TEXT NOT NULL,
    product TEXT NOT NULL, lot TEXT NOT NULL, expiry TEXT NOT NULL, parent TEXT NOT NULL, place INTEGER NOT NULL,
    PRIMARY KEY(document, part, epc)) WITHOUT ROWID;
CREATE INDEX announced_epc ON announced(epc, document);
CREATE TABLE announcement(id TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;   -- parts that came by themselves
CREATE INDEX announcement_document ON announcement(document);
INSERT INTO announced SELECT paper.document, '', json_extract(value, '$.epc'), json_extract(value, '$.level'),
    coalesce(json_extract(value, '$.product'), ''), coalesce(json_extract(value, '$.lot'), ''),
    coalesce(json_extract(value, '$.expiry'), ''), coalesce(json_extract(value, '$.parent'), ''), key
    FROM (SELECT id AS document, body FROM document) AS paper, json_each(CAST(paper.body AS TEXT), '$.announced');
CREATE TABLE location(id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
-- for lists, so that no body need be read: its partner, how many units it wants, whether it was made or changed here
ALTER TABLE document ADD COLUMN partner TEXT NOT NULL DEFAULT '';
ALTER TABLE document ADD COLUMN wanted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE document ADD COLUMN made INTEGER NOT NULL DEFAULT 0;
UPDATE document SET partner=coalesce(json_extract(CAST(body AS TEXT), '$.partner'), ''),
    wanted=(SELECT coalesce(sum(json_extract(value, '$.quantity')), 0)
            FROM json_each(CAST(document.body AS TEXT), '$.lines')),
    body=CAST(json_set(CAST(body AS TEXT), '$.announced', json('[]')) AS BLOB);
CREATE TABLE quota(document TEXT NOT NULL, station TEXT NOT NULL, line INTEGER NOT NULL, quantity INTEGER NOT NULL,
    PRIMARY KEY(document, station, line)) WITHOUT ROWID;
CREATE TABLE event_document(document TEXT NOT NULL, event INTEGER NOT NULL, PRIMARY KEY(document, event)) WITHOUT ROWID;
CREATE INDEX event_document_event ON event_document(event);
INSERT INTO event_document SELECT json_extract(value, '$[1]'), event.id FROM event, json_each(event.body, '$.act.extra')
    WHERE json_extract(value, '$[0]') = 'document';
CREATE INDEX document_list ON document(kind, state, partner, wanted, made);
CREATE TABLE provisional(epc TEXT PRIMARY KEY, document TEXT NOT NULL, answer TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX provisional_open ON provisional(epc) WHERE answer = '';
""" + BINDINGS + STOOD + COUNTS + CHECKS + PICKS


def apply(connection: Connection, change: Change) -> None:
    """Writes one change of WarehouseChange."""
    run = connection.execute
    match change:
        case DocumentMade(document):
            keep_document(connection, document, made=True)
        case DocumentsJoined(documents):
            connection.executemany(
                "INSERT INTO session(key, value) VALUES (?,?) ON CONFLICT DO UPDATE SET value=excluded.value",
                (("joined", msgspec.json.encode(documents).decode()), ("document", documents[0])))
        case TakenOn(epcs, document):
            connection.executemany("INSERT OR IGNORE INTO provisional(epc, document, answer) VALUES (?,?,'')",
                                   ((epc, document) for epc in epcs))
            connection.executemany("UPDATE object SET implied=1 WHERE epc=?", ((epc,) for epc in epcs))
        case Settled(epc, answer):
            run("UPDATE provisional SET answer=? WHERE epc=?", (answer, epc))
        case Corrected():
            pass                 # the event's declaration says it: a row of `event` beside the event's own
        case Revived(epcs):
            connection.executemany("UPDATE object SET status='in_progress', fate='' WHERE epc=?",
                                   ((epc,) for epc in epcs))
            connection.executemany("DELETE FROM ended WHERE epc=?", ((epc,) for epc in epcs))
        case _ if not any(part.apply(connection, change) for part in (bindings, counts, checks, picks)):
            raise AssertionError(f"no table for {type(change).__name__}")


def keep_document(connection: Connection, document: Document, *, made: bool = False) -> None:
    """The document's row, without the objects that it announces. `made`: it was made or changed at this station."""
    connection.execute(
        "INSERT OR REPLACE INTO document(id, kind, state, partner, wanted, made, body) VALUES (?,?,?,?,?,?,?)",
        (document.id, document.kind, document.state, document.partner, sum(line.quantity for line in document.lines),
         int(made), msgspec.json.encode(replace(document, announced=()))))
    connection.execute("DELETE FROM quota WHERE document=?", (document.id,))
    connection.executemany("INSERT INTO quota(document, station, line, quantity) VALUES (?,?,?,?)",
                           ((document.id, each.station, each.line, each.quantity) for each in document.quotas))
