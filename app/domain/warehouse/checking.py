"""Spot-checks: which container that came in is opened, what is seen in it, and what comes of a difference.

Pure. Who is checked is drawn from the container's code, so that nobody can choose; somebody may ask for more checks,
never for fewer. What was seen becomes the record: what is missing never came in, what is there and was not told of is
taken in, and goods that differ are held until a supervisor releases them with a reason.
"""
from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.domain.codes.identity import Code
from app.domain.decision import (
    Armed,
    Change,
    Commissioned,
    Data,
    Decision,
    DocumentScanned,
    HeldBack,
    Packed,
    Placed,
    Unpacked,
    Verdict,
)
from app.domain.events import Act, Action, Type
from app.domain.facts import END_OF_LIFE, ON_THE_WAY, Content, Facts
from app.domain.packing import closing
from app.domain.products import Partner
from app.domain.reasons import Outcome, Reason
from app.domain.setting import Setting
from app.domain.warehouse import movement
from app.domain.warehouse.changes import CheckBegun, CheckEnded, CheckSeen, TakenOn
from app.domain.warehouse.documents import Document
from app.domain.warehouse.policy import Policy

RIGHT, EXTRA, WRONG_SERIAL, WRONG_PRODUCT, DAMAGED = "right", "extra", "wrong_serial", "wrong_product", "damaged"
STRANGE = (EXTRA, WRONG_SERIAL, WRONG_PRODUCT)
HOLD, DAMAGE = "MISMATCH", "DAMAGE"      # why goods are held back, as choice words say it
SAYS = {RIGHT: Reason.CHECK_RIGHT, EXTRA: Reason.CHECK_EXTRA, WRONG_SERIAL: Reason.CHECK_WRONG_SERIAL,
        WRONG_PRODUCT: Reason.CHECK_WRONG_PRODUCT, DAMAGED: Reason.CHECK_DAMAGED}


@dataclass(frozen=True, slots=True)
class Check:
    """A container whose contents are seen one by one. `expected` are the children that it is recorded with, by EPC with
    their product; `seen` what was found, in the order it was scanned."""

    epc: str
    document: str
    expected: Mapping[str, str] = field(default_factory=dict)
    seen: Mapping[str, str] = field(default_factory=dict)
    hand: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(epc for epc in self.expected if epc not in self.seen)

    @property
    def differs(self) -> bool:
        return bool(self.missing) or any(finding != RIGHT for finding in self.seen.values())


@dataclass(frozen=True, slots=True)
class Differences:
    """How a check ended. `strange` are objects that it was not recorded with, with their findings."""

    missing: tuple[str, ...]
    damaged: tuple[str, ...]
    strange: Mapping[str, str]

    def of(self, *findings: str) -> tuple[str, ...]:
        return tuple(epc for epc, finding in self.strange.items() if finding in findings)


def apply(state: Check | None, change: Change) -> Check | None:
    """The open check after one change. One that begins is read from the store by the caller."""
    match change:
        case CheckSeen(epc, child, finding) if state and epc == state.epc:
            seen = {each: told for each, told in state.seen.items() if each != child}
            return replace(state, seen={**seen, child: finding} if finding else seen)
        case CheckEnded(epc) if state and epc == state.epc:
            return None
    return state


# --- which one ----------------------------------------------------------------------------------------------------
def share(document: Document, partner: Partner | None, products: Iterable[str], policy: Policy) -> int:
    """Of a hundred containers how many are opened: what the document says, else the partner for these products, else
    the partner, else the house."""
    if document.check >= 0:
        return document.check
    if partner:
        named = [partner.checks[product] for product in products if product in partner.checks]
        if named or partner.check >= 0:
            return max(named) if named else partner.check
    return policy.check


def drawn(document: str, epc: str, of_a_hundred: int) -> bool:
    """Whether this one is opened: the same answer whenever it is asked."""
    digest = hashlib.sha256(f"{document} {epc}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % 100 < of_a_hundred


def due(document: Document, partner: Partner | None, epc: str, contents: Sequence[Content], policy: Policy) -> bool:
    return drawn(document.id, epc, share(document, partner, (each.product for each in contents), policy))


def begun(epc: str, document: str, children: int, hand: bool, data: Data) -> Decision:
    """The container is to be opened now."""
    told = Verdict(Outcome.WARNING, Reason.CHECK_THIS, {**data, "code": epc, "count": children, "document": document})
    return Decision(told, (), (CheckBegun(epc, document, hand),))


# --- what is in it ------------------------------------------------------------------------------------------------
def scan(state: Check, code: Code, facts: Facts, damaged: bool = False) -> Decision:
    """One thing in the open container."""
    known = facts.known.get(code.epc)
    data: Data = {"code": code.epc, "level": known.level if known else code.level, "parent": state.epc,
                  "have": len(state.seen), "target": len(state.expected)}
    if code.epc == state.epc or known and known.children and known.level == _own_level(state, facts):
        return Decision(Verdict(Outcome.REJECTED, Reason.CHECK_OPEN, data))
    finding, before = _finding(state, code, facts, damaged), state.seen.get(code.epc)
    if before == finding or before and not damaged:
        return Decision(Verdict(Outcome.DUPLICATE, Reason.CHECK_SEEN_BEFORE, data))
    inner = known is not None and known.parent in state.expected
    if inner and known:                      # a bottle out of a case that is in it: the case itself says more
        return Decision(Verdict(Outcome.REJECTED, Reason.WRONG_LEVEL, {
            **data, "expected": facts.known[known.parent].level if known.parent in facts.known else ""}))
    after = {**state.seen, code.epc: finding}
    data["have"] = len(after)
    expiry = code.expiry.isoformat() if code.expiry else ""
    tells = ("", "", "", "") if known else (code.level, code.product, code.lot, expiry)
    seen = CheckSeen(state.epc, code.epc, finding, *tells)
    product = known.product if known and known.product else code.product
    if finding == RIGHT:
        whole = set(state.expected) <= set(after)
        word = (Outcome.COMPLETE, Reason.CHECK_ALL_SEEN) if whole else (Outcome.ACCEPTED, Reason.CHECK_RIGHT)
        return Decision(Verdict(*word, data), (), (seen,))
    if product:
        data |= {"product": product, "expected": next(iter(state.expected.values()), "")}
    return Decision(Verdict(Outcome.WARNING, SAYS[finding], data), (), (seen,))


def _own_level(state: Check, facts: Facts) -> str:
    return facts.known[state.epc].level if state.epc in facts.known else ""


def _finding(state: Check, code: Code, facts: Facts, damaged: bool) -> str:
    if code.epc in state.expected:
        return DAMAGED if damaged else RIGHT
    product = _product(code.epc, facts) or code.product
    products = {each for each in state.expected.values() if each}
    if product and products and product not in products:
        return WRONG_PRODUCT
    return WRONG_SERIAL if len(state.seen) < len(state.expected) else EXTRA


def _product(epc: str, facts: Facts) -> str:
    contents = facts.contents.get(epc, ())
    known = facts.known.get(epc)
    return contents[0].product if contents else known.product if known else ""


def undo(state: Check) -> Decision:
    """Forgets what was scanned last."""
    if not state.seen:
        return Decision(Verdict(Outcome.WARNING, Reason.NOTHING_TO_UNDO))
    last = tuple(state.seen)[-1]
    return Decision(Verdict(Outcome.ACCEPTED, Reason.UNDONE, {"code": last, "count": 1}), (),
                    (CheckSeen(state.epc, last, ""),))


# --- the end ------------------------------------------------------------------------------------------------------
def differences(state: Check, facts: Facts | None = None) -> Differences:
    """What differs, now that all is seen: as many strange ones as are missing take their place, the rest is extra.

    What was taken out of it since by somebody who said so (`facts`) is not missing.
    """
    missing = state.missing
    if facts is not None:
        missing = tuple(epc for epc in missing if epc in facts.known and facts.known[epc].parent == state.epc)
    strange = {epc: finding for epc, finding in state.seen.items() if finding in STRANGE}
    serials = [epc for epc, finding in strange.items() if finding != WRONG_PRODUCT]
    swapped = max(len(missing) - sum(finding == WRONG_PRODUCT for finding in strange.values()), 0)
    strange |= {epc: WRONG_SERIAL if at < swapped else EXTRA for at, epc in enumerate(serials)}
    damaged = tuple(epc for epc, finding in state.seen.items() if finding == DAMAGED)
    return Differences(missing, damaged, strange)


def ended(state: Check, document: Document | None, partner: Partner | None, lines: Mapping[int, int], facts: Facts,
          at: Setting, sure: bool) -> Decision:
    """CHECKED: all that is in it was seen. A difference is said first and kept once CHECKED is given again (`sure`).

    `lines` are the units that the container has on the lines of its document.
    """
    found, about = differences(state, facts), facts.known.get(state.epc)
    if about is None or about.status in ON_THE_WAY | END_OF_LIFE:        # its receipt was taken back meanwhile
        return _given_up(state)
    data: Data = {"code": state.epc, "have": len(state.seen), "target": len(state.expected),
                  "missing": len(found.missing), "extra": len(found.of(EXTRA)), "serials": len(found.of(WRONG_SERIAL)),
                  "products": len(found.of(WRONG_PRODUCT)), "damaged": len(found.damaged), "document": state.document}
    differs = bool(found.missing or found.strange or found.damaged)
    if differs and not sure:
        return Decision(Verdict(Outcome.WARNING, Reason.CHECK_DIFFERS, data), (), (Armed("checked"),))
    references = movement.references((document,)) if document else ()
    extra = movement.about((document,)) if document else ()
    if not differs:
        act = Act(Type.OBJECT, Action.OBSERVE, "inspecting", (state.epc,), "conformant", transactions=references,
                  persistent=("completeness_verified",), extra=extra)
        return Decision(Verdict(Outcome.COMPLETE, Reason.CHECK_VERIFIED, data), (act,),
                        (CheckEnded(state.epc, "verified"),))
    acts, changes, taken = _as_seen(state, found, document, partner, facts, at)
    counts = tuple((name, count) for name, count in (
        ("missing", len(found.missing)), ("extraFound", len(found.of(EXTRA))),
        ("wrongSerials", len(found.of(WRONG_SERIAL))), ("wrongProducts", len(found.of(WRONG_PRODUCT))),
        ("damaged", len(found.damaged))) if count)
    acts.append(Act(Type.OBJECT, Action.OBSERVE, "inspecting", (state.epc,), "non_conformant", transactions=references,
                    persistent=_words(found), extra=(*extra, ("expected", len(state.expected)), *counts)))
    if found.damaged:
        acts.append(Act(Type.OBJECT, Action.OBSERVE, "holding", found.damaged, "damaged", extra=extra))
        changes.append(HeldBack(found.damaged, DAMAGE))
    if found.missing or found.strange:
        acts.append(Act(Type.OBJECT, Action.OBSERVE, "holding", (state.epc,), "non_sellable_other", extra=extra))
        changes.append(HeldBack((state.epc,), HOLD))
    changes += _relined(state, found.missing, taken, document, lines, facts)
    changes += [CheckSeen(state.epc, epc, finding) for epc, finding in found.strange.items()
                if state.seen[epc] != finding]
    return Decision(Verdict(Outcome.WARNING, Reason.CHECK_MISMATCH, data), tuple(acts),
                    (*changes, CheckEnded(state.epc, _worst(found)), Armed()))


def given_up(state: Check) -> Decision:
    """A check that somebody asked for and has not begun; what the policy drew is never given up."""
    data: Data = {"code": state.epc, "have": len(state.seen), "target": len(state.expected)}
    if not state.hand or state.seen:
        return Decision(Verdict(Outcome.REJECTED, Reason.CHECK_OPEN, data))
    return _given_up(state)


def _given_up(state: Check) -> Decision:
    data: Data = {"code": state.epc, "have": len(state.seen), "target": len(state.expected)}
    return Decision(Verdict(Outcome.COMMAND, Reason.CHECK_GIVEN_UP, data), (),
                    (CheckEnded(state.epc, "given_up"), Armed()))


def _words(found: Differences) -> tuple[str, ...]:
    """CBV's persistent dispositions for what differs."""
    words = [word for word, says in (
        ("mismatch_quantity", len(found.missing) != len(found.strange)),
        ("mismatch_instance", found.of(WRONG_SERIAL)), ("mismatch_class", found.of(WRONG_PRODUCT))) if says]
    return tuple(words) or ("completeness_verified",)


def _worst(found: Differences) -> str:
    words = _words(found)
    return "damaged" if words == ("completeness_verified",) else words[-1]


def _as_seen(state: Check, found: Differences, document: Document | None, partner: Partner | None, facts: Facts,
             at: Setting) -> tuple[list[Act], list[Change], tuple[str, ...]]:
    """The tree as it was seen: out with what is missing, in with what was found, wherever that was told to be. Gives
    that, too."""
    acts: list[Act] = []
    changes: list[Change] = []
    told, before = movement.about((document,)) if document else (), facts.goods.stood
    about = facts.known.get(state.epc)
    order, level = (about.order, about.level) if about and about.order else ("", "")
    if found.missing:
        away = before.status == "in_transit"
        acts += [Act(Type.AGGREGATION, Action.DELETE, "unpacking", part, "in_transit" if away else "unknown",
                     parent=state.epc, in_place=False, extra=(*told, ("reason", "MISSING")))
                 for part in closing.split(found.missing, at.max_children)]
        changes += [Unpacked(state.epc, found.missing, order, level, partly=bool(level)),
                    Placed(found.missing, before.status, before.location, before.partner)]
        if before.bound and before.bound.partner:        # they are still with whom they were shipped to
            changes.append(replace(before.bound, epcs=found.missing))
    taken = tuple(_taken_in(found, document, partner, facts, at, acts, changes))
    if taken:
        acts += [Act(Type.AGGREGATION, Action.ADD, "packing", part, "in_progress", parent=state.epc,
                     extra=(*told, ("reason", "FOUND"))) for part in closing.split(taken, at.max_children)]
        changes.append(Packed(state.epc, taken, about.complete if about else True, order, level))
        if about and about.status != "in_progress":      # what came back is still what came back
            changes.append(Placed((state.epc,), about.status, about.location, about.partner))
    return acts, changes, taken


def _taken_in(found: Differences, document: Document | None, partner: Partner | None, facts: Facts, at: Setting,
              acts: list[Act], changes: list[Change]) -> Iterator[str]:
    """Strange objects that may stand in the container from now on; what nobody may know of is only reported."""
    for epc in found.strange:
        known, contents = facts.known.get(epc), facts.contents.get(epc, ())
        if epc in facts.standing or known and known.status in END_OF_LIFE:
            continue
        if known is None:
            if at.policy.unknown != "provisional" or not contents or document is None:
                continue
            one = contents[0]
            changes += [Commissioned((epc,), facts.goods.levels.get(epc, ""), one.product, one.lot, one.expiry, "",
                                     "in_progress", at.location), TakenOn((epc,), document.id)]
        if known and known.parent:
            made, then = closing.take_out(known, facts.known.get(known.parent), extra=(("reason", "FOUND"),))
            acts += made
            changes += then
        if document and (known is None or known.status in ("announced", "in_transit")):
            came, then_ = movement.moved((document,), partner, epc, at.location, check=movement.OPEN,
                                         extra=(("found", found.strange[epc]),))
            acts += came
            changes += then_
        yield epc


def _relined(state: Check, missing: Iterable[str], taken: Iterable[str], document: Document | None,
             lines: Mapping[int, int], facts: Facts) -> Iterator[Change]:
    """The document counts what was seen: fewer units for what is missing, more for what was found."""
    if document is None or not lines:
        return
    change: Counter[tuple[str, str]] = Counter()
    for sign, epcs in ((-1, missing), (1, taken)):
        for epc in epcs:
            for content in facts.contents.get(epc, ()):
                change[content.product, content.lot] += sign * content.units
    after = dict(lines)
    for (product, lot), units in change.items():
        fits = [line.line for line in document.lines if line.product == product and line.lot in ("", lot)]
        mine = next((line for line in fits if line in lines), fits[0] if fits else None)
        if mine is not None:
            after[mine] = max(after.get(mine, 0) + units, 0)
    for line, units in after.items():
        if units != lines.get(line, 0):
            yield DocumentScanned(document.id, line, state.epc, 0)
            if units:
                yield DocumentScanned(document.id, line, state.epc, units)
