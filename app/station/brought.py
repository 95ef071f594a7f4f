"""What comes to the station from beside it: documents written down on the command line, and the server's answers."""
from __future__ import annotations

from app.domain import acts
from app.domain.decision import Decision, Verdict
from app.domain.reasons import Outcome, Reason
from app.domain.warehouse.changes import DocumentMade
from app.messages import Answered, MasterChanged, Message, Typed
from app.station.place import Surroundings
from app.store import typed
from app.store.store import Store


def messages(store: Store, around: Surroundings) -> list[Message]:
    """Master data that was imported meanwhile, and each document that the journal does not have yet."""
    changed = [MasterChanged(around.now())] if store.imported() else []
    return [*changed, *(Typed(id, by, at, around.mono()) for id, by, at in typed.waiting(store.connection))]


def judged(store: Store, message: Answered | Typed) -> Decision:
    """What such a message is an entry of."""
    if isinstance(message, Answered):
        return acts.answered(message.epc, message.document, message.answer, store.facts([message.epc]))
    document = store.catalogue.document(message.document)
    typed.taken(store.connection, message.document)
    told = Verdict(Outcome.COMMAND, Reason.DOCUMENT_MADE, {
        "document": message.document, "kind": document.kind if document else "", "by": message.by})
    return Decision(told, (), (DocumentMade(document),) if document else ())
