"""Goods inside the house: put on a shelf of their own and counted there. Pure."""
from __future__ import annotations

from tests.e2e.day.desk import AFTERNOON, Desk
from tests.e2e.day.goods import document, shelf

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
    play.scan(desk.items[goods[1]], *COUNTED)
    play.do("DONE", "count_closed")
    return True
