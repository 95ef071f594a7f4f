"""The tables, step by step (sqlite-utils Migrations). A released step is never edited.

Journal side: entry, event. Sending side: outbox, batch, quarantine. State: object, container, collected, document
progress, session. Catalogue: one table a kind of master data, key columns beside the record as JSON.
"""
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.store.database import Connection, StoreRefused, sqlite3
from app.store.left import SCHEMA as LEFT
from app.store.paired import PAIRS
from app.store.stock import SCHEMA as STOCK
from app.store.tally import SCHEMA as TALLY
from app.store.warehouse import SCHEMA as WAREHOUSE

if TYPE_CHECKING:
    from sqlite_utils import Database

FIRST = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- one row for each message the station judged, good or bad: the raw bytes are always kept
CREATE TABLE entry(
    seq INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL, operator TEXT NOT NULL,
    raw BLOB, aim TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, data BLOB NOT NULL);
CREATE TABLE event(
    id INTEGER PRIMARY KEY, entry INTEGER NOT NULL REFERENCES entry(seq), event_id TEXT NOT NULL UNIQUE,
    schema_v INTEGER NOT NULL, biz_step TEXT NOT NULL, at TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE event_object(object INTEGER NOT NULL, event INTEGER NOT NULL, PRIMARY KEY(object, event)) WITHOUT ROWID;
CREATE TRIGGER entry_kept BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER event_kept BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TABLE outbox(
    event INTEGER PRIMARY KEY REFERENCES event(id), state TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
    batch INTEGER REFERENCES batch(id), done_at TEXT);
CREATE INDEX outbox_open ON outbox(state, event) WHERE state <> 'done';
CREATE TABLE batch(
    id INTEGER PRIMARY KEY AUTOINCREMENT, sent_at TEXT NOT NULL, job_url TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, done_at TEXT);   -- events first … last
CREATE TABLE quarantine(
    event INTEGER PRIMARY KEY REFERENCES event(id), at TEXT NOT NULL, reason TEXT NOT NULL, problem TEXT NOT NULL,
    resolved_at TEXT, resolved_by TEXT, resolution TEXT);

-- where each object is now. Only outermost objects carry a place of their own; what is inside goes with them
CREATE TABLE object(
    id INTEGER PRIMARY KEY, epc TEXT NOT NULL UNIQUE, level TEXT NOT NULL, product TEXT NOT NULL, lot TEXT NOT NULL,
    expiry TEXT NOT NULL, work_order TEXT NOT NULL, status TEXT NOT NULL, location TEXT NOT NULL, partner TEXT NOT NULL,
    parent INTEGER REFERENCES object(id), complete INTEGER NOT NULL DEFAULT 1,
    implied INTEGER NOT NULL DEFAULT 0);   -- implied: full by its plan though what it holds was never listed
CREATE INDEX object_parent ON object(parent) WHERE parent IS NOT NULL;

CREATE TABLE container(
    number INTEGER PRIMARY KEY, work_order TEXT NOT NULL, level TEXT NOT NULL, target INTEGER NOT NULL,
    label TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '', labelled INTEGER NOT NULL DEFAULT 0);
CREATE TABLE collected(
    container INTEGER NOT NULL REFERENCES container(number), scan INTEGER NOT NULL, place INTEGER NOT NULL,
    epc TEXT NOT NULL UNIQUE, act INTEGER NOT NULL, PRIMARY KEY(container, scan, place)) WITHOUT ROWID;
CREATE TABLE work(work_order TEXT NOT NULL, level TEXT NOT NULL, closed INTEGER NOT NULL,
    children INTEGER NOT NULL, PRIMARY KEY(work_order, level)) WITHOUT ROWID;   -- containers closed, what they hold
CREATE TABLE document_object(
    id INTEGER PRIMARY KEY, document TEXT NOT NULL, epc TEXT NOT NULL, line INTEGER NOT NULL, quantity INTEGER NOT NULL,
    UNIQUE(document, epc, line));
CREATE INDEX document_done ON document_object(document, line, quantity);
CREATE TABLE document_state(document TEXT PRIMARY KEY, state TEXT NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE session(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE product(id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE gtin(gtin TEXT PRIMARY KEY, product TEXT NOT NULL, level TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX gtin_product ON gtin(product);
CREATE TABLE plan(id TEXT NOT NULL, version INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY(id, version)) WITHOUT ROWID;
CREATE TABLE partner(id TEXT PRIMARY KEY, gln TEXT NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE work_order(id TEXT PRIMARY KEY, product TEXT NOT NULL, state TEXT NOT NULL,
    body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE document(id TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE hold(id TEXT PRIMARY KEY, epc TEXT NOT NULL, product TEXT NOT NULL, lot TEXT NOT NULL,
    active INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE person(id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE rule(id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE issued(code BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE feed(id TEXT PRIMARY KEY, name TEXT NOT NULL, cursor INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE aside(kind TEXT NOT NULL, id TEXT NOT NULL, at TEXT NOT NULL, problem TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY(kind, id)) WITHOUT ROWID;      -- records of the feed that were not taken, and why
CREATE TABLE pin_try(person TEXT PRIMARY KEY, failures INTEGER NOT NULL, last_at TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE device(name TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, detail TEXT NOT NULL,
    at TEXT NOT NULL) WITHOUT ROWID;
"""

LINE = """
ALTER TABLE entry ADD COLUMN work_order TEXT NOT NULL DEFAULT '';
ALTER TABLE entry ADD COLUMN shift TEXT NOT NULL DEFAULT '';
CREATE INDEX entry_work ON entry(work_order, seq) WHERE work_order <> '';
CREATE TABLE cell_count(work_order TEXT NOT NULL, source TEXT NOT NULL, cell INTEGER NOT NULL, hour TEXT NOT NULL,
    read INTEGER NOT NULL, unread INTEGER NOT NULL, PRIMARY KEY(work_order, source, hour, cell)) WITHOUT ROWID;

ALTER TABLE container ADD COLUMN already INTEGER NOT NULL DEFAULT 0;      -- children it holds from before
ALTER TABLE container ADD COLUMN step TEXT NOT NULL DEFAULT 'packing';
ALTER TABLE container ADD COLUMN parked TEXT NOT NULL DEFAULT '';
ALTER TABLE container ADD COLUMN expected TEXT NOT NULL DEFAULT '';       -- EPC of the label printed for it
ALTER TABLE container ADD COLUMN job INTEGER NOT NULL DEFAULT 0;
ALTER TABLE object ADD COLUMN fate TEXT NOT NULL DEFAULT '';              -- how its life ended

CREATE TABLE work_stage(
    work_order TEXT PRIMARY KEY, stage TEXT NOT NULL, reason TEXT NOT NULL, half_level TEXT NOT NULL,
    last_closed TEXT NOT NULL, queue_stopped TEXT NOT NULL, queue_next INTEGER NOT NULL, queue_trigger INTEGER NOT NULL,
    queue_cycle INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE half(work_order TEXT NOT NULL, role TEXT NOT NULL, epc TEXT NOT NULL,
    PRIMARY KEY(work_order, role)) WITHOUT ROWID;
CREATE TABLE queue(work_order TEXT NOT NULL, number INTEGER NOT NULL, epc TEXT NOT NULL, state TEXT NOT NULL,
    reason TEXT NOT NULL, trigger_number INTEGER NOT NULL, doubtful INTEGER NOT NULL,
    PRIMARY KEY(work_order, number)) WITHOUT ROWID;
CREATE INDEX queue_epc ON queue(epc) WHERE epc <> '';
CREATE TABLE print_job(job INTEGER PRIMARY KEY, epc TEXT NOT NULL, level TEXT NOT NULL, container INTEGER NOT NULL,
    reason TEXT NOT NULL, contents TEXT NOT NULL, state TEXT NOT NULL);    -- ordered, printed, failed, confirmed, void
CREATE INDEX print_number ON print_job(epc);
CREATE INDEX print_open ON print_job(epc, job) WHERE state IN ('ordered', 'printed', 'failed');
CREATE TABLE held_back(epc TEXT PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID;
-- for the arithmetic of an order: what is in nothing, what ended, what went back, what it was given
CREATE TABLE loose(
    epc TEXT PRIMARY KEY, work_order TEXT NOT NULL, level TEXT NOT NULL, why TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX loose_work ON loose(work_order, level);
CREATE TABLE ended(epc TEXT PRIMARY KEY, work_order TEXT NOT NULL, level TEXT NOT NULL, fate TEXT NOT NULL,
    reason TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX ended_work ON ended(work_order, level, fate);
UPDATE session SET value='{}' WHERE key='armed';
CREATE TABLE order_code(work_order TEXT NOT NULL, epc TEXT NOT NULL, level TEXT NOT NULL,
    PRIMARY KEY(work_order, level, epc)) WITHOUT ROWID;
"""

# Released steps in order; what each does is a script, so that a fresh and an upgraded database are the same.
STEPS: dict[str, str] = {"first": FIRST, "line": LINE + TALLY, "pairs": PAIRS,      # 0.1.0, 0.2.0 from "line" on
                         "left": LEFT, "warehouse": WAREHOUSE + STOCK}


def migrate(connection: Connection) -> None:
    """Brings the database to this program's version. Raises StoreRefused on one that a newer program has made."""
    applied = _applied(connection)
    later = sorted(applied - STEPS.keys())
    if later:
        raise StoreRefused(f"the database has the later steps {later}, this program knows {list(STEPS)}: install the "
                           "newer program, or restore the backup that was made before the upgrade")
    if applied == STEPS.keys():
        return
    # sqlite-utils takes a quarter of a second to import: only a database that needs it pays for it.
    from sqlite_utils import Database as Tables
    from sqlite_utils import Migrations

    migrations = Migrations("station")
    for name, script in STEPS.items():
        migrations(name=name)(partial(_run, script))
    migrations.apply(Tables(connection))


def _run(script: str, database: Database) -> None:
    for each in _statements(script):
        database.conn.execute(each)


def all_steps() -> list[str]:
    """Names of the steps this program knows, in order."""
    return list(STEPS)


def _applied(connection: Connection) -> set[str]:
    """Names of the steps that are in, as sqlite-utils keeps them."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name='_sqlite_migrations'").fetchone():
        return set()
    return {row[0] for row in connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set='station'")}


def _statements(script: str) -> list[str]:
    """Split on semicolons that end a statement; triggers hold some inside BEGIN … END."""
    found, text = [], ""
    for line in script.splitlines():
        text += line + "\n"
        if sqlite3.complete_statement(text):
            found.append(text)
            text = ""
    return found
