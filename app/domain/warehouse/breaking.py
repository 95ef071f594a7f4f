"""A case that is taken from a pallet which stays: the clerk is asked first, then the pallet has one less.

Pure, and the same wherever goods move. What may not move anyway is refused before anybody is asked.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from app.domain.codes.identity import Code
from app.domain.decision import Awaiting, Change, Data, Decision, Verdict
from app.domain.events import Act
from app.domain.facts import END_OF_LIFE, Facts
from app.domain.packing import closing
from app.domain.packing.closing import Extra
from app.domain.reasons import Outcome, Reason
from app.domain.setting import Hand, Setting

BREAK = "break"              # the question whether a pallet that stays is taken apart
Opened = tuple[list[Act], list[Change], Facts]


def taken_out(code: Code, facts: Facts, at: Setting, hand: Hand, refused: Callable[[Facts], Verdict | None],
              extra: Extra) -> Decision | Opened:
    """What a closed parent that stays has to be told of, with the facts as they are then; or the question, or why not.

    `refused` judges the goods as if they stood alone.
    """
    known = facts.known.get(code.epc)
    if known is None or not known.parent or at.policy.break_pallet != "ask":
        return [], [], facts
    parent = facts.known.get(known.parent)
    if parent is None or known.parent in facts.standing or known.root in facts.standing or known.status in END_OF_LIFE:
        return [], [], facts          # in a container that is still open: refused by whoever asked
    loose = replace(facts, known={**facts.known, code.epc: replace(known, parent="", root=known.epc)})
    why_not = held_above(code.epc, facts) or refused(loose)
    if why_not:
        return Decision(why_not)
    if BREAK not in hand.agreed:
        data: Data = {"code": code.epc, "level": known.level, "parent": known.parent, "root": known.root}
        return Decision(Verdict(Outcome.WARNING, Reason.BREAK_PALLET, data), (), (asked(hand, BREAK),))
    acts, changes = closing.take_out(known, parent, extra=extra)
    return acts, changes, loose


def held_above(epc: str, facts: Facts) -> Verdict | None:
    """What is in a container that is held is held with it: nothing is taken out of it, so that it could move."""
    above = facts.known.get(facts.known[epc].parent)
    by_server = {hold.epc: hold.reason for hold in facts.holds if hold.epc}
    while above:
        if above.epc in facts.held_here or above.epc in by_server:
            return Verdict(Outcome.REJECTED, Reason.ON_HOLD, {
                "code": epc, "parent": above.epc, "hold": by_server.get(above.epc) or facts.held.get(above.epc, "")})
        above = facts.known.get(above.parent)
    return None


def asked(hand: Hand, question: str) -> Awaiting:
    """The scan waits for CONFIRM; what was agreed to before is not asked again."""
    return replace(hand.message, question=" ".join((*sorted(hand.agreed), question)))
