"""The rules that hold everywhere: rights, stops, reds; every role against every command."""
from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain import judge
from app.domain.commands import INSTRUCTIONS, Instruction
from app.domain.decision import Alarmed, Armed, Awaiting, Collected, Decision, SignedIn, TaskChosen
from app.domain.judge import Asked, Setting
from app.domain.people import RIGHTS, Person, Right, Role
from app.domain.reasons import Outcome, Reason
from app.domain.session import Session, State, apply
from app.domain.warehouse.documents import Document, Line
from tests.unit.domain.line import GAO, HERE, LINA, WANG, bottle, case, facts, known, label, line, refusal

AT = Setting(HERE)
OUT1 = Document("OUT1", "ship", "DC7", (Line(1, "MILK", 100),))
STOP = Alarmed("stop", "wrong_batch", {"lot": "L0"}, 0)
RED = Alarmed("rejected", "wrong_product", {}, 1)


def packing(alarm: Alarmed | None = None, armed: str = "", who: Person | None = LINA, why: str = "") -> State:
    session = Session(who.id if who else "", "packing", "WO1", "", alarm or Alarmed(), Armed(armed, why))
    return State(session, line(*case(1, "b1")))


def after(state: State, decision: Decision) -> State:
    for change in decision.changes:
        state = apply(state, change)
    return state


def asked(each: Instruction) -> Asked:
    argument = (each.choices or ("WO1",))[0] if each.argument else ""
    person = LINA if each.name in ("BADGE", "PIN") else None
    return Asked(each.name, argument, person=person, subjects=("WO1",), document=OUT1, stage="open")


@pytest.mark.parametrize("each", INSTRUCTIONS, ids=lambda each: each.name)
@pytest.mark.parametrize("role", [None, *Role], ids=str)
def test_every_role_against_every_command(each: Instruction, role: Role | None) -> None:
    """Without its right, and without anybody, a command does nothing at all."""
    who = Person("x", "X", role) if role else None
    rights = RIGHTS[role] if role else frozenset()
    decision = judge.on_command(packing(who=who), asked(each), facts(), who, AT)
    wanted = {right for right in (each.right, each.argument_right if each.argument else None) if right}
    if each.name == "UNDO":
        wanted = {Right.PACK}
    if who is None and each.signed_in and each.name != "LOGOUT":
        assert (decision.verdict.reason, decision.changes) == (Reason.SIGN_IN_FIRST, ())
    elif not wanted <= rights:
        assert (decision.verdict.reason, decision.changes, decision.acts) == (Reason.NOT_ALLOWED, (), ())
    else:
        assert decision.verdict.reason not in (Reason.NOT_ALLOWED, Reason.SIGN_IN_FIRST)


@pytest.mark.parametrize("each", INSTRUCTIONS, ids=lambda each: each.name)
def test_under_a_stop_only_harmless_commands_and_a_supervisor_act(each: Instruction) -> None:
    decision = judge.on_command(packing(STOP), asked(each), facts(), LINA, AT)
    if each.name in judge.UNDER_STOP:
        assert decision.verdict.reason is not Reason.HELD
        assert not any(isinstance(change, Alarmed) for change in decision.changes)
    else:
        assert (decision.verdict.outcome, decision.verdict.reason) == (Outcome.STOP, Reason.HELD)
        assert decision.changes == (replace(STOP, held=1),)


@pytest.mark.parametrize("name", ["BADGE", "PIN"])
def test_a_supervisor_clears_a_stop_and_leaves_who_was_there(name: str) -> None:
    state = packing(STOP)
    decision = judge.on_command(state, Asked(name, "x", person=WANG), facts(), LINA, AT)
    assert (decision.verdict.reason, decision.verdict.data) == (Reason.CONFIRMED, {"by": "wang"})
    assert after(state, decision).session == replace(state.session, alarm=Alarmed())
    nobody = packing(STOP, who=None)
    cleared = after(nobody, judge.on_command(nobody, Asked(name, "x", person=WANG), facts(), None, AT))
    assert cleared.session.operator == ""
    confirmed = judge.on_command(packing(STOP, who=WANG), Asked("CONFIRM"), facts(), WANG, AT)
    assert confirmed.changes == (Alarmed(),)


def test_scans_and_pictures_under_a_stop_are_held_and_counted() -> None:
    state = packing(STOP)
    for count in (1, 2):
        decision = judge.on_code(state, bottle(2), facts(), LINA, AT)
        assert decision.verdict.reason is Reason.HELD
        assert decision.verdict.data == {"held": count, "because": "wrong_batch"}
        state = after(state, decision)
    assert judge.on_frame(state, [bottle(2)], facts(), LINA, AT).verdict.reason is Reason.HELD
    assert judge.on_code(state, refusal(Reason.NO_RULE), facts(), WANG, AT).verdict.reason is Reason.HELD


def test_a_red_is_raised_kept_and_taken_away() -> None:
    state = after(packing(), judge.on_code(packing(), refusal(Reason.NO_RULE), facts(), LINA, AT))
    assert (state.session.alarm.reason, state.session.alarm.held) == ("no_rule", 0)
    again = after(state, judge.on_code(state, refusal(Reason.EMPTY), facts(), LINA, AT))
    assert (again.session.alarm.reason, again.session.alarm.held) == ("empty", 1)
    seen = judge.on_code(again, bottle(1), facts(), LINA, AT)
    assert seen.verdict.outcome is Outcome.DUPLICATE and seen.changes == ()
    assert after(again, judge.on_code(again, bottle(2), facts(), LINA, AT)).session.alarm == Alarmed()
    assert after(again, judge.on_command(again, Asked("CONFIRM"), facts(), LINA, AT)).session.alarm == Alarmed()
    assert judge.on_code(packing(), bottle(1), facts(), LINA, AT).changes == (), "a duplicate raises nothing"


def test_a_stop_over_a_red_stays_a_stop() -> None:
    state = packing(RED)
    state = after(state, judge.on_code(state, bottle(2, lot="L0"), facts(), LINA, AT))
    assert (state.session.alarm.outcome, state.session.alarm.held) == ("stop", 2)
    assert judge.on_code(state, bottle(2), facts(), LINA, AT).verdict.reason is Reason.HELD


def test_nobody_is_signed_in() -> None:
    state = packing(who=None)
    state = after(state, judge.on_code(state, bottle(2), facts(), None, AT))
    assert state.session.alarm.reason == "sign_in_first"
    state = after(state, judge.on_command(state, Asked("BADGE", "x", person=LINA), facts(), None, AT))
    assert (state.session.operator, state.session.alarm) == ("lina", Alarmed())
    red = packing(RED)
    assert after(red, judge.on_command(red, Asked("BADGE", "x", person=GAO), facts(), LINA, AT)).session.alarm == RED


def test_who_cannot_be_told() -> None:
    for name, reason in (("BADGE", Reason.UNKNOWN_BADGE), ("PIN", Reason.WRONG_PIN)):
        decision = judge.on_command(packing(), Asked(name, "x"), facts(), LINA, AT)
        assert (decision.verdict.reason, decision.changes) == (reason, ())
    locked = judge.on_command(packing(), Asked("PIN", "x", person=WANG, locked_s=7), facts(), LINA, AT)
    assert (locked.verdict.reason, locked.verdict.data, locked.changes) == (Reason.LOCKED_OUT, {"wait": 7}, ())
    assert judge.on_command(packing(), Asked("NONSENSE"), facts(), LINA, AT).verdict.reason is Reason.UNKNOWN_COMMAND


def test_logging_out_works_for_somebody_who_is_no_longer_known() -> None:
    decision = judge.on_command(packing(), Asked("LOGOUT"), facts(), None, AT)
    assert decision.changes == (SignedIn(""), TaskChosen("home"))


@pytest.mark.parametrize(("subjects", "before", "chosen"), [
    (("WO1", "WO2"), "WO2", "WO2"), (("WO1", "WO2"), "WO9", ""), (("WO1",), "", "WO1"), ((), "WO1", ""),
])
def test_a_page_opens_with_the_work_it_had_or_the_only_one(subjects: tuple[str, ...], before: str, chosen: str) -> None:
    state = State(Session("lina", "home", before))
    decision = judge.on_command(state, Asked("PACK", subjects=subjects), facts(), LINA, AT)
    assert decision.changes == (TaskChosen("packing", chosen),)


def test_an_order_that_is_not_open_is_not_chosen() -> None:
    decision = judge.on_command(packing(), Asked("ORDER", "WO9", subjects=("WO1",)), facts(), LINA, AT)
    assert (decision.verdict.reason, decision.changes) == (Reason.UNKNOWN_ORDER, ())


def test_unpacking_in_words() -> None:
    state = packing(armed="unpack", why="WRONG")
    full = facts(known("c1", "case", children=2), children={"c1": ("b8", "b9")})
    assert after(state, judge.on_code(state, label("c1"), full, LINA, AT)).session.armed.act == ""
    for about, reason in ((facts(), Reason.UNKNOWN_OBJECT), (facts(known("c1", "case")), Reason.CONTAINER_EMPTY)):
        refused = judge.on_code(state, label("c1"), about, LINA, AT)
        assert refused.verdict.reason is reason and after(state, refused).session.armed.act == "unpack"
    away = facts(known("c1", "case", children=2, status="in_transit"), children={"c1": ("b8", "b9")})
    assert judge.on_code(state, label("c1"), away, LINA, AT).verdict.reason is Reason.ALREADY_SHIPPED
    assert judge.on_code(state, label("c1"), full, GAO, AT).verdict.reason is Reason.NOT_ALLOWED
    assert judge.on_command(state, Asked("CANCEL"), facts(), LINA, AT).changes == (Alarmed(), Armed(), Awaiting())
    unsaid = judge.on_code(packing(armed="unpack"), label("c1"), full, LINA, AT)
    assert (unsaid.verdict.reason, unsaid.acts, unsaid.changes) == (Reason.REASON_NEEDED, (), ())


def test_pictures_where_nothing_is_packed() -> None:
    home = State(Session("lina"))
    assert judge.on_frame(home, [], facts(), LINA, AT, 2).verdict.reason is Reason.UNREADABLE
    assert judge.on_frame(home, [bottle(1), bottle(2)], facts(), LINA, AT).verdict.reason is Reason.NO_TASK
    mixed = judge.on_frame(home, [bottle(1), refusal(Reason.NO_RULE)], facts(), LINA, AT)
    assert mixed.verdict.reason is Reason.NO_TASK
    looking = State(Session("lina", "lookup"))
    seen = judge.on_frame(looking, [refusal(Reason.NO_SERIAL), bottle(1), bottle(1)], facts(), LINA, AT)
    assert seen.verdict.reason is Reason.LOOKED_UP
    assert judge.on_frame(packing(who=GAO), [bottle(2)], facts(), GAO, AT).verdict.reason is Reason.NOT_ALLOWED


def test_a_stranger_without_the_right_packs_nothing() -> None:
    decision = judge.on_code(packing(who=GAO), bottle(2), facts(), GAO, AT)
    assert decision.verdict.reason is Reason.NOT_ALLOWED
    assert not any(isinstance(change, Collected) for change in decision.changes)
