"""The state of two databases beside each other: where every object is, what is open, what is done, who is at work.

Row numbers are left out, and so are objects that were announced and never seen: only the catalogue knows those.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator

from app.store.checks import STATE as CHECKS
from app.store.counts import STATE as COUNTS
from app.store.database import Connection
from app.store.picks import STATE as PICKS

# {db} is the schema. Place and status count for outermost objects only: what is inside goes with them.
STATE: dict[str, str] = {
    "object": """
        SELECT here.epc, here.level, here.product, here.lot, here.expiry, here.work_order, here.complete, here.implied,
            here.fate, coalesce(above.epc, ''),
            CASE WHEN above.id IS NULL THEN here.status || ' ' || here.location || ' ' || here.partner ELSE '' END
        FROM {db}.object AS here LEFT JOIN {db}.object AS above ON above.id = here.parent
        WHERE here.id NOT IN (WITH RECURSIVE coming(id) AS (
            SELECT id FROM {db}.object WHERE parent IS NULL AND status = 'announced'
            UNION ALL SELECT object.id FROM {db}.object JOIN coming ON object.parent = coming.id)
            SELECT id FROM coming)""",
    "container": "SELECT number, work_order, level, target, label, reason, labelled, already, step, parked, expected,"
                 " job FROM {db}.container",
    "collected": """
        SELECT container, dense_rank() OVER (PARTITION BY container ORDER BY scan), epc, act FROM {db}.collected""",
    "work": "SELECT work_order, level, closed, children FROM {db}.work",
    "document_object": "SELECT document, epc, line, quantity FROM {db}.document_object",
    "document_state": "SELECT document, state, reason FROM {db}.document_state",
    "session": "SELECT key, value FROM {db}.session",
    "meta": "SELECT key, value FROM {db}.meta WHERE key IN ('container', 'job')",
    "work_stage": "SELECT work_order, stage, reason, half_level, last_closed, queue_stopped, queue_next, queue_trigger,"
                  " queue_cycle FROM {db}.work_stage",
    "half": "SELECT work_order, role, epc FROM {db}.half",
    "queue": "SELECT work_order, number, epc, state, reason, trigger_number, doubtful FROM {db}.queue",
    "print_job": "SELECT job, epc, level, container, reason, contents, state FROM {db}.print_job",
    "held_back": "SELECT epc, reason FROM {db}.held_back",
    "loose": "SELECT epc, work_order, level, why FROM {db}.loose",
    "ended": "SELECT epc, work_order, level, fate, reason FROM {db}.ended",
    "tally": "SELECT hour, shift, work_order, kind, reason, count FROM {db}.tally",
    "pace": "SELECT slot, work_order, level, closed FROM {db}.pace",
    "refusal": "SELECT reason, seq, count FROM {db}.refusal",
    "unread_cell": "SELECT cell, seq FROM {db}.unread_cell",
    "paired": "SELECT alias, epc, role, source FROM {db}.paired",
    "suspected": "SELECT number, epc, finding, policy, expected, actual, rule, document, partner, evidence, state,"
                 " reason, released_by, approver, released_at FROM {db}.suspected",
    "provisional": "SELECT epc, document, answer FROM {db}.provisional",
    "cell_count": "SELECT work_order, source, cell, hour, read, unread FROM {db}.cell_count",
    # an older program kept none: what a database made anew has of its entries is no difference
    "stood": "SELECT epc, entry, status, location, partner, parent, bound FROM {db}.stood"
             " WHERE entry >= (SELECT coalesce(min(entry), 1 << 62) FROM main.stood)",
    **COUNTS, **CHECKS, **PICKS,
    # an older program did not keep what came out of a container that was taken apart whole, as no event names it
    "event_object": """
        SELECT object.epc, event.event_id FROM {db}.event_object JOIN {db}.object ON object.id = event_object.object
        JOIN {db}.event ON event.id = event_object.event
        WHERE event.biz_step NOT IN ('unpacking', 'repackaging') OR json_array_length(event.body, '$.act.epcs') > 0
            OR json_extract(event.body, '$.act.parent') = object.epc""",
}

ARCHIVED = frozenset({"object", "event_object", "stood"})      # tables whose rows go when their object is archived


def differences(connection: Connection, remembered: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """(table, row) of each row of the state that only one of the databases `main` and `anew` of a connection has.

    What is `remembered` of an object's EPC was archived: only `anew` has its rows.
    """
    for table, query in STATE.items():
        mine, theirs = query.format(db="main"), query.format(db="anew")
        for row in connection.execute(f"SELECT * FROM ({mine}) EXCEPT SELECT * FROM ({theirs})"):
            yield table, " ".join(str(value) for value in row)
        for row in connection.execute(f"SELECT * FROM ({theirs}) EXCEPT SELECT * FROM ({mine})"):
            if not (table in ARCHIVED and remembered(row[0])):
                yield table, " ".join(str(value) for value in row)
