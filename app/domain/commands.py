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
LANGUAGES = ("zh_CN", "en")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One command. `argument` is "", "optional" or "required"; `choices` are the only arguments allowed, () any.

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
    Instruction("UNPACK", right=Right.UNPACK, icon="unpack"),
    Instruction("DONE", argument="optional", choices=SHORT_REASONS, right=Right.DOCK,
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
BY_NAME: dict[str, Instruction] = {each.name: each for each in INSTRUCTIONS}
BY_KEY: dict[str, Instruction] = {key: each for each in INSTRUCTIONS for key in each.keys}


def barcode(name: str, argument: str = "") -> str:
    """The text of a command barcode: `%ST:UNDO`, `%ST:ORDER:WO-1`."""
    return f"{PREFIX}{name}:{argument}" if argument else f"{PREFIX}{name}"


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
    if argument and instruction.choices:
        found = next((each for each in instruction.choices if each.upper() == argument.upper()), None)
        return (instruction.name, found) if found else None
    return instruction.name, argument
