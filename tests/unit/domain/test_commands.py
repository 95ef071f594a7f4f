"""The table of commands: every way to give one leads to the same name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.commands import (
    BY_KEY,
    BY_NAME,
    INSTRUCTIONS,
    JOBS,
    REWORK,
    SHORT_REASONS,
    barcode,
    by_job,
    is_command,
    parsed,
    plan_and_reason,
)

KEYS = {
    "F1": "HELP",
    "F2": "UNDO",
    "F3": "CLOSE",
    "F4": "CLOSE-PALLET",
    "F5": "LOOKUP",
    "F6": "PACK",
    "F7": "SHIP",
    "F8": "RECEIVE",
    "F9": "SYNC",
    "F10": "LANG",
    "F11": "CONFIRM",
    "F12": "HOME",
    "Enter": "CONFIRM",
    "Esc": "CANCEL",
}
# With Ctrl the acts of rework, with Alt those of the line and the order; never one that would be pressed by mistake.
REWORK_KEYS = {
    "F1": "REPRINT", "F2": "REMOVE", "F3": "SWAP", "F4": "UNPACK", "F5": "RELABEL", "F6": "REPACK", "F7": "SAMPLE",
    "F8": "SCRAP", "F9": "DESTROY", "F10": "HOLD", "F11": "RELEASE", "F12": "CONTINUE",
}
LINE_KEYS = {
    "F1": "PAIRS", "F2": "PARK", "F3": "UNPARK", "F5": "RESHOOT", "F6": "JAM", "F7": "ALIGNED", "F8": "START",
    "F9": "FINISH", "F10": "RETURN", "F11": "CLOSE-ORDER", "F12": "LINE",
}
# With Shift those of the warehouse.
WAREHOUSE_KEYS = {
    "F1": "AGE", "F2": "TAKE-OFF", "F3": "VOID", "F4": "CHECK", "F5": "INSPECT", "F6": "PEEK", "F7": "COUNT",
    "F8": "MOVE", "F9": "CHECKED", "F10": "RECOUNT", "F11": "ADJUST", "F12": "STOCK",
}


def test_keys() -> None:
    held_keys = (("Ctrl", REWORK_KEYS), ("Alt", LINE_KEYS), ("Shift", WAREHOUSE_KEYS))
    more = {f"{held}+{key}": name for held, keys in held_keys for key, name in keys.items()}
    assert {key: each.name for key, each in BY_KEY.items()} == KEYS | more
    assert "Alt+F4" not in BY_KEY                        # closes windows


def test_every_command_has_one_job_and_keeps_its_reasons() -> None:
    jobs = by_job()
    assert [job for job, _ in jobs] == ["packing", "queue", "warehouse", "order", "rework", "station"]
    assert sorted(each.name for _, found in jobs for each in found) == sorted(BY_NAME)
    assert {name for _, names in JOBS for name in names} <= set(BY_NAME)
    assert [job for job, _ in by_job((BY_NAME["SCRAP"], BY_NAME["HELP"]))] == ["rework", "station"]


def test_names_are_single_and_every_one_has_a_sign() -> None:
    assert len(BY_NAME) == len(INSTRUCTIONS)
    assert all(each.icon for each in INSTRUCTIONS)
    assert all(each.argument in ("", "optional", "required") for each in INSTRUCTIONS)


@pytest.mark.parametrize("instruction", [each for each in INSTRUCTIONS if each.scannable], ids=lambda each: each.name)
def test_what_is_printed_reads_back(instruction: object) -> None:
    each = BY_NAME[getattr(instruction, "name")]  # noqa: B009
    arguments = (each.choices or ("A:1",)) if each.argument else ()
    for argument in (*arguments, *(() if each.argument == "required" else ("",))):
        assert parsed(barcode(each.name, argument)) == (each.name, argument)


def test_a_pin_is_never_scanned() -> None:
    assert parsed(barcode("PIN", "P1:123456")) is None and "PIN" in BY_NAME
    assert set(SHORT_REASONS) == {"TAIL", "DAMAGE", "SAMPLE", "SHORTAGE", "OTHER"}


@given(st.text(max_size=30))
def test_nothing_else_is_a_command(text: str) -> None:
    assert is_command("%ST:" + text) and is_command("%st:" + text)
    assert parsed(text) is None or text[:4].upper() == "%ST:"


@pytest.mark.parametrize(("argument", "told"), [
    ("", ("", "")), ("6", ("6", "")), ("CUSTOMER", ("", "CUSTOMER")), ("6:customer", ("6", "CUSTOMER")),
    ("A:B", ("A:B", "")), ("A:B:OTHER", ("A:B", "OTHER")), (":OTHER", ("", "OTHER")), ("6:", ("6:", ""))])
def test_a_plan_and_its_reason_in_one_argument(argument: str, told: tuple[str, str]) -> None:
    assert plan_and_reason(argument) == told


@pytest.mark.parametrize("name", sorted(REWORK))
def test_every_rework_act_has_reasons(name: str) -> None:
    assert BY_NAME[name].choices and BY_NAME[name].argument == "optional"
    assert parsed(barcode(name)) == (name, "") and parsed(barcode(name, "no such thing")) is None or BY_NAME[name].open
