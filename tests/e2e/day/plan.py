"""The whole day from a seed: so many documents in three parts, twelve in a hundred of them with trouble. Pure."""
from __future__ import annotations

from datetime import date
from itertools import cycle

from tests.e2e.day import inbound, inside, outbound
from tests.e2e.day.desk import AFTERNOON, MORNING, Desk
from tests.e2e.day.goods import STATIONS

TROUBLE = 0.12
EAGER = 0.7                          # how often a document has trouble while too few had any
PARTS = (0.25, 0.5, 0.25)            # of the documents: the network is down for the middle half
# kind → how often, of a thousand
OFTEN = {"purchase_in": 250, "receive": 100, "sales_out": 300, "return_in": 60, "recall_in": 25, "two": 30,
         "shared": 30, "transfer_out": 30, "cycle_count": 40, "gift_out": 25, "loan_out": 10, "sample_out": 20,
         "scrap_out": 20, "use_out": 10, "destroy_out": 10, "rework_out": 10, "return_out": 30, "recall_out": 20,
         "other_out": 5}
COUNT_TROUBLES = ("missing", "lost", "kill", "duplicate")
INSPECTIONS = 0.02                   # to each document


def planned(documents: int, seed: int, today: date, trouble: float = TROUBLE) -> Desk:
    """At least so many documents, and what must come of them."""
    desk = Desk(seed, today)
    troubles = {"in": cycle(inbound.TROUBLES), "out": cycle(outbound.TROUBLES), "back": cycle(inbound.RETURN_TROUBLES),
                "count": cycle(COUNT_TROUBLES), "truck": cycle(outbound.TRUCK_TROUBLES)}
    ends = [round(documents * sum(PARTS[:part + 1])) for part in range(3)]
    for phase, end in enumerate(ends):
        desk.phase = phase
        if phase == AFTERNOON:
            for station in STATIONS:
                outbound.held_back(desk, station)
                while desk.carried[station]:
                    inbound.transfer(desk, station)
        while len(desk.documents) < end:
            _one(desk, troubles, trouble)
        if phase == MORNING and not any(desk.carried.values()):          # a short day has one as well
            outbound.transfer(desk, desk.chance.choice(STATIONS))
    return desk


def _one(desk: Desk, troubles: dict[str, cycle[str]], trouble: float) -> None:
    if desk.chance.random() < INSPECTIONS:
        inside.inspected(desk, desk.chance.choice(STATIONS), desk.chance.random() < 0.5)
    kind = desk.chance.choices(tuple(OFTEN), tuple(OFTEN.values()))[0]
    station = desk.chance.choice(STATIONS)
    goods_here = len(desk.models[station].saleable())
    if goods_here < 12:
        kind = "purchase_in"
    below = sum(desk.troubles.values()) < trouble * (len(desk.documents) + 1)
    hurt = below and desk.chance.random() < EAGER
    match kind:
        case "purchase_in" | "receive":
            inbound.delivery(desk, station, kind, next(troubles["in"]) if hurt else "")
        case "sales_out":
            if not outbound.sale(desk, station, next(troubles["out"]) if hurt else ""):
                outbound.sale(desk, station)
        case "return_in" | "recall_in":
            inbound.returned(desk, station, kind, next(troubles["back"]) if hurt and kind == "return_in" else "")
        case "two":
            outbound.two_orders(desk, station, next(troubles["truck"]) if hurt else "")
        case "shared":
            outbound.shared(desk)
        case "transfer_out":
            if desk.phase == MORNING:
                outbound.transfer(desk, station)
        case "cycle_count":
            inside.counted(desk, station, next(troubles["count"]) if hurt else "")
        case _:
            outbound.other(desk, station, kind)

