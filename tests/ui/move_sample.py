"""Believable values of moves and checks for the window's tests."""
from __future__ import annotations

from dataclasses import replace

from app.moves import CheckLine, CheckView, LineView, MovedView, MovingView
from tests.ui.sample import CASE, DOCK, HOME, SSCC

GOODS = tuple(MovedView(f"https://id.gs1.org/01/16901234567895/21/C00{n}", "case", "MILK250", "271130A", 24)
              for n in range(41, 44))
BEGUN = replace(HOME, task="moving", moving=MovingView("", {}, "", "", (), 0))
WAITING = replace(BEGUN, moving=MovingView("", {}, "", "", GOODS, 3))
AT_SHELF = replace(BEGUN, moving=MovingView(
    "A-03-12", {"en": "Aisle A, rack 3, level 12", "zh_CN": "A 巷 3 列 12 层"}, "shelf", "", (), 0, (),
    MovedView(SSCC, "pallet", "MILK250", "271130A", 1152), "A-03-12", "DOCK-1", 7))
PICKING = replace(BEGUN, subject="SO-8841", moving=MovingView(
    "STAGE-2", {"en": "Staging 2", "zh_CN": "备货区 2"}, "dock", "SO-8841", (), 0,
    (LineView(1, "MILK250", "", 1152, 1152), LineView(2, "YOG100", "271130B", 960, 480),
     LineView(3, "WATER", "", 576, 0)),
    MovedView(CASE, "case", "YOG100", "271130B", 24), "STAGE-2", "B-01-02", 5))


def cells(count: int, findings: dict[int, str]) -> tuple[CheckLine, ...]:
    return tuple(CheckLine(f"https://id.gs1.org/01/16901234567895/21/C{at:04d}", findings.get(at, ""))
                 for at in range(count))


STRANGE = (CheckLine("https://id.gs1.org/01/16901234567895/21/C0977", "wrong_serial"),
           CheckLine("https://id.gs1.org/01/26901234567892/21/J0012", "wrong_product"))
OPENED = replace(DOCK, task="receiving", check=CheckView(SSCC, "pallet", "MILK250", "SO-8841", 48, cells(48, {})))
HALF = replace(OPENED, check=CheckView(
    SSCC, "pallet", "MILK250", "SO-8841", 48,
    (*cells(48, {**dict.fromkeys(range(29), "right"), 11: "damaged"}), *STRANGE), STRANGE[1].epc))
DIFFERS = replace(HALF, armed="checked", check=CheckView(
    CASE, "case", "MILK250", "SO-8841", 6, (*cells(6, {0: "right", 1: "right", 2: "damaged", 4: "right"}), *STRANGE),
    STRANGE[1].epc, True, True))
DAMAGED = replace(HALF, armed="damaged")
