"""Events in short, and what the schemas have against them."""
from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import jsonschema_rs

from app.domain.epcis import document
from app.domain.events import Event, Type
from tests.blackbox.goods import name_of

ROOT = Path(__file__).parents[2]
OURS = ROOT / "resources" / "schemas" / "station-events.schema.json"
OFFICIAL = ROOT.parent / "shared" / "epcis" / "gs1" / "EPCIS-JSON-Schema.json"


def said(event: Event) -> str:
    """An event in short: "packing c1 4", "unpacking c1 all"; one that is declared in error: "wrong receiving p1"."""
    act = event.act
    if event.declaration:
        return f"wrong {said(replace(event, declaration=None))}"
    if act.type is not Type.OBJECT:
        return f"{act.biz_step} {name_of(act.parent)} {len(act.epcs) or 'all'}"
    return f"{act.biz_step} {name_of(act.epcs[0]) if len(act.epcs) == 1 else len(act.epcs)}"


def complaints(event: Event) -> list[str]:
    """What our schema, and the official one where it is at hand, have against a document with this event."""
    written = json.loads(json.dumps(document([event], event.stamp.time)))
    return [f"{path.name}: {error}" for path in (OURS, OFFICIAL) if path.exists()
            for error in _schema(path).iter_errors(written)]


@cache
def _schema(path: Path) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(json.loads(path.read_text("utf-8")), validate_formats=True)
