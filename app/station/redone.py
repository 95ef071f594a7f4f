"""What a rework act did, for the screen: the outermost objects that it touched, before and after. Reads only."""
from __future__ import annotations

from collections.abc import Iterable

from app.domain.decision import Decision
from app.domain.reasons import Reason
from app.domain.session import Session
from app.messages import ReworkView
from app.store.database import Connection
from app.store.trees import root_of, tree
from app.views import TreeNode

MOST_TREES = 6          # outermost objects that are shown
# What is in a container is shown by the page of the check; and a list of documents that is open is no rework.
CHECKS = ("check", "checked", "damaged", "document", "also")


def before(connection: Connection, session: Session, decision: Decision) -> tuple[TreeNode, ...]:
    """The objects that a rework act is about to touch, as they stand; () for any other work."""
    act = session.armed.act
    if not (decision.acts and (act and act not in CHECKS or decision.verdict.reason is Reason.REOPENED)):
        return ()
    return _trees(connection, (epc for act in decision.acts for epc in (act.parent, *act.epcs[:MOST_TREES]) if epc))


def after(connection: Connection, decision: Decision, stood: tuple[TreeNode, ...],
          armed: str = "") -> ReworkView | None:
    """The same objects and what came of them; None where nothing was reworked. `armed` is the act that was."""
    if not stood:
        return None
    about = (*(each.epc for each in stood),
             *(epc for act in decision.acts for epc in (act.parent, *act.epcs[:MOST_TREES]) if epc))
    return ReworkView(str(decision.verdict.data.get("act", armed or "UNDO")), stood, _trees(connection, about),
                      tuple(act.biz_step for act in decision.acts))


def _trees(connection: Connection, epcs: Iterable[str]) -> tuple[TreeNode, ...]:
    about = [*dict.fromkeys(epcs)][:4 * MOST_TREES]
    roots = [*dict.fromkeys(root_of(connection, epc) for epc in about)][:MOST_TREES]
    found = (tree(connection, epc) for epc in roots)
    return tuple(each for each in found if each)
