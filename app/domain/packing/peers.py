"""Peers: the several codes of one object, read here side by side until the object is whole. Never parent and child.

Pure. Pairs that the makers' files tell are resolved before a code comes here; such a code has its `alias` set.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.codes.identity import Code, Refusal
from app.domain.decision import Change, Data, HalfRead, Paired, Verdict
from app.domain.events import Act, Action, Type
from app.domain.facts import Facts
from app.domain.packing.containers import Packing, apply
from app.domain.reasons import Outcome, Reason


@dataclass(frozen=True, slots=True)
class Joined:
    """`code` is the object's identity; `verdict` says why there is none (yet)."""

    code: Code
    verdict: Verdict | None = None
    acts: tuple[Act, ...] = ()
    changes: tuple[Change, ...] = ()


def join(state: Packing, code: Code, level: str, facts: Facts) -> Joined:
    """One code of a level, with what was read of the same object before. What is whole goes on as its identity."""
    plan_level = state.plan.at(level)
    data: Data = {"code": code.epc, "level": level, "role": code.role}
    if code.alias and state.half and state.half_level == level \
            and dict(state.half).get(plan_level.identity, code.epc) != code.epc:
        return Joined(code, Verdict(Outcome.REJECTED, Reason.PAIR_MISMATCH, {**data, "expected": code.epc}))
    if not plan_level.roles or code.alias:
        return Joined(code)
    role = next((each for each in plan_level.roles if each.role == code.role), None)
    if role is None:
        return Joined(code, Verdict(Outcome.REJECTED, Reason.NOT_PAIRED, data))
    is_identity = role.role == plan_level.identity
    if not is_identity and role.joined == "file":
        return Joined(code, Verdict(Outcome.REJECTED, Reason.NOT_PAIRED, data))
    have = dict(state.half) if state.half_level == level else {}
    have[role.role] = code.epc
    identity = have.get(plan_level.identity, "")
    known = facts.roles.get(identity, {})
    wanted = [each for each in plan_level.on_line if each not in have and each not in known]
    if not wanted and identity:
        return _whole(state, code, identity, have, known, data)
    if is_identity and not plan_level.on_line:
        return Joined(code)
    wiped: tuple[Change, ...] = (HalfRead(state.order.id),) if state.half and state.half_level != level else ()
    half = HalfRead(state.order.id, level, role.role, code.epc)
    verdict = Verdict(Outcome.ACCEPTED, Reason.HALF_READ, {**data, "wanted": " ".join(wanted)})
    return Joined(code, verdict, (), (*wiped, half))


def join_all(state: Packing, codes: Sequence[Code], level: str, facts: Facts) -> Joined:
    """All codes that were read of ONE object at one moment, by two readers or more."""
    changes: list[Change] = []
    acts: list[Act] = []
    last = Joined(codes[0])
    for code in codes:
        last = join(state, code, level, facts)
        acts += last.acts
        changes += last.changes
        for change in last.changes:
            state = apply(state, change)
        if last.verdict and last.verdict.outcome is not Outcome.ACCEPTED:
            return replace(last, acts=(), changes=())
    if last.verdict:       # one side is missing: nothing of it is kept, the object is shown again
        return Joined(last.code, replace(last.verdict, outcome=Outcome.REJECTED, reason=Reason.HALF_READ))
    return Joined(last.code, None, tuple(acts), tuple(changes))


@dataclass(frozen=True, slots=True)
class Bottle:
    """What an in-line reader, or several at one moment, saw of one object: its identity, or what was wrong with it."""

    codes: Sequence[Code | Refusal]
    epc: str = ""
    acts: tuple[Act, ...] = ()
    changes: tuple[Change, ...] = ()


def one(state: Packing, codes: Sequence[Code | Refusal], facts: Facts) -> Bottle:
    """The codes of one bottle as the one that it is known by; nothing half read stays: the bottle is gone by then."""
    level = state.plan.levels[0]
    found = [code for code in codes if isinstance(code, Code)]
    if not level.roles or not found:
        return Bottle(codes)
    rest = [code for code in codes if isinstance(code, Refusal)]
    joined = join_all(replace(state, half=(), half_level=""), found, level.level, facts)
    if joined.verdict:
        return Bottle([Refusal(b"", "", joined.verdict.reason, joined.verdict.data), *rest])
    fresh = tuple(change for change in joined.changes if not isinstance(change, HalfRead))
    return Bottle([joined.code, *rest], joined.code.epc, joined.acts, fresh)


def _whole(state: Packing, code: Code, identity: str, have: dict[str, str], known: dict[str, str],
           data: Data) -> Joined:
    """Every code of the object is there: its peers are tied to it, unless it has others already."""
    for role, epc in have.items():
        if role in known and known[role] != epc:
            return Joined(code, Verdict(Outcome.REJECTED, Reason.PAIRED_BEFORE, {**data, "expected": known[role]}), (),
                          (HalfRead(state.order.id),) if state.half else ())
    fresh = {role: epc for role, epc in have.items() if epc != identity and role not in known}
    acts = (Act(Type.ASSOCIATION, Action.ADD, "assembling", tuple(fresh.values()), "in_progress", parent=identity,
                extra=(("order", state.order.id), ("roles", " ".join(fresh)))),) if fresh else ()
    paired = tuple(Paired(identity, role, epc) for role, epc in fresh.items())
    cleared = (HalfRead(state.order.id),) if state.half else ()
    level = state.plan.at(str(data["level"]))
    whole = replace(code, epc=identity, role=level.identity, alias="" if code.epc == identity else code.epc)
    return Joined(whole, None, acts, (*paired, *cleared))
