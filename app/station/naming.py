"""Scans that are no goods: a document's own number opens it where none is open, a partner's number or GLN names the
partner that is asked for. They become the command that they mean; the way they were read stays in the journal.

Must not take a code of ours for anything else: what is known as an object is one.
"""
from __future__ import annotations

import re
from dataclasses import replace

from app.domain import judge
from app.domain.codes.identity import Code, CommandCode, Meaning, Refusal
from app.domain.codes.text import shown
from app.domain.reasons import Reason
from app.domain.session import PAPER_TASKS, State
from app.domain.warehouse import desk
from app.store.store import Store

LONGEST = 100                                            # characters of a document's or a partner's number
NAMES_PARTNER = {"new-document": "NEW-DOCUMENT", "receiver": "RECEIVER"}
# GS1's identifiers of parties and places (410 … 417), as an element string, typed with brackets, or in a Digital Link.
_GLN = re.compile(r"(?:\(41[0-7]\)|41[0-7]|https?://\S*/41[0-7]/)?(\d{13})(?:$|[/?(\x1d]|254)", re.ASCII)


def named(store: Store, state: State, meaning: Meaning) -> Meaning:
    """What a scan means while a document is chosen or a partner is asked for; anything else is as it was read."""
    if not isinstance(meaning, Code | Refusal) or not state.session.operator or judge.looks_up(state):
        return meaning
    text = meaning.raw.decode("utf-8", "replace").strip()
    if state.session.armed.act in NAMES_PARTNER:
        return _partner(store, state, meaning, text)
    if state.session.armed.act in desk.NAMING:
        return _document(store, state, meaning, text)
    if not 0 < len(text) <= LONGEST or not store.catalogue.has_document(text):
        return meaning
    if isinstance(meaning, Code):
        is_goods = state.dock is None and state.count is None or meaning.epc in store.facts([meaning.epc]).known
        return meaning if is_goods else Refusal(meaning.raw, meaning.aim, Reason.DOCUMENT_NUMBER, {"document": text})
    if meaning.reason is Reason.NO_SERIAL:               # a product's own barcode says no more
        return meaning
    moving = state.session.moving
    if state.session.task == "moving" and not (moving.document or moving.waiting or state.session.armed.act):
        return CommandCode("PICK", text)
    chooses = state.session.task in PAPER_TASKS and state.dock is None and state.count is None
    if chooses and not state.session.armed.act:
        return CommandCode("DOCUMENT", text)
    return replace(meaning, reason=Reason.DOCUMENT_NUMBER, data={"document": text})


def _document(store: Store, state: State, meaning: Code | Refusal, text: str) -> Meaning:
    """The command that waits for a document, with the one whose number was scanned; goods are what they are."""
    if 0 < len(text) <= LONGEST and store.catalogue.has_document(text) and not (
            isinstance(meaning, Code) and meaning.epc in store.facts([meaning.epc]).known):
        return CommandCode(state.session.armed.act.upper(), text)
    if isinstance(meaning, Code) or not text:
        return meaning
    return Refusal(meaning.raw, meaning.aim, Reason.UNKNOWN_DOCUMENT, {"document": shown(meaning.raw)})


def _partner(store: Store, state: State, meaning: Code | Refusal, text: str) -> Meaning:
    """The command that waits for a partner, with the one that was scanned."""
    armed, found = state.session.armed, _GLN.match(text)
    ids = store.catalogue.partners_at(found[1]) if found else ()
    id = text if len(text) <= LONGEST and store.catalogue.partner(text) else next(iter(ids), "")
    if not id:
        return Refusal(meaning.raw, meaning.aim, Reason.NO_PARTNER, {"code": shown(meaning.raw)})
    said = f"{armed.argument}:{id}" if armed.act == "new-document" else f"{id}:{armed.argument}".rstrip(":")
    return CommandCode(NAMES_PARTNER[armed.act], said)
