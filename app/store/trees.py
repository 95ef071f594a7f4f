"""What an object is in and what it holds, as a tree for people. Reads only; the connection is the caller's."""
from __future__ import annotations

from app.store import objects
from app.store.database import Connection
from app.views import TreeNode

MOST_CHILDREN = 60       # shown of one container; the rest is a number
DEPTH = 4
HELD = """SELECT reason FROM held_back WHERE epc=? UNION ALL
SELECT json_extract(CAST(body AS TEXT), '$.reason') FROM hold WHERE active=1 AND epc=?"""


def tree(connection: Connection, epc: str, depth: int = DEPTH) -> TreeNode | None:
    """The object with what it holds, at most MOST_CHILDREN of a container; None where it is not known."""
    row = connection.execute("SELECT level, status, id, complete FROM object WHERE epc=?", (epc,)).fetchone()
    if row is None:
        return None
    level, status, number, complete = row
    rows = connection.execute("SELECT epc FROM object WHERE parent=? ORDER BY id LIMIT ?",
                              (number, MOST_CHILDREN + 1)).fetchall() if depth else []
    total = len(rows)
    if total > MOST_CHILDREN:
        total = connection.execute("SELECT count(*) FROM object WHERE parent=?", (number,)).fetchone()[0]
    below = (tree(connection, child, depth - 1) for (child,) in rows[:MOST_CHILDREN])
    shown = tuple(each for each in below if each)
    held = connection.execute(HELD, (epc, epc)).fetchone()
    return TreeNode(epc, level, status, shown, max(total - len(shown), 0), held[0] if held else "", bool(complete))


def root_of(connection: Connection, epc: str) -> str:
    """Its outermost parent; itself where it stands alone or is not known."""
    rows = connection.execute(objects.UPWARDS, (epc,)).fetchall()
    return rows[-1][1] if rows else epc
