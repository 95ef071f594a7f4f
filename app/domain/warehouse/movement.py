"""What a document does to an object: the events of its kind, and where the object stands or how it ended.

Pure, and driven by the table of kinds: no kind is known here by its name. Must not judge whether the object may move.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from app.domain.decision import Change, Ended, Placed, Unpacked
from app.domain.events import Act, Action, Type
from app.domain.products import Partner
from app.domain.warehouse.changes import Bound
from app.domain.warehouse.documents import Document
from app.domain.warehouse.goods import Shipment
from app.domain.warehouse.kinds import KINDS, Kind, PartnerRole

DOCUMENT_URI = "urn:onecode:document:"
OPEN = "open"                # what is inside is seen one by one after the receipt: checking.py tells of it
SAMPLING = "sampling"
Pairs = tuple[tuple[str, str], ...]
Extra = tuple[tuple[str, str | int], ...]


def moved(papers: Sequence[Document], partner: Partner | None, epc: str, location: str, *, reason: str = "",
          check: str = "", shipment: Shipment | None = None, inside: Mapping[str, tuple[str, ...]] | None = None,
          max_children: int = 1000, extra: Extra = ()) -> tuple[tuple[Act, ...], tuple[Change, ...]]:
    """The acts and changes of moving one outermost object, with all it holds, by these documents of one kind.

    `location`: URI of this site. `check` says how the contents of what comes in are known: "" taken as told, OPEN not
    yet, otherwise a finding of CheckEnded. `shipment`: the one by which it had left. `inside` has the children of each
    container in the object (Facts.children, all levels) and is wanted where the kind ends its life. `extra` are further
    fields of the events.
    """
    kind = papers[0].does
    extra = (*about(papers, reason or _reason(papers)), *extra)
    if kind.ends:
        return _ended(kind, papers, epc, inside or {}, extra, max_children)
    sources, destinations = parties(kind, partner, location)
    territory, route = _meant(papers, partner)
    if kind.away and partner and not sends_back(kind) and not stays_ours(kind):
        extra = (*extra, *((key, value) for key, value in (("route", route), ("territory", territory)) if value))
    act = Act(Type.OBJECT, Action.OBSERVE, kind.step, (epc,), kind.disposition, transactions=references(papers),
              sources=sources, destinations=destinations, in_place=not kind.away, extra=extra,
              persistent=("completeness_inferred",) if kind.step == "receiving" and not check else ())
    placed = Placed((epc,), kind.status, "" if kind.away else location,
                    partner.id if kind.away and partner else "")
    acts = (act, *_checked(act, check)) if kind.incoming and check not in ("", OPEN) else (act,)
    if kind.away and partner and not stays_ours(kind):
        bound = Bound((epc,), "") if sends_back(kind) else \
            Bound((epc,), partner.id, territory, route, papers[0].id)
        return acts, (placed, bound)
    if kind.incoming and not stays_ours(kind) and (kind.returns or shipment is not None):
        return acts, (placed, Bound((epc,), ""))
    return acts, (placed,)


def voided(papers: Sequence[Document], partner: Partner | None, epc: str, location: str, *, reason: str = "",
           extra: Extra = ()) -> tuple[tuple[Act, ...], tuple[Change, ...]]:
    """The acts and changes of an object that these documents shipped and that was not shipped after all: here again.

    Goods that went back to where they came from for a reason have that reason still.
    """
    kind = papers[0].does
    sources, destinations = parties(kind, partner, location)
    shipped = Act(Type.OBJECT, Action.OBSERVE, kind.step, (epc,), transactions=references(papers), sources=sources,
                  destinations=destinations, extra=about(papers, _reason(papers)))
    return (void_of(shipped, kind, (epc,), reason, extra),), here_again(kind, (epc,), location)


def void_of(shipped: Act, kind: Kind, epcs: tuple[str, ...], reason: str, extra: Extra = ()) -> Act:
    """The event that takes a shipment back, of those objects only that were not shipped."""
    told = dict(shipped.extra)
    kept = tuple((key, told[key]) for key in ("document", "kind", "documents") if key in told)
    why = str(reason or told.get("reason", ""))
    return replace(shipped, biz_step="void_shipping", epcs=epcs, disposition=_again(kind), in_place=True, persistent=(),
                   extra=(*kept, *((("reason", why),) if why else ()), *extra))


def here_again(kind: Kind, epcs: tuple[str, ...], location: str) -> tuple[Change, ...]:
    """Where goods of a voided shipment stand, meant for nobody."""
    placed = Placed(epcs, _again(kind), location)
    return (placed,) if stays_ours(kind) else (placed, Bound(epcs, ""))


def _again(kind: Kind) -> str:
    """What goods of a voided shipment are: those that were to go back are still what they went back for."""
    return kind.disposition if sends_back(kind) else "in_progress"


def references(papers: Sequence[Document]) -> Pairs:
    """All business transactions of these documents, each once; a document that names none is one itself."""
    every = (pair for paper in papers for pair in paper.references or
             ((paper.does.transaction, DOCUMENT_URI + quote(paper.id, safe="")),))
    return tuple(dict.fromkeys(every))


def about(papers: Sequence[Document], reason: str = "") -> Extra:
    """The station's own fields of an event: kind, document (all of them where there are several) and reason."""
    extra: list[tuple[str, str | int]] = [("document", papers[0].id), ("kind", papers[0].kind)]
    if len(papers) > 1:
        extra.append(("documents", " ".join(quote(paper.id, safe="") for paper in papers)))
    if reason:
        extra.append(("reason", reason))
    return tuple(extra)


def parties(kind: Kind, partner: Partner | None, location: str) -> tuple[Pairs, Pairs]:
    """(sources, destinations): from the partner to here for what comes in, from here to the partner for what leaves.

    Between sites of one owner only the place changes.
    """
    if partner is None or not (kind.incoming or kind.away):
        return (), ()
    place = ("location", f"https://id.gs1.org/414/{partner.gln}")
    owner = ("owning_party", f"https://id.gs1.org/417/{partner.gln}")
    theirs = (place,) if stays_ours(kind) else (owner, place)
    here = (("location", location),)
    return (theirs, here) if kind.incoming else (here, theirs)


def stays_ours(kind: Kind) -> bool:
    """Between sites of our own: on the way, and in stock all the same."""
    return kind.roles == (PartnerRole.OWN,)


def sends_back(kind: Kind) -> bool:
    """Out of the house, back to whom they came from: meant for no territory any more."""
    return kind.away and kind.transaction == "rma"


def comes_back_by(kind: Kind) -> str:
    """The kind of document by which goods come back that this kind bound to somebody else; "" where any does: between
    sites of our own, or what its maker sends again."""
    if not kind.away or stays_ours(kind) or sends_back(kind):
        return ""
    return next((each.name for each in KINDS if each.lent == kind.name), "return_in")


def _reason(papers: Sequence[Document]) -> str:
    return next((paper.reason for paper in papers if paper.reason), "")


def _meant(papers: Sequence[Document], partner: Partner | None) -> tuple[str, str]:
    """(territory, route) that goods leave for: what a document says, else the partner's own."""
    territory = next((paper.territory for paper in papers if paper.territory), partner.territory if partner else "")
    return territory, next((paper.route for paper in papers if paper.route), partner.route if partner else "")


def _checked(received: Act, finding: str) -> Iterator[Act]:
    """The inspection that went with a receipt."""
    right = finding == "verified"
    known = ("completeness_verified",) if right else (finding,) if finding.startswith("mismatch_") else ()
    yield Act(Type.OBJECT, Action.OBSERVE, "inspecting", received.epcs, "conformant" if right else "non_conformant",
              transactions=received.transactions, persistent=known, extra=received.extra)


def _ended(kind: Kind, papers: Sequence[Document], epc: str, inside: Mapping[str, tuple[str, ...]], extra: Extra,
           max_children: int) -> tuple[tuple[Act, ...], tuple[Change, ...]]:
    """All that the object holds ends with it. Containers are taken apart first: no life may end inside a parent."""
    every = tuple(_tree(epc, inside))
    boxes = tuple(each for each in every if inside.get(each))
    # The children are named, so that a correction can put them back.
    acts: list[Act] = [Act(Type.AGGREGATION, Action.DELETE, "unpacking", part, "in_progress", parent=box, extra=extra)
                       for box in boxes for part in _parts(inside[box], max_children)]
    changes: list[Change] = [Unpacked(box, inside[box]) for box in boxes]
    step, reason = kind.step, str(dict(extra).get("reason", ""))
    for part in _parts(every, max_children):
        if kind.step == SAMPLING:            # CBV: what was sampled must end its life next
            acts.append(Act(Type.OBJECT, Action.OBSERVE, SAMPLING, part, "non_sellable_other",
                            transactions=references(papers), extra=extra))
            step = "destroying"
        acts.append(Act(Type.OBJECT, Action.DELETE, step, part, kind.disposition, transactions=references(papers),
                        extra=extra))
    return tuple(acts), (*changes, Ended(every, kind.disposition, kind.ends, reason))


def _parts(epcs: tuple[str, ...], most: int) -> Iterator[tuple[str, ...]]:
    """Servers cap an event's size: each part is an event of its own."""
    return (epcs[at : at + most] for at in range(0, len(epcs), most))


def _tree(epc: str, inside: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """The object and all in it, outermost first."""
    level = [epc]
    while level:
        yield from level
        level = [child for each in level for child in inside.get(each, ())]
