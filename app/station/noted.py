"""What one scan, by hand or by a camera, leaves on the screen besides its verdict. Decides nothing."""
from __future__ import annotations

from dataclasses import replace

from app.domain import judge
from app.domain.codes.identity import Code, Refusal
from app.domain.codes.text import shown
from app.domain.decision import Decision
from app.domain.facts import Facts
from app.domain.reasons import Outcome
from app.domain.session import DOCK_TASKS, State
from app.station.onscreen import OnScreen


def noted(screen: OnScreen, state: State, meaning: Code | Refusal, facts: Facts, decision: Decision) -> OnScreen:
    """The object that is looked up, or the one that went onto a document."""
    if judge.looks_up(state) and decision.verdict.outcome in (Outcome.ACCEPTED, Outcome.WARNING):
        return replace(screen, lookup=meaning.epc if isinstance(meaning, Code) else shown(meaning.raw))
    if isinstance(meaning, Code) and state.session.task in DOCK_TASKS and decision.acts:
        return screen.scanned(meaning.epc, facts, decision.changes)
    return screen
