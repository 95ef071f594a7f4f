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
    location: str = ""                                  # URI of the shelf it happened at; "" the station's site


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


DID_NOT_OCCUR = "did_not_occur"          # CBV error reasons; the second one names what stands in the event's place
INCORRECT_DATA = "incorrect_data"
DECLARED = "#declared"                   # behind the eventID in the key of a declaration


@dataclass(frozen=True, slots=True)
class Declaration:
    """That an event told what is not so. `extra` are the station's own fields: who declared it, why, in which entry."""

    time: datetime       # aware UTC
    reason: str          # DID_NOT_OCCUR or INCORRECT_DATA
    correctives: tuple[str, ...] = ()        # eventIDs
    extra: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """What happened. With a declaration: the very same event once more, told to be in error."""

    act: Act
    stamp: Stamp
    declaration: Declaration | None = None

    @property
    def key(self) -> str:
        """What no other event has: the eventID, and whether this is its error declaration, which has the same one."""
        return self.stamp.event_id + (DECLARED if self.declaration else "")

    @property
    def step(self) -> str:
        """The CBV business step, or "error_declaration": nobody may take a declared event for one that happened."""
        return "error_declaration" if self.declaration else self.act.biz_step

    @property
    def told_at(self) -> datetime:
        return self.declaration.time if self.declaration else self.stamp.time


def event_id(key: str) -> str:
    """The eventID in an event's key."""
    return key.removesuffix(DECLARED)
