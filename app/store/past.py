"""What the station said last, before the window came: the journal's newest entries as the screens have them."""
from __future__ import annotations

import json
from datetime import datetime

from app.domain.codes.text import shown
from app.domain.decision import Verdict
from app.domain.reasons import Outcome, Reason
from app.messages import Published, StationView
from app.store.database import Connection
from app.store.statistics import raws

OUTCOMES, REASONS = frozenset(map(str, Outcome)), frozenset(map(str, Reason))      # a journal may be a newer one
LOOKED_AT = 1000         # entries, at most; on a line most of them are bottles of the queue


def last_said(connection: Connection, view: StationView, limit: int) -> tuple[Published, ...]:
    """Verdicts on what was read, newest first; `view` stands for what the station was doing. Without marks or frame."""
    found: list[Published] = []
    rows = connection.execute(
        "SELECT seq, at, kind, source, raw, outcome, reason, data FROM entry WHERE raw IS NOT NULL"
        " AND kind IN ('scan', 'frame', 'command') AND seq > (SELECT max(seq) FROM entry) - ? ORDER BY seq DESC",
        (LOOKED_AT,))
    for seq, at, kind, source, raw, outcome, reason, data in rows:
        codes = tuple(shown(each) for each in raws(kind, raw) if each)
        if codes and outcome in OUTCOMES and reason in REASONS:
            verdict = Verdict(Outcome(outcome), Reason(reason), json.loads(data))
            found.append(Published(verdict, view, source, datetime.fromisoformat(at), seq, 0.0, codes))
        if len(found) == limit:
            break
    return tuple(found)
