"""From an Event to EPCIS 2.0 JSON-LD, and back far enough to know our own event when a server shows it.

Follows resources/schemas/station-events.schema.json: bare CBV words, UTC with milliseconds, and what EPCIS has no
field for under the prefix `ocs`. Pure: `created` and everything else comes in.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.events import INCORRECT_DATA, Act, Action, Declaration, Event, Type

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
PREFIX = "ocs"
NAMESPACE = "https://ns.onecode-station.example/1.0/"

Json = dict[str, Any]


def document(events: Sequence[Event], created: datetime) -> Json:
    """An EPCISDocument with these events in this order. Raises ValueError where EPCIS has no form for an act."""
    return envelope([event_json(event) for event in events], created)


def envelope(event_list: Sequence[object], created: datetime) -> Json:
    """The document round events that are JSON already (dicts, or encoded pieces that a JSON writer passes through)."""
    return {
        "@context": [CONTEXT, {PREFIX: NAMESPACE}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": instant(created),
        "epcisBody": {"eventList": list(event_list)},
    }


def event_json(event: Event) -> Json:
    """One event as an element of `eventList`. Raises ValueError for an act that EPCIS has no legal form for."""
    act, stamp = event.act, event.stamp
    aggregation = act.type is not Type.OBJECT
    _check(act, aggregation)
    found: Json = {
        "type": act.type.value,
        "eventID": stamp.event_id,
        "eventTime": instant(stamp.time),
        "eventTimeZoneOffset": zone(stamp.offset_min),
        "action": act.action.value,
        "bizStep": act.biz_step,
    }
    if act.disposition:
        found["disposition"] = act.disposition
    if aggregation:
        found["parentID"] = act.parent
        if act.epcs:
            found["childEPCs"] = list(act.epcs)
    else:
        found["epcList"] = list(act.epcs)
    found["readPoint"] = {"id": stamp.read_point}
    if act.in_place and (act.location or stamp.location):
        found["bizLocation"] = {"id": act.location or stamp.location}
    if act.transactions:
        found["bizTransactionList"] = [{"type": kind, "bizTransaction": uri} for kind, uri in act.transactions]
    if act.sources:
        found["sourceList"] = [{"type": kind, "source": uri} for kind, uri in act.sources]
    if act.destinations:
        found["destinationList"] = [{"type": kind, "destination": uri} for kind, uri in act.destinations]
    if act.persistent:
        found["persistentDisposition"] = {"set": list(act.persistent)}
    if act.ilmd:
        found["ilmd"] = {key if ":" in key else f"cbvmda:{key}": value for key, value in act.ilmd}
    if event.declaration:
        found["errorDeclaration"] = _declared(event.declaration)
    found[f"{PREFIX}:station"] = stamp.station
    found[f"{PREFIX}:operator"] = stamp.operator
    found[f"{PREFIX}:epoch"] = stamp.epoch
    found[f"{PREFIX}:seq"] = stamp.seq
    for key, value in act.extra:
        found[f"{PREFIX}:{key}"] = value
    return found


def _declared(declaration: Declaration) -> Json:
    """The errorDeclaration of an event that is otherwise told as it was."""
    if bool(declaration.correctives) != (declaration.reason == INCORRECT_DATA):
        raise ValueError(f"{declaration.reason}: events in its place go with {INCORRECT_DATA}, and only with it")
    found: Json = {"declarationTime": instant(declaration.time), "reason": declaration.reason}
    if declaration.correctives:
        found["correctiveEventIDs"] = list(declaration.correctives)
    return found | {f"{PREFIX}:{key}": value for key, value in declaration.extra}


def _check(act: Act, aggregation: bool) -> None:
    """What the official schema lets through though the standard forbids it."""
    if aggregation and not act.parent:
        raise ValueError(f"{act.biz_step}: an {act.type} needs a parent")
    if aggregation and act.parent in act.epcs:
        raise ValueError(f"{act.biz_step}: {act.parent} cannot be its own child")
    if aggregation and act.action is not Action.DELETE and not act.epcs:
        raise ValueError(f"{act.biz_step}: an {act.type} without children can only be a DELETE")
    if not aggregation and not act.epcs:
        raise ValueError(f"{act.biz_step}: an ObjectEvent needs at least one object")
    if not aggregation and act.parent:
        raise ValueError(f"{act.biz_step}: an ObjectEvent has no parent, got {act.parent}")
    if act.persistent and aggregation:
        raise ValueError(f"{act.biz_step}: persistentDisposition is legal only in an ObjectEvent")
    if act.ilmd and (aggregation or act.action is not Action.ADD):
        raise ValueError(f"{act.biz_step}: ilmd is legal only in an ObjectEvent with action ADD")


def split(act: Act, max_children: int) -> tuple[Act, ...]:
    """The same act as several, each with at most `max_children` objects, in order; itself where it is small enough.

    Each part becomes an event with an id of its own, so this is done at capture, never at sending. A container is
    closed by the last part only.
    """
    if max_children < 1:
        raise ValueError(f"max_children: expected at least 1, got {max_children}")
    if len(act.epcs) <= max_children:
        return (act,)
    parts = [replace(act, epcs=act.epcs[at : at + max_children]) for at in range(0, len(act.epcs), max_children)]
    if act.disposition == "container_closed":
        parts[:-1] = [replace(part, disposition="in_progress") for part in parts[:-1]]
    return tuple(parts)


def instant(time: datetime) -> str:
    """UTC with milliseconds (cut, not rounded) and Z. Raises ValueError for a time without a zone."""
    if time.tzinfo is None:
        raise ValueError(f"expected a time with its zone, got {time}")
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def zone(offset_min: int) -> str:
    """Minutes east of UTC as EPCIS writes them: 480 is "+08:00"."""
    hours, minutes = divmod(abs(offset_min), 60)
    return f"{'-' if offset_min < 0 else '+'}{hours:02d}:{minutes:02d}"


def same_event(event: Event, found: Mapping[str, object]) -> bool:
    """Whether what a server shows under our eventID is our event.

    A server may write names, URIs and times in other ways (so the objects are counted, not compared); what it may
    not do is tell of another kind, action, moment, number of objects or station entry, or of the event where we asked
    for its error declaration.
    """
    act, stamp = event.act, event.stamp
    if bool(found.get("errorDeclaration")) != bool(event.declaration):
        return False
    if _bare(found.get("type")) != act.type.value or found.get("action") != act.action.value:
        return False
    listed = found.get("epcList" if act.type is Type.OBJECT else "childEPCs") or []
    if not isinstance(listed, list) or len(listed) != len(act.epcs):
        return False
    for key, ours in (("station", stamp.station), ("epoch", stamp.epoch), ("seq", stamp.seq)):
        theirs = found.get(f"{PREFIX}:{key}", found.get(NAMESPACE + key, ours))
        if str(theirs) != str(ours):
            return False
    try:
        time = datetime.fromisoformat(str(found.get("eventTime")))
    except ValueError:
        return False
    return time.tzinfo is not None and abs(time - stamp.time) < timedelta(seconds=1)


def _bare(name: object) -> str:
    return str(name).rpartition(":")[2].rpartition("/")[2]
