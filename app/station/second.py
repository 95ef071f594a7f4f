"""A decision that a second person stands behind: named in what is shown and in each of its events."""
from __future__ import annotations

from dataclasses import replace

from app.domain.decision import Awaiting, Decision


def approved(decision: Decision, by: str, approver: str) -> Decision:
    """The decision made by one person and approved by another; both are ids. Nothing waits any more."""
    told = tuple(act if ("approver", approver) in act.extra else
                 replace(act, extra=(*act.extra, ("approver", approver))) for act in decision.acts)
    verdict = replace(decision.verdict, data={**decision.verdict.data, "by": by, "approver": approver})
    return replace(decision, verdict=verdict, acts=told, changes=(Awaiting(), *decision.changes))
