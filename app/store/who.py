"""People as readers see them: the name with the id. What machines read keeps the id, and events never have a name.

The names are the catalogue's of now: somebody who is on no list any more is told by the id alone.
"""
from __future__ import annotations

from collections.abc import Callable

from app.domain.people import told
from app.store.database import Connection


def names(connection: Connection) -> dict[str, str]:
    """Names by id of everybody who is on the list."""
    return dict(connection.execute("SELECT id, json_extract(CAST(body AS TEXT), '$.name') FROM person"))


def named(connection: Connection) -> Callable[[str], str]:
    """What tells somebody by id, "" for nobody."""
    known = names(connection)
    return lambda id: told(known.get(id) or "", id)
