"""Goods that come in: deliveries, transfers and returns, with what goes wrong. Pure: plays, and the model after."""
from __future__ import annotations

from tests.e2e.day.desk import AFTERNOON, Desk
from tests.e2e.day.goods import (
    BOTTLES,
    BREWERY,
    ENGINEER,
    EXPIRED,
    HELD,
    PRODUCTS,
    SITES,
    STORES,
    SUPERVISOR,
    TAKES_UNKNOWN,
    Item,
    document,
)
from tests.e2e.day.script import IN, Play

TROUBLES = ("unknown", "wrong product", "surplus", "held", "expired", "short", "undo", "take-off", "correction", "kill",
            "duplicate", "child after parent", "check short")
CHECKED = 0.1                        # of the deliveries, on a document that wants it
RETURN_TROUBLES = ("diverted", "listed", "broken return", "undo", "kill", "duplicate")


def delivery(desk: Desk, station: str, kind: str, trouble: str = "") -> None:
    """ASN or purchase: announced goods against lines."""
    model, name = desk.models[station], f"IN-{desk.number():05d}"
    product = desk.any_product()
    good = [desk.load(station, product, desk.any_lot()) for _ in range(desk.chance.randint(1, 3))]
    opened = trouble == "check short" or not trouble and desk.chance.random() < CHECKED
    if opened:
        good = [desk.load(station, product, desk.any_lot(), "pallet")]
    if trouble == "child after parent":
        good[0] = desk.load(station, product, desk.any_lot(), "pallet")
    bad = [desk.load(station, product, {"expired": EXPIRED, "held": HELD}[trouble])] \
        if trouble in ("expired", "held") else []
    lines, _ = desk.lines(model, good + bad)
    extra = []
    if trouble == "surplus":
        extra = [desk.load(station, product, desk.any_lot(), "case")]
    elif trouble == "wrong product":
        extra = [desk.load(station, desk.chance.choice([each for each in PRODUCTS if each != product]), "L4", "case")]
    missing = [good.pop()] if trouble == "short" and len(good) > 1 else []
    stray = desk.case(product) if trouble == "unknown" else None
    if stray and station == TAKES_UNKNOWN:
        lines[0]["quantity"] += BOTTLES
    desk.paper(document(name, kind, BREWERY, lines, desk.announced(model, good + bad + extra + missing),
                        check=100 * int(opened)))
    play = desk.play(station, kind, trouble, name)
    play.open(name)
    if stray:
        _unknown(desk, play, name, stray)
    for place, epc in enumerate(good):
        play.scan(desk.items[epc], *(("check_this",) if opened else IN))
        _came(desk, station, name, epc)
        if opened:
            _checked(desk, play, name, epc, trouble)
        if place == 0:
            _hitch(desk, play, name, epc, trouble)
    for epc in bad:
        play.scan(desk.items[epc], "past_expiry" if trouble == "expired" else "on_hold")
    for epc in extra:
        play.scan(desk.items[epc], "surplus" if trouble == "surplus" else "not_on_document")
    off = trouble in ("take-off", "check short")
    play.close("DAMAGE" if bad else "SHORTAGE" if missing or off else "")
    if trouble == "correction":
        last = good[-1]
        play.do("CORRECT:{event}:WRONG", "second_person", event=last)
        play.do(f"BADGE:{ENGINEER}", "corrected")
        _went(desk, station, name, last)


def _unknown(desk: Desk, play: Play, name: str, stray: Item) -> None:
    """Nobody told of it: refused, or taken in until the server answers; half of them others have told it of."""
    if play.station != TAKES_UNKNOWN:
        play.scan(stray, "unknown_object")
        return
    model, epc = desk.models[play.station], stray.epc
    desk.items[epc] = stray
    play.scan(stray, *IN)
    _came(desk, play.station, name, epc)
    model.answers[epc] = desk.chance.choice(("known", "unknown"))
    if model.answers[epc] == "known":
        desk.known_elsewhere.append(epc)
    model.held.add(epc)                          # sooner or later, and maybe for good


def _checked(desk: Desk, play: Play, name: str, epc: str, trouble: str) -> None:
    """What the document wants opened is looked through, piece by piece."""
    model = desk.models[play.station]
    *most, last = model.inside(epc)
    for each in most:
        play.scan(desk.items[each], "check_right")
    if trouble != "check short":
        play.scan(desk.items[last], "check_all_seen")
        play.do("CHECKED", "check_verified")
        return
    play.do("CHECKED", "check_differs")
    play.do("CHECKED", "check_mismatch")
    _on_lines(desk, play.station, name, last, -1)
    model.missing(last)
    model.held.add(epc)


def transfer(desk: Desk, station: str) -> None:
    """What the other house sent, announced with what was in it when it left."""
    outers = desk.carried[station].pop()
    model = desk.models[station]
    name, sender = f"TI-{desk.number():05d}", next(site for own, site in SITES.items() if own != station)
    lines, _ = desk.lines(model, outers)
    desk.paper(document(name, "transfer_in", sender, lines, desk.announced(model, outers)), late=True)
    play = desk.play(station, "transfer_in", "", name)
    play.open(name)
    for epc in outers:
        play.scan(desk.items[epc], *IN)
        _came(desk, station, name, epc)
    play.close()


def returned(desk: Desk, station: str, kind: str, trouble: str = "") -> bool:
    """From the store that they were shipped to; False where no store has anything."""
    if trouble == "listed":
        _listed(desk, station, kind)
        return True
    model = desk.models[station]
    out = [epc for epc in model.of_status("in_transit") if model.here[epc].partner in STORES]
    if trouble == "broken return":
        out = [epc for epc in out if len(model.inside(epc)) > 1 and desk.items[epc].level == "pallet"]
    if not out:
        return False
    epc = desk.chance.choice(out)
    store, name = model.here[epc].partner, f"RT-{desk.number():05d}"
    bringer = desk.chance.choice([each for each in STORES if each != store]) if trouble == "diverted" else store
    desk.paper(document(name, kind, bringer, [], reason="NOT-SOLD" if kind == "return_in" else "QUALITY"),
               late=desk.phase == AFTERNOON)
    play = desk.play(station, kind, trouble, name)
    play.open(name)
    status = "returned" if kind == "return_in" else "recalled"
    if trouble == "diverted":
        play.scan(desk.items[epc], "shipped_to_other")
        play.do(f"BADGE:{SUPERVISOR}", "confirmed")
        play.scan(desk.items[epc], "shipped_to_other")
        model.diverted.add(epc)
        play.do("CANCEL-DOCUMENT:MISTAKE", "document_cancelled")
        return True
    if trouble == "broken return":
        epc = model.inside(epc)[0]
        play.scan(desk.items[epc], "break_pallet")
        play.do("CONFIRM", *IN)
        model.take_out(epc)
    else:
        play.scan(desk.items[epc], *IN)
    before = model.here[epc]
    model.stand(epc, status)
    model.done[name, 1] += model.units(epc)
    if trouble == "undo":
        play.do("UNDO", "undone")
        model.here[epc] = before
        model.done[name, 1] = 0
        play.do("CANCEL-DOCUMENT:MISTAKE", "document_cancelled")
        return True
    if trouble == "kill":
        play.die()
    if trouble == "duplicate":
        play.scan(desk.items[epc], "already_on_document")
    play.close()
    return True


def _listed(desk: Desk, station: str, kind: str) -> None:
    """A store brings what the signed list says was sent to another one; the house never had it."""
    bringer, owner = desk.chance.sample(STORES, 2)
    name, epc = f"RT-{desk.number():05d}", desk.load(station, desk.any_product(), desk.any_lot(), "case", False)
    desk.listed.append((epc, owner, "3301"))
    desk.paper(document(name, kind, bringer, [], desk.announced(desk.models[station], [epc]), reason="NOT-SOLD"),
               late=desk.phase == AFTERNOON)
    play = desk.play(station, kind, "listed", name)
    play.open(name)
    play.scan(desk.items[epc], "shipped_to_other")
    play.do(f"BADGE:{SUPERVISOR}", "confirmed")
    play.scan(desk.items[epc], "shipped_to_other")
    play.do("CANCEL-DOCUMENT:MISTAKE", "document_cancelled")


def _hitch(desk: Desk, play: Play, name: str, epc: str, trouble: str) -> None:
    """What goes wrong after the first object was taken."""
    model, found = desk.models[play.station], desk.items[epc]
    match trouble:
        case "undo":
            play.do("UNDO", "undone")
            play.scan(found, *IN)
        case "take-off":
            play.do("TAKE-OFF:MISTAKE", "scan_which")
            play.scan(found, "taken_off")
            _went(desk, play.station, name, epc)
        case "kill":
            play.die()
        case "duplicate":
            play.scan(found, "already_on_document")
        case "child after parent":
            play.scan(desk.items[model.inside(epc)[0]], "already_on_document")


def _came(desk: Desk, station: str, name: str, epc: str) -> None:
    model = desk.models[station]
    model.stand(epc, "in_progress")
    _on_lines(desk, station, name, epc, 1)


def _went(desk: Desk, station: str, name: str, epc: str) -> None:
    """Its receipt was declared wrong."""
    desk.models[station].forget(epc)
    _on_lines(desk, station, name, epc, -1)


def _on_lines(desk: Desk, station: str, name: str, epc: str, sign: int) -> None:
    model, product = desk.models[station], desk.items[epc].product
    line = next(each["line"] for each in desk.documents[name]["lines"] if each["product"] == product)
    model.done[name, line] += sign * model.units(epc)
