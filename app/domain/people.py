"""Who somebody is and what they may do. A badge or PIN names a person; rights come from the role alone.

Hashing that costs time is the caller's (`verify`); counting failures durably before the check is the caller's too.
"""
from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable
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
    REWORK = "rework"              # take out, swap, relabel, repack, sample, scrap, hold
    RUN_ORDER = "run_order"        # start, pause, finish, change shift
    CLOSE_ORDER = "close_order"
    MOVE = "move"                  # put away, pick, move inside the house
    COUNT = "count"                # stocktake
    ADJUST = "adjust"              # write off or take in what a count found
    VOID = "void"                  # take back a shipment that has left
    CORRECT = "correct"            # declare what was recorded to be in error
    INSPECT = "inspect"            # look for diverted goods
    APPROVE = "approve"            # the second person of a risky act
    TEACH = "teach"                # cameras: what their pictures hold


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OPERATOR: frozenset({Right.PACK, Right.DOCK, Right.LOOK_UP, Right.CLOSE_SHORT, Right.UNPACK,
                              Right.REWORK, Right.RUN_ORDER, Right.MOVE, Right.COUNT, Right.INSPECT}),
    Role.SHIPPER: frozenset({Right.DOCK, Right.LOOK_UP, Right.MOVE, Right.COUNT, Right.INSPECT}),
    Role.SUPERVISOR: frozenset(Right) - {Right.TEACH},
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


def told(name: str, id: str) -> str:
    """A person as people read it: the name with the id, or the id alone where no name is known."""
    return f"{name} ({id})" if name and name != id else id


def badge_hash(person_id: str, text: str) -> str:
    """What `Person.badge` holds for a badge's text: SHA-256 of the id and the text, as hex."""
    return hashlib.sha256(f"{person_id}:{text}".encode("utf-8", "surrogatepass")).hexdigest()


def owners(people: Iterable[Person], text: str) -> list[Person]:
    """Whose badge this is. Every person is compared, whoever it is."""
    return [each for each in people if each.badge and text and hmac.compare_digest(each.badge,
                                                                                 badge_hash(each.id, text))]


def by_badge(people: Iterable[Person], text: str) -> Person | None:
    """Whose badge this is, None for nobody's. One card that stands under two ids is nobody's either: it would be a
    second person of its own."""
    found = owners(people, text)
    return found[0] if len(found) == 1 else None


def by_pin(people: Iterable[Person], person_id: str, pin: str, verify: Callable[[str, str], bool]) -> Person | None:
    """The person of this id, where `verify(hash, pin)` says that the PIN is theirs. Never raises by itself."""
    person = next((each for each in people if each.id == person_id), None)
    if person is None or not person.pin or not pin:
        return None
    return person if verify(person.pin, pin) else None


FREE_TRIES, MOST_TRIES = 5, 10
_COMMON_PINS = frozenset({"112233", "121212", "123123", "123321", "131313", "159753", "520520", "654321", "696969"})


def wait_s(failures: int) -> int | None:
    """Seconds to wait after so many failures in a row; None: locked until a supervisor frees it."""
    if failures >= MOST_TRIES:
        return None
    return 0 if failures < FREE_TRIES else 5 * 2 ** (failures - FREE_TRIES)


def weak_pin(pin: str) -> str:
    """Why a PIN may not be used: "short", "digits" or "common"; "" where it may."""
    if not (pin.isascii() and pin.isdigit()):
        return "digits"
    if len(pin) < 6:
        return "short"
    steps = {(int(b) - int(a)) % 10 for a, b in zip(pin, pin[1:], strict=False)}
    return "common" if pin in _COMMON_PINS or (len(steps) == 1 and steps <= {0, 1, 9}) else ""
