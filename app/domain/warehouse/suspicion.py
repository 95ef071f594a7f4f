"""What comes of a finding of the diversion judge: let it pass and keep it, warn, or stop; evidence, events, release.

Pure. A stop holds the goods where they are until two people release them with a reason; a warning lets them pass. Each
new suspicion has an evidence file, whose bytes are made here so that the event can carry their digest.
"""
from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.domain.codes.identity import Code
from app.domain.decision import Armed, Change, Data, Decision, HeldBack, Verdict
from app.domain.events import Act, Action, Type
from app.domain.facts import DIVERSION, Facts
from app.domain.people import Person, told
from app.domain.products import Partner
from app.domain.reasons import Outcome, Reason
from app.domain.setting import Setting
from app.domain.warehouse.changes import Cleared, Sighted, Suspected
from app.domain.warehouse.diversion import OURSELVES, Finding, Judged, Met, judge, own_stock
from app.domain.warehouse.goods import Case, Goods
from app.domain.warehouse.kinds import Kind
from app.domain.warehouse.policy import Measure

HOLD = DIVERSION                 # why goods are held back, as choice words say it
MOST_SIBLINGS = 200              # that the evidence names
OUTCOMES = {Measure.STOP: Outcome.STOP, Measure.WARN: Outcome.WARNING, Measure.RECORD: Outcome.ACCEPTED}
FORMAT = 1


def decide(code: Code, facts: Facts, at: Setting, who: Person | None, *, kind: Kind | None = None,
           partner: Partner | None = None, document: str = "") -> Decision | None:
    """The judgement on one scan; None where there is none to give: goods that leave, or come from ourselves.

    `kind` None is an inspection: its verdict is the whole answer. On a document only a stop is; everything else goes
    with what the dock says (`combined`).
    """
    if kind is not None and (not kind.incoming or kind.name in OURSELVES):
        return None
    goods, known = facts.goods, facts.known.get(code.epc)
    product = known.product if known and known.product else code.product
    met = Met(at.site, kind, partner)
    found = judge(code.epc, goods, met, at.policy, product)
    if found.measure is Measure.OFF and kind is not None:
        return None
    seen = Sighted((code.epc,), at.location, goods.now, goods.snapshot.name)
    data: Data = {**found.data, "document": document, "partner": partner.id if partner else "", "product": product}
    standing = facts.standing.get(code.epc)
    if kind is None and standing and (not found.finding.suspect or found.finding is Finding.NEVER_SHIPPED):
        about: Data = {"code": code.epc, "level": standing.level, "order": standing.order, "product": product}
        return Decision(Verdict(Outcome.WARNING, Reason.STILL_PACKED, about), (), (seen,))
    if own_stock(found, goods, known, met, at.location):
        return Decision(Verdict(Outcome.WARNING, Reason.OWN_STOCK, {**data, "place": known.location if known else ""}),
                        (), (seen,))
    if not found.finding.suspect:
        return Decision(_harmless(found, kind, data), (), (seen,))
    if freed := let_go(found, goods):
        people = goods.people
        who_: Data = {"by": told(people.get(freed.by, ""), freed.by), "case": freed.number, "at": freed.at,
                      "approver": told(people.get(freed.approver, ""), freed.approver), "why": freed.reason}
        return Decision(Verdict(Outcome.WARNING, Reason.LET_GO_BEFORE, {**data, **who_}), (), (seen,))
    before = next((each for each in goods.cases.get(code.epc, ()) if _same(each, found)), None)
    if before and _still(before, found, facts, code.epc):
        data = {**data, "case": before.number}
        outcome = Outcome.REJECTED if found.measure is Measure.STOP else OUTCOMES.get(found.measure, Outcome.WARNING)
        return Decision(Verdict(outcome, Reason(str(found.finding)), data), (), (seen,))
    return _suspect(found, facts, at, who, data, seen)


def combined(found: Decision | None, then: Decision) -> Decision:
    """A judgement that is no stop, with what the dock decided: all that either keeps, and the graver word."""
    if found is None:
        return then
    verdict = then.verdict
    if found.verdict.outcome is Outcome.WARNING and verdict.outcome.good:
        verdict = Verdict(Outcome.WARNING, found.verdict.reason, {**verdict.data, **found.verdict.data})
    elif found.acts:                     # kept without a word: whoever writes the evidence looks for its number
        verdict = replace(verdict, data={**verdict.data, "case": found.verdict.data["case"]})
    return Decision(verdict, (*found.acts, *then.acts), (*found.changes, *then.changes))


def stops(found: Decision | None) -> bool:
    """Whether the dock is not asked at all."""
    return found is not None and found.verdict.outcome in (Outcome.STOP, Outcome.REJECTED)


def let_go(found: Judged, goods: Goods) -> Case | None:
    """The case in which two people released just this: these goods, or what they stood in then, for the same finding
    with the same expected and actual. Anything else is news, and stops anew."""
    return next((case for case in goods.let_go.get(found.epc, ()) if _same(case, found)), None)


def held(epc: str, facts: Facts) -> Case | None:
    """The case for which this object is held at this station; None for none, or for another reason."""
    open_ = (each for each in facts.goods.cases.get(epc, ()) if each.state == "open")
    return next(open_, None) if facts.held.get(epc) == HOLD else None


def release(code: Code, facts: Facts, case: Case, reason: str, who: str, approver: str) -> Decision:
    """The goods may move again: two people have said so, and why. They are not stopped for the same once more; all
    open cases of these goods are answered by it, as the hold was one for all of them."""
    extra = (("reason", reason), ("finding", case.finding), ("evidence", case.number), ("approver", approver))
    act = Act(Type.OBJECT, Action.OBSERVE, "inspecting", (code.epc,), "conformant", extra=extra)
    all_of = [each.number for each in reversed(facts.goods.cases.get(code.epc, (case,))) if each.state == "open"]
    data: Data = {"code": code.epc, "level": code.level, "why": reason, "case": case.number, "act": "RELEASE"}
    cleared = (Cleared(number, code.epc, reason, who, approver) for number in all_of)
    return Decision(Verdict(Outcome.ACCEPTED, Reason.RELEASED, data), (act,),
                    (HeldBack((code.epc,), ""), *cleared, Armed()))


def _same(case: Case, found: Judged) -> bool:
    return (case.finding, case.expected, case.actual) == (str(found.finding), found.expected, found.actual)


def _still(before: Case, found: Judged, facts: Facts, epc: str) -> bool:
    """Whether the case that there is covers this scan too: goods that are to be stopped are held already."""
    return before.state == "open" and (found.measure is not Measure.STOP or facts.held.get(epc) == HOLD)


def _harmless(found: Judged, kind: Kind | None, data: Data) -> Verdict:
    if found.finding is Finding.NOT_JUDGED:
        return Verdict(Outcome.WARNING if kind is None else Outcome.ACCEPTED, Reason.NOT_JUDGED, data)
    return Verdict(Outcome.ACCEPTED, Reason.INSPECTED_RIGHT, data)


def _suspect(found: Judged, facts: Facts, at: Setting, who: Person | None, data: Data, seen: Sighted) -> Decision:
    """A new case: the evidence, the events that carry it to the server, and for a stop the hold."""
    goods, epc = facts.goods, found.epc
    text = evidence(found, goods, at, who, data)
    digest = hashlib.sha256(text.encode()).hexdigest()
    marks: tuple[tuple[str, str | int], ...] = (
        ("finding", str(found.finding)), ("policy", str(found.measure)), ("expectedDealer", found.expected_dealer),
        ("expectedTerritory", found.expected_territory), ("actualDealer", found.actual_dealer),
        ("actualTerritory", found.actual_territory), ("rule", found.rule), ("decidedBy", found.by),
        ("snapshot", goods.snapshot.id if found.source == "snapshot" else ""), ("evidence", goods.case),
        ("evidenceDigest", digest), ("document", str(data["document"])))
    extra = tuple((key, value) for key, value in marks if value)
    inspected = Act(Type.OBJECT, Action.OBSERVE, "inspecting", (epc,), "non_sellable_other", extra=extra)
    siblings = goods.siblings.get(epc, ())[:MOST_SIBLINGS]
    changes: list[Change] = [
        Suspected(goods.case, epc, str(found.finding), str(found.measure), found.expected, found.actual, found.rule,
                  str(data["document"]), str(data["partner"]), siblings, text), seen]
    acts: Sequence[Act] = (inspected,)
    if found.measure is Measure.STOP:
        acts = (inspected, replace(inspected, biz_step="holding"))
        changes.append(HeldBack((epc,), HOLD))
    outcome = OUTCOMES.get(found.measure, Outcome.WARNING)
    return Decision(Verdict(outcome, Reason(str(found.finding)), {**data, "case": goods.case}), tuple(acts),
                    tuple(changes))


def evidence(found: Judged, goods: Goods, at: Setting, who: Person | None, data: Data) -> str:
    """evidence.json: what was found, byte for byte as its digest in the event was made of it."""
    siblings = goods.siblings.get(found.epc, ())
    codes = (found.epc, *siblings[:MOST_SIBLINGS])
    body: dict[str, Any] = {
        "format": FORMAT, "number": goods.case, "at": goods.now, "station": at.station, "place": at.location,
        "site": {"partner": at.site.partner, "territory": at.site.territory, "latitude": at.site.latitude,
                 "longitude": at.site.longitude},
        "operator": who.id if who else "", "operator_name": who.name if who else "",
        "document": data["document"], "brought_by": data["partner"], "product": data["product"],
        "finding": str(found.finding), "policy": str(found.measure), "code": found.epc,
        "decided_by": {"code": found.code, "as": found.by, "rule": found.rule},
        "expected": {"dealer": found.expected_dealer, "territory": found.expected_territory},
        "actual": {"dealer": found.actual_dealer, "territory": found.actual_territory},
        "siblings": list(siblings[:MOST_SIBLINGS]), "siblings_left_out": max(len(siblings) - MOST_SIBLINGS, 0),
        "bindings": [{"code": each.epc, "as": each.by, "dealer": each.partner, "territory": each.territory,
                      "at": each.at, "source": each.source, "document": each.document}
                     for each in (goods.bindings[epc] for epc in codes if epc in goods.bindings)],
        "elsewhere": [{"code": epc, "place": seen.place, "at": seen.at, "latitude": seen.latitude,
                       "longitude": seen.longitude, "territory": seen.territory}
                      for epc, seen in ((epc, goods.sightings[epc]) for epc in codes if epc in goods.sightings)],
        "snapshot": {"id": goods.snapshot.id, "issued_at": goods.snapshot.issued_at,
                     "valid_until": goods.snapshot.valid_until, "complete": goods.snapshot.complete}}
    return json.dumps(body, ensure_ascii=False) + "\n"
