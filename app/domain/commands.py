"""What an operator can tell the station: by command barcode, function key or touch, all three the same message.

Data only. Names are what stands in a `%ST:` barcode; their titles live in resources/i18n (`common.command.<NAME>`).
Must not decide anything: the station does, with the right that stands here.
"""
from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.domain.people import Right

PREFIX = "%ST:"                  # can never begin a product's code
MAX_ARGUMENT = 200


class ShortReason(StrEnum):
    """Why a container or a document is closed with less than it should hold."""

    TAIL = "TAIL"                # the rest of the batch
    DAMAGE = "DAMAGE"
    SAMPLE = "SAMPLE"
    SHORTAGE = "SHORTAGE"
    OTHER = "OTHER"


SHORT_REASONS = tuple(str(reason) for reason in ShortReason)
# Of a document that is done with less; kinds.py tells which of them a kind is asked for.
DONE_REASONS = ("SHORTAGE", "DAMAGE", "LATER", "CUSTOMER", "NO-ROOM", "TAIL", "SAMPLE", "OTHER")
# Why a unit or a container is treated so; the words live in resources/i18n under `choice.<REASON>`.
REMOVE_REASONS = ("DAMAGE", "WRONG", "SAMPLE", "OTHER")
SAMPLE_REASONS = ("QC", "RETAIN", "CUSTOMER", "OTHER")
SCRAP_REASONS = ("DAMAGE", "UNREADABLE", "TEST", "OTHER")
DESTROY_REASONS = ("DAMAGE", "EXPIRED", "RECALL", "OTHER")
HOLD_REASONS = ("QC", "DAMAGE", "DOUBT", "OTHER")
PARK_REASONS = ("UNREADABLE", "SHORTAGE", "DAMAGE", "OTHER")
LABEL_REASONS = ("DAMAGE", "LOST", "NOT-PRINTED", "OTHER")
CANCEL_REASONS = ("NO-GOODS", "MISTAKE", "CUSTOMER", "OTHER")
VOID_REASONS = ("NOT-LOADED", "REFUSED", "DAMAGE", "MISTAKE", "OTHER")
TAKE_OFF_REASONS = ("NOT-LOADED", "WRONG", "DAMAGE", "MISTAKE", "OTHER")
CORRECT_REASONS = ("WRONG", "TEST", "MISTAKE", "OTHER")
ADJUST_REASONS = ("COUNTED", "THEFT", "MISTAKE", "OTHER")
ORDER_REASONS = ("COUNTED", "LOST", "TEST", "OTHER")
UNPACK_REASONS = ("WRONG", "DAMAGE", "REPACK", "OTHER")
REPACK_REASONS = ("CUSTOMER", "DAMAGE", "WRONG", "OTHER")
RELEASE_REASONS = ("CHECKED", "MISTAKE", "OTHER")
CONTINUE_REASONS = ("REST-CAME", "MISTAKE", "OTHER")
RETURN_REASONS = ("UNUSED", "DAMAGE", "OTHER")
REWORK = frozenset({"REMOVE", "SWAP", "UNPACK", "RELABEL", "REPACK", "SAMPLE", "SCRAP", "DESTROY", "HOLD", "RELEASE",
                    "CONTINUE", "REPRINT", "RETURN"})       # they say what the next scan is for
LANGUAGES = ("zh_CN", "en")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One command. `argument` is "", "optional" or "required"; `choices` are the only arguments allowed, () any; where
    it is `open` others are taken too.

    `keys` are key names as on the keyboard, the first one is shown. `right` None: everybody who is signed in;
    `signed_in` False: works before anybody is. `argument_right` is wanted as well where an argument is given.
    """

    name: str
    argument: str = ""
    choices: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    right: Right | None = None
    argument_right: Right | None = None
    icon: str = ""
    signed_in: bool = True
    scannable: bool = True           # False: from the screen only, never by a barcode
    open: bool = False


INSTRUCTIONS: tuple[Instruction, ...] = (
    Instruction("HOME", keys=("F12",), icon="home", signed_in=False),
    Instruction("PACK", keys=("F6",), right=Right.PACK, icon="pack"),
    Instruction("RECEIVE", keys=("F8",), right=Right.DOCK, icon="receive"),
    Instruction("SHIP", keys=("F7",), right=Right.DOCK, icon="ship"),
    Instruction("LOOKUP", keys=("F5",), right=Right.LOOK_UP, icon="lookup"),
    Instruction("SYNC", keys=("F9",), icon="sync", signed_in=False),
    Instruction("ORDER", argument="required", right=Right.PACK, icon="pack"),
    Instruction("DOCUMENT", argument="required", right=Right.DOCK, icon="document"),
    Instruction("UNDO", keys=("F2",), icon="undo"),
    Instruction("CLOSE", argument="optional", choices=SHORT_REASONS, keys=("F3",), right=Right.CLOSE_SHORT,
                icon="close"),
    Instruction("CLOSE-PALLET", argument="optional", choices=SHORT_REASONS, keys=("F4",), right=Right.CLOSE_SHORT,
                icon="pallet"),
    Instruction("UNPACK", argument="optional", choices=UNPACK_REASONS, keys=("Ctrl+F4",), right=Right.UNPACK,
                icon="unpack"),
    Instruction("REMOVE", argument="optional", choices=REMOVE_REASONS, keys=("Ctrl+F2",), right=Right.REWORK,
                icon="remove"),
    Instruction("SWAP", argument="optional", choices=SCRAP_REASONS, keys=("Ctrl+F3",), right=Right.REWORK, icon="swap"),
    Instruction("RELABEL", argument="optional", choices=LABEL_REASONS, keys=("Ctrl+F5",), right=Right.REWORK,
                icon="label"),
    Instruction("REPACK", argument="optional", choices=REPACK_REASONS, keys=("Ctrl+F6",), right=Right.REWORK,
                icon="repack", open=True),
    Instruction("SAMPLE", argument="optional", choices=SAMPLE_REASONS, keys=("Ctrl+F7",), right=Right.REWORK,
                icon="sample"),
    Instruction("SCRAP", argument="optional", choices=SCRAP_REASONS, keys=("Ctrl+F8",), right=Right.REWORK,
                icon="scrap"),
    Instruction("DESTROY", argument="optional", choices=DESTROY_REASONS, keys=("Ctrl+F9",), right=Right.REWORK,
                icon="destroy"),
    Instruction("HOLD", argument="optional", choices=HOLD_REASONS, keys=("Ctrl+F10",), right=Right.REWORK, icon="hold"),
    Instruction("RELEASE", argument="optional", choices=RELEASE_REASONS, keys=("Ctrl+F11",), right=Right.APPROVE,
                icon="release"),
    Instruction("CONTINUE", argument="optional", choices=CONTINUE_REASONS, keys=("Ctrl+F12",), right=Right.REWORK,
                icon="continue"),
    Instruction("REPRINT", argument="optional", choices=LABEL_REASONS, keys=("Ctrl+F1",), right=Right.REWORK,
                icon="print"),
    Instruction("PARK", argument="optional", choices=PARK_REASONS, keys=("Alt+F2",), right=Right.PACK, icon="park"),
    Instruction("UNPARK", argument="optional", keys=("Alt+F3",), right=Right.PACK, icon="unpark"),
    Instruction("RESHOOT", keys=("Alt+F5",), right=Right.PACK, icon="camera"),
    Instruction("JAM", keys=("Alt+F6",), right=Right.PACK, icon="jam"),
    Instruction("TAKEN-OUT", argument="required", right=Right.PACK, icon="remove"),
    Instruction("ALIGNED", keys=("Alt+F7",), right=Right.PACK, icon="align"),
    Instruction("START", keys=("Alt+F8",), right=Right.RUN_ORDER, icon="start"),
    Instruction("FINISH", keys=("Alt+F9",), right=Right.RUN_ORDER, icon="finish"),
    Instruction("SHIFT", argument="required", right=Right.RUN_ORDER, icon="shift"),
    Instruction("RETURN", argument="optional", choices=RETURN_REASONS, keys=("Alt+F10",), right=Right.CLOSE_ORDER,
                icon="return"),
    Instruction("CLOSE-ORDER", argument="optional", choices=ORDER_REASONS, keys=("Alt+F11",), right=Right.CLOSE_ORDER,
                icon="close"),
    Instruction("PAIRS", argument="optional", keys=("Alt+F1",), right=Right.PACK, icon="pair"),
    Instruction("RECHECK", right=Right.APPROVE, icon="repeat"),
    Instruction("LINE", keys=("Alt+F12",), right=Right.LOOK_UP, icon="line"),
    Instruction("MOVE", keys=("Shift+F8",), right=Right.MOVE, icon="move"),
    Instruction("COUNT", keys=("Shift+F7",), right=Right.COUNT, icon="count"),
    Instruction("INSPECT", argument="optional", keys=("Shift+F5",), right=Right.INSPECT, icon="inspect"),   # partner
    Instruction("PEEK", keys=("Shift+F6",), right=Right.LOOK_UP, icon="lookup"),
    Instruction("STOCK", keys=("Shift+F12",), right=Right.LOOK_UP, icon="stock"),
    Instruction("AGE", keys=("Shift+F1",), right=Right.LOOK_UP, icon="age"),
    Instruction("NEW-DOCUMENT", argument="required", right=Right.DOCK, icon="document"),     # kind:partner:reason
    Instruction("ALSO", argument="required", right=Right.DOCK, icon="document"),
    Instruction("TAKE-OFF", argument="optional", choices=TAKE_OFF_REASONS, keys=("Shift+F2",), right=Right.DOCK,
                icon="remove"),
    Instruction("RECEIVER", argument="optional", right=Right.DOCK, icon="partner"),          # partner:document
    Instruction("CANCEL-DOCUMENT", argument="optional", choices=CANCEL_REASONS, right=Right.CLOSE_SHORT, icon="cancel"),
    Instruction("VOID", argument="optional", choices=VOID_REASONS, keys=("Shift+F3",), right=Right.VOID, icon="void"),
    Instruction("VOID-DOCUMENT", argument="required", right=Right.VOID, icon="void"),        # document:reason
    Instruction("CORRECT", argument="required", right=Right.CORRECT, icon="correct"),        # event id:reason
    Instruction("AT", argument="required", right=Right.MOVE, icon="place"),
    Instruction("PICK", argument="optional", right=Right.MOVE, icon="pick"),                 # document
    Instruction("CHECK", keys=("Shift+F4",), right=Right.DOCK, icon="check"),
    Instruction("DAMAGED", right=Right.DOCK, icon="damage"),
    Instruction("CHECKED", keys=("Shift+F9",), right=Right.DOCK, icon="check"),
    Instruction("RECOUNT", keys=("Shift+F10",), right=Right.COUNT, icon="count"),
    Instruction("ADJUST", argument="optional", choices=ADJUST_REASONS, keys=("Shift+F11",), right=Right.ADJUST,
                icon="adjust"),
    Instruction("DONE", argument="optional", choices=DONE_REASONS, right=Right.DOCK,
                argument_right=Right.CLOSE_SHORT, icon="done"),
    Instruction("PAUSE", right=Right.PACK, icon="pause"),
    Instruction("CONFIRM", keys=("F11", "Enter"), icon="confirm", signed_in=False),
    Instruction("CANCEL", keys=("Esc",), icon="cancel", signed_in=False),
    Instruction("BADGE", argument="required", icon="badge", signed_in=False),
    Instruction("PIN", argument="required", icon="badge", signed_in=False, scannable=False),
    Instruction("LOGOUT", icon="logout"),
    Instruction("HELP", keys=("F1",), icon="help", signed_in=False),
    Instruction("LANG", argument="optional", choices=LANGUAGES, keys=("F10",), icon="language", signed_in=False),
)
# Which commands a job needs, in the order they stand on the sheets; what no job names is the station's own.
JOBS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("packing", ("PACK", "UNDO", "CLOSE", "CLOSE-PALLET", "CONFIRM", "CANCEL", "RESHOOT", "PARK", "UNPARK", "PAUSE")),
    ("queue", ("JAM", "ALIGNED", "TAKEN-OUT")),
    ("warehouse", ("RECEIVE", "SHIP", "DONE", "TAKE-OFF", "CANCEL-DOCUMENT", "VOID", "CHECK", "CHECKED", "DAMAGED",
                   "MOVE", "PICK", "COUNT", "RECOUNT", "ADJUST", "INSPECT", "PEEK", "STOCK",
                   "AGE")),
    ("order", ("START", "FINISH", "RETURN", "CLOSE-ORDER", "SHIFT", "PAIRS", "RECHECK")),
    ("rework", ("REMOVE", "SWAP", "SAMPLE", "SCRAP", "DESTROY", "HOLD", "RELABEL", "REPRINT", "UNPACK", "CONTINUE",
                "REPACK", "RELEASE")),
)
OWN = "station"
BY_NAME: dict[str, Instruction] = {each.name: each for each in INSTRUCTIONS}
BY_KEY: dict[str, Instruction] = {key: each for each in INSTRUCTIONS for key in each.keys}


def by_job(instructions: tuple[Instruction, ...] = INSTRUCTIONS) -> tuple[tuple[str, tuple[Instruction, ...]], ...]:
    """(job, its commands) of these, job by job as in JOBS, OWN last; jobs without any are left out."""
    known, named = {each.name: each for each in instructions}, {name for _, names in JOBS for name in names}
    jobs = (*JOBS, (OWN, tuple(name for name in known if name not in named)))
    made = ((job, tuple(known[name] for name in names if name in known)) for job, names in jobs)
    return tuple((job, found) for job, found in made if found)


def barcode(name: str, argument: str = "") -> str:
    """The text of a command barcode: `%ST:UNDO`, `%ST:ORDER:WO-1`."""
    return f"{PREFIX}{name}:{argument}" if argument else f"{PREFIX}{name}"


def plan_and_reason(argument: str) -> tuple[str, str]:
    """REPACK's argument: `PLAN:REASON`, either alone, or nothing. What is no reason is a plan's id or a number."""
    plan, _, reason = argument.rpartition(":")
    return (plan, reason.upper()) if reason.upper() in REPACK_REASONS else (argument, "")


def is_command(text: str) -> bool:
    """True for everything that begins like a command barcode, right or wrong."""
    return text[:4].upper() == PREFIX


def parsed(text: str) -> tuple[str, str] | None:
    """(name, argument) of a command barcode's text; None where the name or the argument is not one of ours."""
    if not is_command(text):
        return None
    name, colon, argument = text[4:].partition(":")
    instruction = BY_NAME.get(name.upper())
    if instruction is None or not instruction.scannable:
        return None
    if len(argument) > MAX_ARGUMENT or (colon and not argument.strip()):
        return None
    if (not instruction.argument and colon) or (instruction.argument == "required" and not argument):
        return None
    if argument and instruction.choices and not instruction.open:
        found = next((each for each in instruction.choices if each.upper() == argument.upper()), None)
        return (instruction.name, found) if found else None
    return instruction.name, argument
