"""Goods that leave: sales, transfers, gifts, returns to the brewery, ends of life. Pure: plays, and the model after."""
from __future__ import annotations

from tests.e2e.day.desk import AFTERNOON, DARK, Desk
from tests.e2e.day.goods import (
    BREWERY,
    ENGINEER,
    LEAST_DAYS,
    LOTS,
    PICKY,
    SITES,
    STATIONS,
    STORES,
    document,
    hold,
    item,
)
from tests.e2e.day.script import OUT, Play

TROUBLES = ("unknown", "wrong product", "surplus", "held", "short life", "older", "break", "short", "void",
            "void part", "void document", "undo", "take-off", "receiver", "kill", "duplicate", "wrong batch",
            "already shipped")
PICKED = 0.2                         # of the sales without trouble
TRUCK_TROUBLES = ("undo truck", "kill truck")
REASONS = {"gift_out": "PROMOTION", "loan_out": "EXHIBITION", "sample_out": "QC", "scrap_out": "DAMAGE",
           "use_out": "OFFICE", "destroy_out": "DAMAGE", "rework_out": "LABEL", "return_out": "QUALITY",
           "recall_out": "QUALITY", "other_out": "OTHER"}
ENDS = {"sample_out": "destroyed", "scrap_out": "destroyed", "use_out": "inactive", "destroy_out": "destroyed"}


def sale(desk: Desk, station: str, trouble: str = "") -> bool:
    """To a store; False where the house has not the goods for it."""
    model, picky = desk.models[station], trouble == "short life" or not trouble and desk.chance.random() < 0.1
    goods = desk.pick(station, desk.chance.randint(1, 3), LEAST_DAYS if picky else 0,
                      "pallet" if trouble in OPENED else "")
    goods = [epc for epc in goods if trouble not in OPENED or len(model.inside(epc)) > 1]
    strange = _strange(desk, station, goods, trouble)
    if not goods or trouble in STRANGE and not strange:
        return False
    name, store = f"SO-{desk.number():05d}", desk.chance.choice(PICKY if picky else STORES)
    if trouble == "break":
        goods = [model.inside(goods[0])[0]]
    if trouble == "older":
        goods = strange
    lines, numbers = desk.lines(model, goods)
    if trouble == "wrong batch":
        lines = [{**each, "lot": desk.items[goods[0]].lot} for each in lines[:1]]
        goods = [epc for epc in goods if desk.items[epc].lot == lines[0]["lot"]
                 and desk.items[epc].product == lines[0]["product"]]
        lines[0]["quantity"] = sum(map(model.units, goods))
    if trouble == "short":
        lines[0] = {**lines[0], "quantity": lines[0]["quantity"] + 4}
    desk.paper(document(name, "sales_out", store, lines), late=desk.phase == AFTERNOON)
    play = desk.play(station, "sales_out", trouble, name)
    if not trouble and desk.chance.random() < PICKED:
        _picked(desk, play, goods)
    play.open(name)
    if trouble == "unknown":
        play.scan(item("case", desk.number(), desk.items[goods[0]].product, "L1", desk.today), "unknown_object")
    first = {"wrong product": "not_on_document", "held": "on_hold", "short life": "short_life",
             "wrong batch": "wrong_batch", "already shipped": "already_shipped"}.get(trouble)
    if first:
        play.scan(desk.items[strange[0]], first)
    for place, epc in enumerate(goods):
        if trouble == "break":
            play.scan(desk.items[epc], "break_pallet")
            play.do("CONFIRM", *OUT)
            model.take_out(epc)
        elif trouble == "older":
            play.scan(desk.items[epc], "older_here")
            play.do("CONFIRM", *OUT)
        else:
            play.scan(desk.items[epc], *OUT)
        model.leave(epc, store)
        model.done[name, numbers[desk.items[epc].product]] += model.units(epc)
        if place == 0:
            store = _hitch(desk, play, epc, store, trouble)
    if trouble == "surplus":
        play.scan(desk.items[strange[0]], "surplus")
    taken = trouble == "take-off"
    play.close("TAIL" if trouble == "short" or taken else "")
    _after(desk, play, goods, store, numbers, trouble)
    return True


def _picked(desk: Desk, play: Play, goods: list[str]) -> None:
    """They are brought to the door for this document first."""
    play.do(f"PICK:{play.documents[0]}", "pick_for")
    for epc in goods:
        play.scan(desk.items[epc], "picked", "pick_done")
    play.do("PICK", "pick_ended")


OPENED = ("break", "void part")
STRANGE = ("wrong product", "held", "short life", "surplus", "wrong batch", "already shipped", "older")


def _strange(desk: Desk, station: str, goods: list[str], trouble: str) -> list[str]:
    """An object that has no business on this document, or for "older" the one younger than others here."""
    model = desk.models[station]
    if trouble not in STRANGE or not goods:
        return []
    about = desk.items[goods[0]]
    others = [epc for epc in model.saleable() if epc not in goods]
    products = {desk.items[epc].product for epc in goods}
    match trouble:
        case "wrong product":
            found = [epc for epc in others if desk.items[epc].product not in products]
        case "held":
            found = sorted(model.held) if desk.phase == AFTERNOON else []
        case "short life":
            found = [epc for epc in others if LOTS[desk.items[epc].lot] < LEAST_DAYS
                     and desk.items[epc].product == about.product]
            found = [epc for epc in found if model.units(epc) <= sum(
                model.units(each) for each in goods if desk.items[each].product == about.product)]
        case "surplus":
            found = [epc for epc in others if desk.items[epc].product == about.product]
        case "wrong batch":
            found = [epc for epc in others if desk.items[epc].product == about.product
                     and desk.items[epc].lot != about.lot]
        case "already shipped":
            found = model.of_status("in_transit")
        case _:
            old = [desk.items[epc] for epc in others]
            found = [epc for epc in others if any(
                each.product == desk.items[epc].product and each.expiry < desk.items[epc].expiry for each in old)]
    return [desk.chance.choice(found)] if found else []


def held_back(desk: Desk, station: str) -> None:
    """At noon the server holds some of the goods that stand here."""
    for epc in desk.pick(station, 3):
        desk.models[station].held.add(epc)
        desk.records[1].append(hold(epc, desk.number()))


def _hitch(desk: Desk, play: Play, epc: str, store: str, trouble: str) -> str:
    """What goes wrong after the first object is on the truck; to whom the document is then."""
    model, found, name = desk.models[play.station], desk.items[epc], play.documents[0]
    match trouble:
        case "undo":
            play.do("UNDO", "undone")
            play.scan(found, *OUT)
        case "take-off":
            play.do("TAKE-OFF:MISTAKE", "scan_which")
            play.scan(found, "taken_off")
            _back(desk, play.station, name, epc)
        case "kill":
            play.die()
        case "duplicate":
            play.scan(found, "already_on_document")
        case "receiver":
            other = desk.chance.choice([each for each in STORES if each != store])
            play.do(f"RECEIVER:{other}", "receiver_changed")
            model.here[epc].partner = other
            return other
    return store


def _after(desk: Desk, play: Play, goods: list[str], store: str, numbers: dict[str, int], trouble: str) -> None:
    """What is found out once the truck is gone."""
    name = play.documents[0]
    if trouble == "void":
        play.do("VOID:REFUSED", "scan_which")
        play.scan(desk.items[goods[0]], "voided")
        _back(desk, play.station, name, goods[0])
    elif trouble == "void part":
        part = desk.models[play.station].inside(goods[0])[-1]
        play.do("VOID:DAMAGE", "scan_which")
        play.scan(desk.items[part], "break_pallet")
        play.do("CONFIRM", "voided")
        desk.models[play.station].take_out(part)
        _back(desk, play.station, name, part)
    elif trouble == "void document":
        play.do(f"VOID-DOCUMENT:{name}:NOT-LOADED", "second_person")
        play.do(f"BADGE:{ENGINEER}", "voided")
        for epc in goods:
            _back(desk, play.station, name, epc)


def _back(desk: Desk, station: str, name: str, epc: str) -> None:
    """Not shipped after all."""
    model, product = desk.models[station], desk.items[epc].product
    model.stand(epc, "in_progress")
    line = next(each["line"] for each in desk.documents[name]["lines"] if each["product"] == product)
    model.done[name, line] -= model.units(epc)


def transfer(desk: Desk, station: str) -> bool:
    """To our other house."""
    goods = desk.pick(station, 2)
    if not goods:
        return False
    model, name = desk.models[station], f"TO-{desk.number():05d}"
    other = next(each for each in STATIONS if each != station)
    lines, _ = desk.lines(model, goods)
    desk.paper(document(name, "transfer_out", SITES[other], lines))
    play = desk.play(station, "transfer_out", "", name)
    play.open(name)
    for epc in goods:
        play.scan(desk.items[epc], *OUT)
        for each in model.tree(epc):
            desk.models[other].know(each, model.inside(each))
    _left(desk, play, goods, SITES[other])
    desk.carried[other].append(goods)
    return True


def other(desk: Desk, station: str, kind: str) -> bool:
    """Gifts, loans, samples, scrap, rework, and what goes back to the brewery."""
    model = desk.models[station]
    back = {"return_out": "returned", "recall_out": "recalled"}.get(kind)
    goods = [epc for epc in model.of_status(back) if model.units(epc)][:1] if back else \
        desk.pick(station, 1, level="case" if kind in ("sample_out", "use_out") else "")
    if not goods:
        return False
    name = f"OT-{desk.number():05d}"
    partner = BREWERY if back else "" if kind in ENDS or kind == "rework_out" else desk.chance.choice(STORES)
    lines, _ = desk.lines(model, goods)
    desk.paper(document(name, kind, partner, lines, reason=REASONS[kind]), late=desk.phase == AFTERNOON)
    play = desk.play(station, kind, "", name)
    play.open(name)
    for epc in goods:
        play.scan(desk.items[epc], *OUT)
    _left(desk, play, goods, partner)
    return True


def _left(desk: Desk, play: Play, goods: list[str], partner: str) -> None:
    model, kind, name = desk.models[play.station], play.kind, play.documents[0]
    lines = {each["product"]: each["line"] for each in desk.documents[name]["lines"]}
    for epc in goods:
        model.done[name, lines[desk.items[epc].product]] += model.units(epc)
        if kind in ENDS:
            model.end(epc, ENDS[kind])
        elif kind == "rework_out":
            model.stand(epc, "non_sellable_other")
        else:
            model.leave(epc, partner)
    play.close()


def two_orders(desk: Desk, station: str, trouble: str = "") -> bool:
    """One pallet for two orders of a store: one event names both."""
    goods = desk.pick(station, 1, level="pallet")
    if not goods:
        return False
    model, epc, store = desk.models[station], goods[0], desk.chance.choice(STORES)
    product, units = desk.items[epc].product, model.units(epc)
    names = (f"SO-{desk.number():05d}", f"SO-{desk.number():05d}")
    share = desk.chance.randrange(1, units)
    play = desk.play(station, "sales_out", trouble, *names)
    for name, part in zip(names, (share, units - share), strict=True):
        line = {"line": 1, "product": product, "quantity": part, "lot": ""}
        desk.paper(document(name, "sales_out", store, [line]), late=desk.phase == AFTERNOON)
        model.done[name, 1] += part
    play.open(names[0])
    play.do(f"ALSO:{names[1]}", "document_joined")
    play.scan(desk.items[epc], *OUT)
    if trouble == "undo truck":
        play.do("UNDO", "undone")
        play.scan(desk.items[epc], *OUT)
    if trouble == "kill truck":
        play.die()
    model.leave(epc, store)
    play.close()
    play.close()
    return True


def shared(desk: Desk) -> bool:
    """One order, a share of it from each house; without a network for some of the time, no station sees the other."""
    goods = {station: desk.pick(station, 8) for station in STATIONS}
    one, two = ({desk.items[epc].product for epc in goods[station]} for station in STATIONS)
    both = one & two
    if not both:
        return False
    product, store, name = sorted(both)[0], desk.chance.choice(STORES), f"SQ-{desk.number():05d}"
    chosen = {station: [epc for epc in goods[station] if desk.items[epc].product == product][:2]
              for station in STATIONS}
    quotas = [{"station": station, "line": 1, "quantity": sum(map(desk.models[station].units, chosen[station]))}
              for station in STATIONS]
    line = {"line": 1, "product": product, "quantity": sum(each["quantity"] for each in quotas), "lot": ""}
    desk.paper(document(name, "sales_out", store, [line], quotas=quotas), late=desk.phase == AFTERNOON)
    for station in STATIONS:
        model = desk.models[station]
        more = [epc for epc in model.saleable() if desk.items[epc].product == product and epc not in chosen[station]]
        play = desk.play(station, "sales_out", "quota" if more and desk.phase == DARK else "", name)
        play.open(name)
        for epc in chosen[station]:
            play.scan(desk.items[epc], *OUT)
            model.leave(epc, store)
            model.done[name, 1] += model.units(epc)
        if play.trouble:
            play.scan(desk.items[more[0]], "quota_done")
        play.close()
    return True
