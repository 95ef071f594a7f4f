"""Who may do what."""
from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    OPERATOR = "operator"
    SHIPPER = "shipper"
    SUPERVISOR = "supervisor"
    ENGINEER = "engineer"


class Right(StrEnum):
    PACK = "pack"
    DOCK = "dock"
    UNPACK = "unpack"
    CLOSE_SHORT = "close_short"
    CLEAR_STOP = "clear_stop"
    LOOK_UP = "look_up"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OPERATOR: frozenset({Right.PACK, Right.DOCK, Right.LOOK_UP, Right.CLOSE_SHORT, Right.UNPACK}),
    Role.SHIPPER: frozenset({Right.DOCK, Right.LOOK_UP}),
    Role.SUPERVISOR: frozenset(Right),
    Role.ENGINEER: frozenset(Right),
}


@dataclass(frozen=True, slots=True)
class Person:
    """`badge` is SHA-256 (hex) of the badge's text salted with the person's id; `pin` an argon2id hash."""

    id: str
    name: str
    role: Role
    badge: str = ""
    pin: str = ""


def may(person: Person | None, right: Right) -> bool:
    """The one place that grants anything; default is no."""
    return person is not None and right in RIGHTS.get(person.role, frozenset())
