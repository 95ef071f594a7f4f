"""Every kind of document played from the scan to the server: its event, what the goods are afterwards, what it says."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.domain.events import Action
from app.domain.warehouse.kinds import KINDS, Direction, Kind, PartnerRole
from tests.blackbox.goods import epc
from tests.blackbox.server import same_goods
from tests.blackbox.shift import Shift

GLNS = {role: f"69012340000{10 + place}" for place, role in enumerate(PartnerRole)}


def kinds(direction: Direction) -> list[Kind]:
    return [each for each in KINDS if each.direction is direction]


def partners() -> list[tuple[str, str, dict[str, Any]]]:
    from app.domain.codes.checks import mod10

    return [("partner", f"X-{role}", {"gln": GLNS[role][:12] + str(mod10(GLNS[role][:12])), "name": {"en": role},
                                      "role": str(role)}) for role in PartnerRole]


def document(kind: Kind, id: str, **more: Any) -> tuple[str, str, dict[str, Any]]:
    partner = {"partner": f"X-{kind.roles[0]}"} if kind.roles else {}
    reason = {"reason": kind.reasons[0]} if kind.reasons else {}
    return "document", id, {"kind": kind.name, "lines": [{"line": 1, "product": "MILK", "quantity": 8}], **partner,
                            **reason, **more}


@pytest.mark.parametrize("kind", kinds(Direction.OUT), ids=lambda kind: kind.name)
def test_what_leaves_by_each_kind(shift: Shift, tmp_path: Path, kind: Kind) -> None:
    shift.put(*partners(), document(kind, "D1"))
    shift.play("""
        badge lina
        do ORDER:WO1
        frame m1 m2 m3 m4 c1
        frame m5 m6 m7 m8 c2
        scan p1
        do DOCUMENT:D1
    """)
    before = len(shift.events())
    shift.play("scan p1")
    assert (shift.store.stage("D1") or "open", sum(shift.store.units_on("D1", epc("p1")).values())) == ("open", 8)
    acts = [event.act for event in shift.events()[before:]]
    assert kind.step in {act.biz_step for act in acts}
    told = [act for act in acts if dict(act.extra).get("kind") == kind.name]
    assert told and all(dict(act.extra)["document"] == "D1" for act in told)
    if kind.reasons:
        assert dict(told[0].extra)["reason"] == kind.reasons[0]
    assert any(act.action is Action.DELETE for act in acts) == bool(kind.ends)
    goods = same_goods(shift, tmp_path)
    assert all(goods[name]["alive"] != bool(kind.ends) for name in ("p1", "c1", "m1"))
    if kind.away:
        assert goods["p1"]["disposition"] == kind.disposition


@pytest.mark.parametrize("kind", kinds(Direction.IN), ids=lambda kind: kind.name)
def test_what_comes_in_by_each_kind(shift: Shift, tmp_path: Path, kind: Kind) -> None:
    cases = ({"epc": epc(name), "level": "case", "product": "MILK", "lot": "L1", "parent": epc("p900")}
             for name in ("c900", "c901"))
    coming = [{"epc": epc("p900"), "level": "pallet"}, *cases]
    shift.put(*partners(), document(kind, "D1", announced=coming))
    shift.play("""
        badge lina
        do DOCUMENT:D1
    """)
    shift.play("scan p900")
    acts = [event.act for event in shift.events()]
    assert acts and acts[0].biz_step == kind.step and acts[0].epcs == (epc("p900"),)
    assert dict(acts[0].extra)["kind"] == kind.name
    assert same_goods(shift, tmp_path)["p900"]["disposition"] == acts[-1].disposition
