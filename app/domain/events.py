"""What happened, in the words of EPCIS 2.0 / CBV 2.0. Durable, append-only, never edited.

The domain writes an `Act` (what and why); the station stamps it with who, where and when: together an `Event`.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Type(StrEnum):
    OBJECT = "ObjectEvent"
    AGGREGATION = "AggregationEvent"
    ASSOCIATION = "AssociationEvent"     # codes of one object, tied to the one it is known by


class Action(StrEnum):
    ADD = "ADD"
    OBSERVE = "OBSERVE"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class Act:
    """One EPCIS event without its stamp. Bare CBV words ("packing", "in_progress"); pairs are (kind, value)."""

    type: Type
    action: Action
    biz_step: str
    epcs: tuple[str, ...]                               # epcList, or childEPCs of an aggregation or association
    disposition: str = ""
    parent: str = ""                                    # aggregation and association only
    transactions: tuple[tuple[str, str], ...] = ()      # (CBV btt word, URI)
    sources: tuple[tuple[str, str], ...] = ()           # (CBV sdt word, URI)
    destinations: tuple[tuple[str, str], ...] = ()
    ilmd: tuple[tuple[str, str], ...] = ()              # (CBV master-data attribute, value); legal only with ADD
    persistent: tuple[str, ...] = ()                    # persistentDisposition.set; ObjectEvent only
    in_place: bool = True                               # False leaves bizLocation out (goods in transit)
    extra: tuple[tuple[str, str | int], ...] = ()       # station extension fields: order, expected count, reason


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who, where and when. `time` is aware UTC; `offset_min` the local zone at that moment."""

    event_id: str        # "urn:uuid:…", version 7, made once at the scan
    time: datetime
    offset_min: int
    station: str
    read_point: str      # URI
    location: str        # URI
    operator: str        # the operator's id, never the name
    epoch: int           # grows at each restore
    seq: int             # the journal entry that holds the event


@dataclass(frozen=True, slots=True)
class Event:
    act: Act
    stamp: Stamp
