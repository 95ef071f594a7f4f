"""An EPCIS document as it came in: the envelope, and each event against the station's schema.

The schema is resources/schemas/station-events.schema.json; rules.py says what a schema cannot.
"""
from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs
import msgspec

from app.central.answers import CONTEXT, NAMESPACE, Problem, Refused

Event = dict[str, Any]
ENVELOPE = {"@context": [CONTEXT, {"ocs": NAMESPACE}], "type": "EPCISDocument", "schemaVersion": "2.0"}
MOST_FAULTS = 5      # told of one event


@cache
def _validators() -> tuple[Any, Any]:
    schema = json.loads((files("resources") / "schemas" / "station-events.schema.json").read_text("utf-8"))
    properties = {**schema["properties"], "epcisBody": {
        "type": "object", "required": ["eventList"], "additionalProperties": False,
        "properties": {"eventList": {"type": "array", "minItems": 1, "items": {"type": "object"}}}}}
    envelope = {**schema, "properties": properties}
    event = {"$schema": schema["$schema"], "$ref": "#/definitions/event", "definitions": schema["definitions"]}
    return (jsonschema_rs.validator_for(envelope, validate_formats=True),
            jsonschema_rs.validator_for(event, validate_formats=True))


def opened(body: bytes) -> list[Event]:
    """The events of a capture request, not yet looked at. Raises Refused (400)."""
    document = _parsed(body)
    faults = list(_faults(_validators()[0], document))
    if faults:
        raise invalid("expected an EPCISDocument of a station; " + "; ".join(faults))
    return list(document["epcisBody"]["eventList"])


def opened_event(body: bytes) -> Event:
    """One bare event with an @context of its own (POST /events). Raises Refused (400)."""
    event = _parsed(body)
    context = event.pop("@context", None) if isinstance(event, dict) else None
    if context != ENVELOPE["@context"]:
        raise invalid(f"expected one event with \"@context\" {json.dumps(ENVELOPE['@context'])}, "
                      f"got {_short(json.dumps(context))}")
    return dict(event)


def event_fault(event: Event) -> str:
    """What the schema finds wrong with an event, in words; "" where it is sound."""
    return "; ".join(_faults(_validators()[1], event))


def invalid(detail: str) -> Refused:
    return Refused(Problem(400, "ValidationException", detail))


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as the server keeps it. Its key is the eventID and whether it is an error declaration."""

    event: Event
    body: str = field(repr=False)
    digest: bytes

    @classmethod
    def of(cls, event: Event) -> Stored:
        """`event` must have passed the schema."""
        canonical = json.dumps(event, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        return cls(event, body, hashlib.sha256(canonical.encode("utf-8")).digest())

    @property
    def key(self) -> tuple[str, int]:
        return self.event["eventID"], int("errorDeclaration" in self.event)


def _parsed(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise invalid(f"expected JSON in UTF-8, got {_short(repr(body[:60]))}: {error}") from error


def _faults(validator: Any, value: object) -> Iterator[str]:
    try:
        if validator.is_valid(value):
            return
        for count, error in enumerate(validator.iter_errors(value)):
            if count == MOST_FAULTS:
                yield "and more"
                return
            place = "/".join(str(part) for part in error.instance_path)
            yield f"{place or 'document'}: {_short(error.message)}"
    except ValueError as error:      # the validator's own limit
        yield f"nested too deep: {error}"


def _short(text: str) -> str:
    return text if len(text) <= 300 else text[:300] + "…"
