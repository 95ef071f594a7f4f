"""One journal entry: a message the station judged, with everything that came of it, as JSON for ever.

The raw bytes are always in it. `objects` holds rows that the catalogue had announced and this entry made real, so that
the journal alone rebuilds the state.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from app.domain import decision
from app.domain.decision import Change, Verdict
from app.domain.events import Event

VERSION = 1
CHANGES: dict[str, type] = {each.__name__: each for each in decision.Change.__args__}

ObjectRow = tuple[str, str, str, str, str, str, bool]     # epc, level, product, lot, expiry, parent epc, implied


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime                     # aware UTC
    kind: str                        # scan, frame, command, signal, printed
    source: str
    operator: str
    raws: tuple[bytes, ...]          # a frame has many
    aims: tuple[str, ...]
    verdict: Verdict
    changes: tuple[Change, ...] = ()
    events: tuple[Event, ...] = ()
    objects: tuple[ObjectRow, ...] = ()
    order: str = ""                  # the work order that was being packed
    shift: str = ""


def encode(entry: Entry) -> bytes:
    return msgspec.json.encode({
        "v": VERSION, "at": entry.at, "kind": entry.kind, "source": entry.source, "operator": entry.operator,
        "raws": entry.raws, "aims": entry.aims, "verdict": entry.verdict,
        "changes": [(type(change).__name__, change) for change in entry.changes],
        "events": entry.events, "objects": entry.objects, "order": entry.order, "shift": entry.shift,
    })


class _Wire(msgspec.Struct, frozen=True):
    v: int
    at: datetime
    kind: str
    source: str
    operator: str
    raws: tuple[bytes, ...]
    aims: tuple[str, ...]
    verdict: Verdict
    changes: tuple[tuple[str, dict[str, Any]], ...]
    events: tuple[Event, ...]
    objects: tuple[ObjectRow, ...]
    order: str = ""
    shift: str = ""


_DECODER = msgspec.json.Decoder(_Wire)


def decode(payload: bytes) -> Entry:
    """Raises ValueError where the payload is of a later version or not an entry."""
    try:
        wire = _DECODER.decode(payload)
        if wire.v > VERSION:
            raise ValueError(f"entry of version {wire.v}, this program knows up to {VERSION}")
        changes: tuple[Change, ...] = tuple(msgspec.convert(body, CHANGES[name]) for name, body in wire.changes)
    except (msgspec.MsgspecError, KeyError) as error:
        raise ValueError(f"not a journal entry: {error}") from error
    return Entry(wire.at, wire.kind, wire.source, wire.operator, wire.raws, wire.aims, wire.verdict, changes,
                 wire.events, wire.objects, wire.order, wire.shift)
