"""Goods inside the house: put on a shelf of their own and counted there; looked at for diversion. Pure."""
from __future__ import annotations

from tests.e2e.day.desk import AFTERNOON, Desk
from tests.e2e.day.goods import ELSEWHERE, ENGINEER, LOSS, STORES, SUPERVISOR, document, shelf
from tests.e2e.day.script import Play

COUNTED = ("counted", "count_all_seen")


def counted(desk: Desk, station: str, trouble: str = "") -> bool:
    """Goods are put on a shelf, then what stands there is counted; what was overlooked is counted again."""
    goods = desk.pick(station, 2)
    if len(goods) < 2:
        return False
    desk.shelves += 1
    model, name, code = desk.models[station], f"CN-{desk.number():05d}", shelf(desk.shelves)
    place = desk.place(station, code)
    desk.paper(document(name, "cycle_count", "", [], scope=place), late=desk.phase == AFTERNOON)
    play = desk.play(station, "cycle_count", trouble, name)
    play.do("MOVE")
    for epc in goods:
        play.scan(desk.items[epc], "move_where")
    play.do(f"AT:{code}", "moved")
    for epc in goods:
        model.stand(epc, "sellable_not_accessible", place)
    play.open(name)
    play.scan(desk.items[goods[0]], *COUNTED)
    if trouble == "kill":
        play.die()
    if trouble == "duplicate":
        play.scan(desk.items[goods[0]], "counted_before")
    if trouble == "missing":
        play.do("DONE", "count_differs")
        play.do("RECOUNT", "recounting")
    if trouble == "lost":
        _written_off(desk, play, goods[1])
        return True
    play.scan(desk.items[goods[1]], *COUNTED)
    play.do("DONE", "count_closed")
    return True


def _written_off(desk: Desk, play: Play, epc: str) -> None:
    """It is not there in the second round either: a loss, by two people, on a document of its own."""
    model = desk.models[play.station]
    play.do("DONE", "count_differs")
    play.do("RECOUNT", "recounting")
    play.do("DONE", "count_differs")
    play.do("ADJUST:THEFT", "second_person")
    play.do(f"BADGE:{ENGINEER}", "count_adjusted")
    model.done[LOSS, 1] += model.units(epc)
    model.end(epc, "inactive")


def inspected(desk: Desk, station: str, diverted: bool) -> None:
    """Somebody's goods are held against the signed list: they are where they belong, or a supervisor has to come."""
    desk.inspections += 1
    found, dealer = desk.case(desk.any_product()), desk.chance.choice(STORES)
    desk.listed.append((found.epc, dealer, ELSEWHERE if diverted else "3301"))
    play = desk.play(station, "inspection", "")
    play.do("INSPECT")
    if not diverted:
        play.scan(found, "inspected_right")
        return
    play.scan(found, "wrong_territory")
    play.do(f"BADGE:{SUPERVISOR}", "confirmed")
    play.scan(found, "wrong_territory")
    play.do("CONFIRM", "confirmed")
