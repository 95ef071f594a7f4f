"""A packing line and a dock on paper: short makers of codes, facts and states for the tests of the domain."""
from __future__ import annotations

from app.domain.codes.identity import Code, Refusal
from app.domain.decision import Change, Closed, Collected, Labelled, Opened
from app.domain.facts import Facts, Known
from app.domain.packing.containers import Packing, apply
from app.domain.packing.plan import Plan, PlanLevel
from app.domain.people import Person, Role
from app.domain.products import Order, Product
from app.domain.reasons import Reason

HERE = "https://id.gs1.org/414/6901234000009"
PLAN = Plan("P", 1, (PlanLevel("bottle"), PlanLevel("case", 3), PlanLevel("pallet", 2)))
MILK = Product("MILK", {"en": "Milk"}, {}, "P")
ORDER = Order("WO1", "MILK", "P", 1, "L1", "2027-11-30", "2028-05-28", 12)
LINA, WANG, GAO = (Person("lina", "李娜", Role.OPERATOR), Person("wang", "王强", Role.SUPERVISOR),
                   Person("gao", "高山", Role.SHIPPER))


def line(*changes: Change, planned: int = 12, product: Product = MILK) -> Packing:
    """The order after these changes."""
    state = Packing(Order("WO1", "MILK", "P", 1, "L1", "2027-11-30", "2028-05-28", planned), PLAN, product)
    for change in changes:
        state = apply(state, change)
    return state


def case(number: int, *children: str, label: str = "", level: str = "case") -> tuple[Change, ...]:
    """The changes that open a container with this in it."""
    target = PLAN.levels[PLAN.index(level)].count
    filled = (Collected(number, children),) if children else ()
    named = (Labelled(number, label),) if label else ()
    return (Opened(number, "WO1", level, target), *filled, *named)


def closed(number: int, *children: str) -> tuple[Change, ...]:
    return (*case(number, *children), Closed(number, "WO1", "case"))


def bottle(number: int, **more: object) -> Code:
    return Code(b"", "", f"b{number}", "rule", "bottle", product="MILK", **more)  # type: ignore[arg-type]


def label(name: str, level: str = "case", product: str = "MILK") -> Code:
    return Code(b"", "", name, "rule", level, product=product)


def refusal(reason: Reason, aim: str = "]Q1") -> Refusal:
    return Refusal(b"x", aim, reason, {"code": "x"})


def known(epc: str, level: str = "bottle", **more: object) -> Known:
    """An object of the order's batch that stands here by itself, but for what is said."""
    told: dict[str, object] = {"product": "MILK", "lot": "L1", "expiry": "", "status": "active", "location": HERE,
                               "partner": "", "order": "WO1", "parent": "", "root": epc, "children": 0, **more}
    return Known(epc, level, **told)  # type: ignore[arg-type]


def facts(*objects: Known, **more: object) -> Facts:
    return Facts({each.epc: each for each in objects}, **more)  # type: ignore[arg-type]
