"""Who stands at the station and what they are doing: operator, task, unanswered red, what the next scan is for."""
from __future__ import annotations

from dataclasses import dataclass, replace

from app.domain.decision import Alarmed, Armed, Awaiting, Change, ShiftChanged, SignedIn, TaskChosen
from app.domain.packing import containers, line_queue
from app.domain.packing.containers import Packing
from app.domain.packing.line_queue import Queue
from app.domain.reasons import Outcome
from app.domain.warehouse import checking, dock, stocktake
from app.domain.warehouse.changes import DocumentsJoined, Moving
from app.domain.warehouse.checking import Check
from app.domain.warehouse.dock import Dock
from app.domain.warehouse.stocktake import Count

DOCK_TASKS = frozenset({"receiving", "shipping"})
PAPER_TASKS = DOCK_TASKS | {"counting"}          # those that work on a document


@dataclass(frozen=True, slots=True)
class Session:
    """Survives a restart: the clerk finds the station as it was left."""

    operator: str = ""
    task: str = "home"           # home, packing, receiving, shipping, lookup, sampling
    order: str = ""              # the work order last packed; kept while another page is open
    document: str = ""           # the document last worked on
    alarm: Alarmed = Alarmed()
    armed: Armed = Armed()
    awaiting: Awaiting = Awaiting()      # an act that waits for a second person's badge
    shift: str = ""
    reel: str = ""               # number of the set of pairs last checked by samples
    joined: tuple[str, ...] = ()         # the documents worked on together, where there are several
    inspected: str = ""          # the partner whose goods are inspected, "" nobody's in particular
    moving: Moving = Moving()            # while goods are moved: shelf, document, what waits

    @property
    def subject(self) -> str:
        return {"packing": self.order, "receiving": self.document, "shipping": self.document,
                "counting": self.document, "sampling": self.reel, "inspecting": self.inspected,
                "moving": self.moving.document}.get(self.task, "")

    @property
    def documents(self) -> tuple[str, ...]:
        """All that are worked on together, the first one served first."""
        return self.joined or ((self.document,) if self.document else ())

    @property
    def stopped(self) -> bool:
        return self.alarm.outcome == Outcome.STOP


@dataclass(frozen=True, slots=True)
class State:
    """All that the station decides from, besides what the store knows about the codes at hand."""

    session: Session = Session()
    packing: Packing | None = None
    dock: Dock | None = None
    queue: Queue | None = None       # of the order that is being packed
    count: Count | None = None       # where the document last worked on is a count
    check: Check | None = None       # the container that is open to be seen one by one


def apply(state: State, change: Change, before: dict[tuple[str, int], int] | None = None) -> State:
    """The state after one change. Choosing a task says which order or document the caller loads."""
    session = state.session
    match change:
        case SignedIn(operator):
            session = replace(session, operator=operator, armed=Armed(), awaiting=Awaiting())
        case TaskChosen(task, subject):
            session = replace(session, task=task, armed=Armed(), awaiting=Awaiting(), moving=Moving())
            if task == "packing":
                session = replace(session, order=subject)
            elif task in PAPER_TASKS:
                session = replace(session, document=subject, joined=())
            elif task == "sampling":
                session = replace(session, reel=subject)
            elif task == "inspecting":
                session = replace(session, inspected=subject)
        case Alarmed():
            session = replace(session, alarm=change)
        case Armed():
            session = replace(session, armed=change)
        case Awaiting():
            session = replace(session, awaiting=change)
        case Moving():
            session = replace(session, moving=change)
        case ShiftChanged(shift):
            session = replace(session, shift=shift)
        case DocumentsJoined(documents):
            state = replace(state, dock=dock.apply(state.dock, change) if state.dock else None)
            session = replace(session, document=documents[0], joined=documents)
        case _:
            return replace(state, packing=containers.apply(state.packing, change) if state.packing else None,
                           queue=line_queue.apply(state.queue, change) if state.queue else None,
                           dock=dock.apply(state.dock, change, before) if state.dock else None,
                           count=stocktake.apply(state.count, change) if state.count else None,
                           check=checking.apply(state.check, change))
    return replace(state, session=session)
