"""Believable values for the window's tests, and the second implementations of its ports: they keep what was asked."""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from app.domain.decision import Mark, Verdict
from app.domain.reasons import Outcome, Reason
from app.messages import (
    Command,
    DeviceState,
    DockView,
    Frame,
    LevelView,
    LineView,
    PackingView,
    Published,
    Scan,
    Seen,
    StationView,
    SyncStatus,
)
from app.views import DocumentRow, ObjectView, OrderRow, SyncRow, TimelineRow, TreeNode

NOW = datetime(2027, 11, 30, 2, 42, 7, tzinfo=UTC)
SSCC = "https://id.gs1.org/00/069012345000001018"
CASE = "https://id.gs1.org/01/16901234567895/21/C0041"
BOTTLE = "https://q.brand.example/b/7F3KQ20041"


@dataclass
class RecordingStation:
    """Keeps what it was sent."""

    sent: list[Command | Scan | Frame] = field(default_factory=list)

    def send(self, message: Command | Scan | Frame) -> None:
        self.sent.append(message)

    @property
    def commands(self) -> list[str]:
        return [f"{each.name}:{each.argument}".rstrip(":") for each in self.sent if isinstance(each, Command)]

    @property
    def scans(self) -> list[bytes]:
        return [each.raw for each in self.sent if isinstance(each, Scan)]


@dataclass
class Shelf:
    """A reader over values in memory."""

    asked: list[str] = field(default_factory=list)
    trouble: str = ""

    def look_up(self, text: str) -> ObjectView:
        self.asked.append(text)
        if self.trouble:
            raise OSError(self.trouble)
        if "unknown" in text:
            return ObjectView(text, False, refusal=str(Reason.NO_RULE))
        bottles = tuple(TreeNode(f"{BOTTLE}{at:02d}", "bottle", "in_progress") for at in range(24))
        tree = TreeNode(CASE, "case", "in_progress", bottles[:12], 12)
        steps = ("commissioning", "packing", "packing", "shipping")
        rows = tuple(TimelineRow(at + 1, NOW + timedelta(minutes=7 * at), step, "ADD", "in_progress", "li.na", SSCC,
                                 (24, 24, 48, 1)[at], ("done", "done", "done", "pending")[at], f"urn:uuid:{at}")
                     for at, step in enumerate(steps))
        return ObjectView(CASE, True, "case", "MILK250", "鲜牛奶 250 ml", "271130A", "2028-05-29", "in_progress",
                          "https://id.gs1.org/414/6901234000009", "DC-07", "WO-2711-01", (SSCC,), tree, rows, "gs1")

    def orders(self) -> tuple[OrderRow, ...]:
        return (OrderRow("WO-2711-01", "MILK250", "鲜牛奶 250 ml", "271130A", 11520, 4824, "open"),
                OrderRow("WO-2711-02", "YOG100", "原味酸奶 100 g", "271130B", 9600, 0, "open"),
                OrderRow("WO-2711-03", "JUICE1L", "Orange juice 1 L", "J1130", 2400, 2390, "open"))

    def documents(self, kind: str) -> tuple[DocumentRow, ...]:
        return (DocumentRow("SO-8841", kind, "华东配送中心 DC 07", 160, 148, "open"),
                DocumentRow("SO-8842", kind, "Northern Wholesale Ltd", 2304, 0, "open"))

    def sync_rows(self, state: str, before: int = 1 << 62, limit: int = 100) -> tuple[SyncRow, ...]:
        reasons = ("lot 271130A: expired at the server", "case 0039 already in pallet 7", "unknown read point")
        refused = state == "refused"
        return tuple(SyncRow(900 - at, f"urn:uuid:{at}", NOW - timedelta(minutes=at), "packing", CASE, 24, "li.na",
                             state, at, reasons[at % 3] if refused else "") for at in range(3 if refused else 9))

    def people(self) -> tuple[tuple[str, str, str], ...]:
        return (("li.na", "李娜", "operator"), ("wang.wei", "王伟", "shipper"), ("chen.jing", "陈静", "supervisor"),
                ("j.smith", "Jane Smith", "engineer"))


@dataclass
class Outside:
    """Sync, devices and export: what was asked of them."""

    calls: list[str] = field(default_factory=list)

    def sync_now(self) -> None:
        self.calls.append("sync_now")

    def preview(self, name: str) -> None:
        self.calls.append(f"preview:{name}")

    def command_sheet(self, language: str) -> str:
        self.calls.append(f"sheet:{language}")
        return f"/home/station/commands-{language}.pdf"

    def events(self, language: str) -> str:
        self.calls.append(f"events:{language}")
        return "/home/station/events-2027-11-30.csv"


NAMES = {"MILK250": {"zh_CN": "鲜牛奶 250 ml", "en": "Fresh milk 250 ml"}, "YOG100": {"zh_CN": "原味酸奶 100 g"},
         "JUICE1L": {"en": "Orange juice 1 L"}, "WATER": {"zh_CN": "矿泉水 550 ml"}, "TEA": {"zh_CN": "绿茶 500 ml"},
         "DC-07": {"zh_CN": "华东配送中心 DC 07", "en": "DC 07 East China"}}
HOME = StationView("L3-P1", "三号线 包装", "li.na", "李娜", "operator", "home", "", names=NAMES)
PACKING = replace(HOME, task="packing", subject="WO-2711-01", packing=PackingView(
    "WO-2711-01", "MILK250", "271130A", 11520, 4824,
    (LevelView("case", 18, 24, "", 0, 201), LevelView("pallet", 9, 48, SSCC, 0, 4)), "bottle", False),
    counts=(("taken", 4806), ("duplicate_in_container", 12), ("unreadable", 3), ("wrong_batch", 1)))
LABEL = replace(PACKING, packing=replace(PACKING.packing, label_wanted=True, scan_next="case", levels=(
    LevelView("case", 24, 24, "", 1, 201), LevelView("pallet", 9, 48, SSCC, 0, 4))))
DOCK = replace(HOME, task="shipping", subject="SO-8841", dock=DockView(
    "SO-8841", "ship", "DC-07", "open", (
        LineView(1, "MILK250", "", 1152, 1140),
        LineView(2, "YOG100", "271130B", 960, 480),
        LineView(3, "JUICE1L", "", 240, 0), LineView(4, "WATER", "", 576, 576),
        LineView(5, "TEA", "T1127", 480, 480)), SSCC, "pallet", 576))
LOOKUP = replace(HOME, task="lookup", lookup=CASE)
SIGNED_OUT = replace(HOME, operator="", operator_name="", operator_role="")


def picture(width: int = 1280, height: int = 720) -> np.ndarray:
    """A case of 24 from above: grey ground, pale caps, dark squares for the codes."""
    pixels = np.full((height, width, 3), (96, 100, 104), np.uint8)
    pixels[40:-40, 60:-60] = (74, 84, 96)
    rng = np.random.default_rng(7)
    yy, xx = np.mgrid[0:height, 0:width]
    for x, y in caps(width, height):
        pixels[(xx - x) ** 2 + (yy - y) ** 2 < 78 ** 2] = (206, 212, 216)
        code = rng.integers(0, 2, (14, 14), np.uint8).repeat(5, 0).repeat(5, 1)
        pixels[y - 35 : y + 35, x - 35 : x + 35] = np.where(code[..., None], (30, 30, 30), (206, 212, 216))
    return pixels


def caps(width: int = 1280, height: int = 720) -> list[tuple[int, int]]:
    return [(round(width * (0.115 + 0.154 * column)), round(height * (0.16 + 0.2267 * row)))
            for row in range(4) for column in range(6)]


def frame(missing: int = 1) -> Frame:
    corners = [tuple((x + dx, y + dy) for dx, dy in ((-36, -36), (36, -36), (36, 36), (-36, 36))) for x, y in caps()]
    seen = tuple(Seen(f"https://q.brand.example/b/7F3K{at:04d}".encode(), "]d1", each)
                 for at, each in enumerate(corners[: 24 - missing]))
    return Frame("line-camera", seen, NOW, 10.0, 1280, 720, tuple(corners[24 - missing :]))


def verdict_on(shot: Frame, outcome: Outcome, reason: Reason, **data: str | int) -> Verdict:
    marks = tuple(Mark(at, Outcome.DUPLICATE if at in (3, 10) else Outcome.REJECTED if at == 17 else Outcome.ACCEPTED,
                       Reason.TAKEN) for at in range(len(shot.seen)))
    return Verdict(outcome, reason, dict(data), marks)


def published(view: StationView, outcome: Outcome, reason: Reason, *codes: str, shot: Frame | None = None, seq: int = 1,
              source: str = "scanner-1", **data: str | int) -> Published:
    verdict = verdict_on(shot, outcome, reason, **data) if shot else Verdict(outcome, reason, dict(data))
    return Published(verdict, view, source, NOW, seq, 6.5, codes, shot)


SYNC = SyncStatus("down", 214, 0, 43118, 3, datetime.now(UTC) - timedelta(minutes=3),
                  datetime.now(UTC) - timedelta(minutes=4), "", "")
DEVICES = (DeviceState("scanner-1", "serial", "ready"), DeviceState("line-camera", "camera", "ready"),
           DeviceState("dock-reader", "socket-client", "gone", "connection refused", problem="no_connection"))
