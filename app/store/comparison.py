"""The state of two databases beside each other: where every object is, what is open, what is done, who is at work.

Row numbers are left out, and so are objects that were announced and never seen: only the catalogue knows those.
"""
from __future__ import annotations

from collections.abc import Iterator

from app.store.database import Connection

# {db} is the schema. Place and status count for outermost objects only: what is inside goes with them.
STATE: dict[str, str] = {
    "object": """
        SELECT here.epc, here.level, here.product, here.lot, here.expiry, here.work_order, here.complete, here.implied,
            coalesce(above.epc, ''),
            CASE WHEN above.id IS NULL THEN here.status || ' ' || here.location || ' ' || here.partner ELSE '' END
        FROM {db}.object AS here LEFT JOIN {db}.object AS above ON above.id = here.parent
        WHERE here.id NOT IN (WITH RECURSIVE coming(id) AS (
            SELECT id FROM {db}.object WHERE parent IS NULL AND status = 'announced'
            UNION ALL SELECT object.id FROM {db}.object JOIN coming ON object.parent = coming.id)
            SELECT id FROM coming)""",
    "container": "SELECT number, work_order, level, target, label, reason, labelled FROM {db}.container",
    "collected": """
        SELECT container, dense_rank() OVER (PARTITION BY container ORDER BY scan), epc, act FROM {db}.collected""",
    "work": "SELECT work_order, level, closed, children FROM {db}.work",
    "document_object": "SELECT document, epc, line, quantity FROM {db}.document_object",
    "document_state": "SELECT document, state, reason FROM {db}.document_state",
    "session": "SELECT key, value FROM {db}.session",
    "meta": "SELECT key, value FROM {db}.meta WHERE key = 'container'",
    "event_object": """
        SELECT object.epc, event.event_id FROM {db}.event_object JOIN {db}.object ON object.id = event_object.object
        JOIN {db}.event ON event.id = event_object.event""",
}


def differences(connection: Connection) -> Iterator[tuple[str, str]]:
    """(table, row) of each row of the state that only one of the databases `main` and `anew` of a connection has."""
    for table, query in STATE.items():
        mine, theirs = query.format(db="main"), query.format(db="anew")
        for one, two in ((mine, theirs), (theirs, mine)):
            for row in connection.execute(f"SELECT * FROM ({one}) EXCEPT SELECT * FROM ({two})"):
                yield table, " ".join(str(value) for value in row)
