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
    PaperView,
    Published,
    QueueView,
    ReworkView,
    Scan,
    Seen,
    SlotView,
    StationView,
    SyncStatus,
    WaitingView,
)
from app.views import (
    DocumentRow,
    NewOrder,
    ObjectView,
    OrderRow,
    PairSetRow,
    PartnerRow,
    PlanRow,
    ReconcileRow,
    ReconcileView,
    StockWhere,
    SyncRow,
    TimelineRow,
    TreeNode,
)
from tests.ui.line_sample import LineShelf
from tests.ui.stock_sample import StockShelf

NOW = datetime(2027, 11, 30, 2, 42, 7, tzinfo=UTC)
SSCC = "https://id.gs1.org/00/069012345000001018"
CASE = "https://id.gs1.org/01/16901234567895/21/C0041"
BOTTLE = "https://q.brand.example/b/7F3KQ20041"
PEERS = (("cap_inner", "https://q.brand.example/c/9H22MM71", "file"),
         ("cap_outer", "https://q.brand.example/o/55TQX0", "line"))


REELS = (
    PairSetRow(3, "caps-2027-11-30-reel-0815.csv", "bottle", "鲜牛奶 250 ml", 250000, "to_check",
               ("cap_outer", "cap_inner"), 5, (12, 977)),
    PairSetRow(2, "caps-2027-11-29-reel-0814.csv", "bottle", "鲜牛奶 250 ml", 250000, "stopped",
               ("cap_outer", "cap_inner"), 5, (12, 977), (), ((1805, 1), (4410, 1)), 1, 977, 1805),
    PairSetRow(1, "cartons-november.xlsx", "case", "", 12000, "live", ("carton_outside", "carton_inside"), 5,
               (1, 2, 3, 4, 5)))


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
class Shelf(LineShelf, StockShelf):
    """A reader over values in memory."""

    asked: list[str] = field(default_factory=list)
    trouble: str = ""
    even: bool = False           # the order adds up
    papers: tuple[DocumentRow, ...] = ()
    reels: tuple[PairSetRow, ...] = REELS
    plans: tuple[PlanRow, ...] = (PlanRow("SIX", 6, "bottle", "case"), PlanRow("MILK12", 12, "bottle", "case"))

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
                          "https://id.gs1.org/414/6901234000009", "DC-07", "WO-2711-01", (SSCC,), tree, rows, "gs1",
                          peers=PEERS if "peers" in text else ())

    def orders(self) -> tuple[OrderRow, ...]:
        return (OrderRow("WO-2711-01", "MILK250", "鲜牛奶 250 ml", "271130A", 11520, 4824, "started"),
                OrderRow("WO-2711-02", "YOG100", "原味酸奶 100 g", "271130B", 9600, 0, "open"),
                OrderRow("WO-2711-03", "JUICE1L", "Orange juice 1 L", "J1130", 2400, 2390, "paused"))

    def reconcile(self, order: str) -> ReconcileView:
        self.asked.append(order)
        if self.even:
            return ReconcileView(order, "finished", "MILK250", "271130A", (
                ReconcileRow("bottle", 11520, 11515, 2, 3, 0, 0, 0), ReconcileRow("case", 480, 480, 0, 0, 0, 0, 0)))
        codes = tuple(("bottle", f"{BOTTLE}{at:02d}", ("loose", "unseen")[at % 2]) for at in range(3))
        return ReconcileView(order, "finished", "MILK250", "271130A", (
            ReconcileRow("bottle", 11530, 11496, 2, 3, 20, 6, 3), ReconcileRow("case", 480, 479, 1, 0, 0, 0, 0),
            ReconcileRow("pallet", 10, 10, 0, 0, 0, 0, 0)), codes, 3)

    def documents(self, way: str, states: tuple[str, ...] = ("open",), find: str = "") -> tuple[DocumentRow, ...]:
        kind = "receive" if way == "in" else "ship"
        self.asked.append(f"documents:{way}:{find}")
        rows = (DocumentRow("SO-8841", kind, "华东配送中心 DC 07", 160, 148, "open"),
                DocumentRow("SO-8842", kind, "Northern Wholesale Ltd", 2304, 0, "open"),
                *self.papers)
        return tuple(row for row in rows if find.casefold() in f"{row.id} {row.partner_name}".casefold())

    def partners(self, kind: str) -> tuple[PartnerRow, ...]:
        self.asked.append(f"partners:{kind}")
        return (PartnerRow("D-5101", "四川省成都市锦江区某某贸易有限公司", "distributor", "5101"),
                PartnerRow("DC-07", "华东配送中心 DC 07", "own", "31"),
                PartnerRow("R-310104-2211", "Corner shop, Xujiahui", "retailer", "310104"),
                *(PartnerRow(f"S-{at:04}", f"Store {at}", "retailer", "3101") for at in range(30)))

    def sync_rows(self, state: str, before: int = 1 << 62, limit: int = 100) -> tuple[SyncRow, ...]:
        reasons = ("lot 271130A: expired at the server", "case 0039 already in pallet 7", "unknown read point")
        refused = state == "refused"
        return tuple(SyncRow(900 - at, f"urn:uuid:{at}", NOW - timedelta(minutes=at), "packing", CASE, 24, "li.na",
                             state, at, reasons[at % 3] if refused else "") for at in range(3 if refused else 9))

    def other_plans(self, order: str) -> tuple[PlanRow, ...]:
        return self.plans

    def pair_sets(self) -> tuple[PairSetRow, ...]:
        return self.reels

    def people(self) -> tuple[tuple[str, str, str], ...]:
        return (("li.na", "李娜", "operator"), ("wang.wei", "王伟", "shipper"), ("chen.jing", "陈静", "supervisor"),
                ("j.smith", "Jane Smith", "engineer"))


@dataclass
class Outside:
    """Sync, devices and export: what was asked of them."""

    calls: list[str] = field(default_factory=list)

    def sync_now(self) -> None:
        self.calls.append("sync_now")

    def resolve(self, event: int, how: str, by: str) -> bool:
        self.calls.append(f"resolve:{event}:{how}:{by}")
        return event != 899

    def preview(self, name: str) -> None:
        self.calls.append(f"preview:{name}")

    def set_up(self, name: str) -> None:
        self.calls.append(f"set_up:{name}")

    def command_sheet(self, language: str) -> str:
        self.calls.append(f"sheet:{language}")
        return f"/home/station/commands-{language}.pdf"

    def events(self, language: str) -> str:
        self.calls.append(f"events:{language}")
        return "/home/station/events-2027-11-30.csv"

    def stock(self, where: StockWhere, language: str) -> str:
        self.calls.append(f"stock:{where.product}:{language}")
        return "/home/station/stock-2027-11-30.xlsx"

    def document(self, id: str, kind: str, language: str) -> str:
        self.calls.append(f"document:{id}:{kind}:{language}")
        return f"/home/station/{id}.{kind}"

    def products(self) -> tuple[tuple[str, dict[str, str]], ...]:
        return tuple((id, NAMES[id]) for id in ("MILK250", "YOG100", "JUICE1L", "WATER", "TEA"))

    def new_order(self, order: NewOrder) -> str:
        if order.id == "WO-2711-01":
            raise ValueError("id_taken")
        self.calls.append(f"new_order:{order.id}:{order.product}:{order.lot}:{order.produced}:{order.expiry}:{order.planned}")
        return order.id

    def report(self, order: str, kind: str, language: str) -> str:
        self.calls.append(f"report:{order}:{kind}:{language}")
        return f"/home/station/{order}.{kind}"

    def label_preview(self, job: int) -> bytes:
        self.calls.append(f"label:{job}")
        return label_png()


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
CASE_LABEL = "https://id.gs1.org/00/069012345000002022"
PRINTED = replace(PACKING, packing=replace(PACKING.packing, levels=(
    LevelView("case", 24, 24, "", 1, 201, 0, CASE_LABEL), LevelView("pallet", 9, 48, SSCC, 0, 4))))
PARKED = replace(PACKING, packing=replace(PACKING.packing, levels=(
    LevelView("case", 0, 24, "", 0, 201, 2), LevelView("pallet", 9, 48, SSCC, 0, 4, 1))))
HALF = replace(PACKING, packing=replace(PACKING.packing, half=(("cap_outer", PEERS[1][1]), ("bottle", BOTTLE)),
                                        half_wanted=("cap_inner",)))
ARMED = replace(PACKING, armed="scrap", armed_reason="DAMAGE")
ARMED_SECOND = replace(PACKING, armed="swap", armed_reason="UNREADABLE", armed_subject=BOTTLE)
WAITING = replace(PACKING, waiting_for=WaitingView("CLOSE-ORDER", "LOST"))
TYPED = replace(PACKING, waiting_for=WaitingView("", "", BOTTLE))


def in_state(state: str, **more: object) -> StationView:
    """The packing line with its order in this state."""
    return replace(PACKING, packing=replace(PACKING.packing, state=state, **more), shift="B")


def slots(count: int = 40, first: int = 1001) -> tuple[SlotView, ...]:
    kinds = {5: ("no_read", "unreadable"), 11: ("bad", "wrong_batch"), 17: ("doubtful", ""), 18: ("doubtful", "")}
    return tuple(SlotView(first + at, f"{BOTTLE}{at}" if kinds.get(at, ("",))[0] != "no_read" else "",
                          *kinds.get(at, ("good", ""))) for at in range(count))


def with_queue(stopped: str = "", count: int = 40, first: int = 1001) -> StationView:
    """A line with bottles on the belt."""
    return replace(PACKING, packing=replace(PACKING.packing, queue=QueueView(slots(count, first), 24, stopped)))


def case_tree(name: str, bottles: range, status: str = "in_progress") -> TreeNode:
    inside = tuple(TreeNode(f"{BOTTLE}{at:02d}", "bottle", "in_progress") for at in bottles)
    return TreeNode(f"https://id.gs1.org/01/16901234567895/21/{name}", "case", status, inside)


OTHER = case_tree("C0042", range(40, 64))
REWORKED = replace(PACKING, rework=ReworkView(
    "SWAP", (TreeNode(SSCC, "pallet", "in_progress", (case_tree("C0041", range(24)), OTHER)),),
    (TreeNode(SSCC, "pallet", "in_progress", (case_tree("C0041", range(1, 25)), OTHER)),
     TreeNode(f"{BOTTLE}00", "bottle", "inactive")), ("unpacking", "decommissioning", "repackaging")))
DOCK = replace(HOME, task="shipping", subject="SO-8841", dock=DockView(
    "SO-8841", "ship", "DC-07", "open", (
        LineView(1, "MILK250", "", 1152, 1140),
        LineView(2, "YOG100", "271130B", 960, 480),
        LineView(3, "JUICE1L", "", 240, 0), LineView(4, "WATER", "", 576, 576),
        LineView(5, "TEA", "T1127", 480, 480)), SSCC, "pallet", 576, "out", 3408, 2676, 5, role="distributor",
    territory="3101", route="R-12", last_product="MILK250", last_lot="271130A", last_expiry="2028-05-29"))
RETURN = replace(DOCK, task="receiving", subject="L3-P1-1-77", dock=DockView(
    "L3-P1-1-77", "return_in", "DC-07", "open", (LineView(1, "MILK250", "", 0, 48), LineView(2, "TEA", "", 0, 1)), SSCC,
    "case", 24, "in", 0, 49, 2, True, role="retailer", territory="310104", reason="NOT-SOLD", last_product="TEA",
    last_lot="T1127", last_expiry="2027-11-20"))
TRUCK = replace(DOCK, dock=replace(DOCK.dock, joined=("SO-8842", "SO-8843"), others=1200, kind="sales_out",
    papers=(PaperView("SO-8841", "DC-07", "open", 1440, 900), PaperView("SO-8842", "DC-07", "open", 1488, 1296, True),
            PaperView("SO-8843", "DC-07", "paused", 480, 480)),
    lines=tuple(replace(each, document=("SO-8841", "SO-8842", "SO-8843")[at % 3])
                for at, each in enumerate(DOCK.dock.lines))))
RESTS = replace(DOCK, dock=replace(DOCK.dock, state="paused"))
CLOSED = replace(DOCK, dock=replace(DOCK.dock, state="closed_short"))
BREAKS = replace(DOCK, waiting_for=WaitingView("", "", SSCC, "break"))
SAMPLING = replace(HOME, task="sampling", subject="3")
LOOKUP = replace(HOME, task="lookup", lookup=CASE)
SIGNED_OUT = replace(HOME, operator="", operator_name="", operator_role="")


def label_png() -> bytes:
    """A small label as a printer would print it."""
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QColor, QImage
    image = QImage(400, 240, QImage.Format.Format_RGB32)
    image.fill(QColor("#ffffff"))
    for x in range(20, 380, 6):
        for y in range(120, 220):
            image.setPixelColor(x, y, QColor("#000000"))
            image.setPixelColor(x + 1, y, QColor("#000000"))
    kept, buffer = QByteArray(), QBuffer()
    buffer.setBuffer(kept)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(kept.data())


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
