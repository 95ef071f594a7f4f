"""Diverted goods on the screen: the stop with both sides, the codes and the picture; the inspection; the evidence."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from app.domain.decision import Verdict
from app.domain.reasons import Outcome, Reason
from app.domain.warehouse.cases import SnapshotView, SuspectView, WhereaboutsView
from app.messages import Published, StationView
from app.ui.diversion_stop import DiversionCover
from app.ui.pages.diversion import InspectPage
from app.ui.pages.evidence import EvidencePage
from app.ui.pages.lookup import belongs, doubtful
from app.ui.pages.lookup import diverted as told_wrong
from app.ui.theme import RED
from app.words import Words
from tests.ui.conftest import Bench
from tests.ui.sample import BOTTLE, CASE, DOCK, HOME, NOW, picture

CASE_1 = SuspectView(
    "DV-DOCK-2-000017", CASE, "wrong_territory", "stop", "D-CD-01", "5101", "D-SH-03", "310115", "T-5101-MILK",
    f"{BOTTLE}07", "child", NOW.isoformat(), "li.na", "SO-8841", "D-SH-03",
    tuple(f"{BOTTLE}{n:02d}" for n in range(24)), "open",
    digest="3f" * 32, expected_name="成都锦华商贸", actual_name="上海浦东食品", snapshot="L-20271129")
CASE_2 = replace(CASE_1, number="DV-DOCK-2-000016", finding="two_places", state="released", reason="CHECKED",
                 released_by="li.na", approver="chen.jing", elsewhere=(("上海 仓库 3", NOW.isoformat()),))
LIST = SnapshotView("valid", "L-20271129", "2027-11-29T00:00:00+00:00", "2027-12-29T00:00:00+00:00", True, 3_000_000,
                    100_000, 12_000)
DATA = {"code": CASE, "decided": f"{BOTTLE}07", "decided_as": "child", "dealer": "D-CD-01", "territory": "5101",
        "actual_dealer": "D-SH-03", "actual_territory": "310115", "rule": "T-5101-MILK", "place": "", "at": "", "km": 0,
        "unjudged": "", "finding": "wrong_territory", "case": CASE_1.number, "document": "SO-8841",
        "partner": "D-SH-03", "product": "MILK250"}
FREED = {"by": "李娜 (li.na)", "approver": "王伟 (wang.wei)", "at": "2027-11-30T10:42:00+08:00", "why": "CHECKED"}
STOP = Verdict(Outcome.STOP, Reason.WRONG_TERRITORY, DATA)
INSPECT = replace(HOME, task="inspecting", subject="")
STOPPED = replace(INSPECT, alarm=STOP)


def wait(qtbot, until: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(until()), timeout=60_000)


@dataclass
class Files:
    """What the window asks about diversion."""

    folder: Path
    kept: list[str] = field(default_factory=list)
    list_: SnapshotView = LIST
    cases: tuple[SuspectView, ...] = (CASE_1, CASE_2)

    def suspects(self) -> tuple[SuspectView, ...]:
        return self.cases

    def suspect(self, number: str) -> SuspectView | None:
        return next((each for each in self.cases if each.number == number), None)

    def snapshot(self) -> SnapshotView:
        return self.list_

    def dealers(self) -> tuple[tuple[str, str], ...]:
        return (("D-CD-01", "成都锦华商贸"), ("D-SH-03", "上海浦东食品"), ("R-510104-9", "红星路便利店"))

    def photograph(self, number: str, pixels: object) -> str:
        from PIL import Image
        file = self.folder / f"{number}-{len(self.kept)}.png"
        Image.fromarray(pixels[:, :, ::-1]).save(file)      # type: ignore[index]
        self.kept.append(str(file))
        self.cases = tuple(replace(each, pictures=(*each.pictures, str(file))) if each.number == number else each
                           for each in self.cases)
        return str(file)

    def attach(self, number: str, file: str) -> str:
        if not file.endswith(".jpg"):
            raise ValueError("no_picture")
        self.kept.append(file)
        return file

    def export_evidence(self, number: str) -> str:
        self.kept.append(f"export:{number}")
        return f"/home/station/evidence-{number}.zip"


@pytest.fixture
def diverted(bench: Callable[..., Bench], tmp_path: Path, qtbot) -> Callable[..., tuple[Bench, Files]]:
    def make(view: StationView, *args: object, **more: object) -> tuple[Bench, Files]:
        files = Files(tmp_path)
        one = bench(HOME, *args, **more)
        object.__setattr__(one.ports, "diversion", files)
        one.tell(Published(Verdict(Outcome.COMMAND, Reason.CONFIRMED), view, "", NOW, 1, 1.0))
        wait(qtbot, lambda: one.window.shown.view == view and not one.bridge.is_asking)
        return one, files

    return make


def scanned(verdict: Verdict, view: StationView = INSPECT) -> Published:
    return Published(verdict, view, "hand", NOW, 2, 3.0, (CASE,))


def test_the_stop_shows_both_sides_keeps_a_picture_and_says_who_may_help(diverted, qtbot) -> None:
    bench, files = diverted(INSPECT)
    bench.tell(scanned(STOP, STOPPED))
    cover = bench.window.covers.diversion.cover
    wait(qtbot, lambda: cover.isVisible() and cover.suspect is not None)
    assert isinstance(cover, DiversionCover) and not bench.window.covers.alarm.isVisible()
    assert cover.badge and not cover.answer                      # an operator cannot clear it
    assert "preview:line-camera" in bench.outside.calls
    bench.bridge.on_preview("line-camera", picture(), None)
    wait(qtbot, lambda: cover.kept)
    assert len(files.kept) == 1
    bench.bridge.on_preview("line-camera", picture(), None)       # one picture is enough
    bench.tell(scanned(Verdict(Outcome.COMMAND, Reason.CONFIRMED), INSPECT))
    wait(qtbot, lambda: not cover.isVisible())
    assert len(files.kept) == 1 and bench.outside.calls[-1] == "preview:"


def test_a_supervisor_is_offered_the_key_and_another_red_is_the_usual_one(diverted, qtbot) -> None:
    bench, _ = diverted(INSPECT)
    bench.tell(scanned(STOP, replace(STOPPED, operator_role="supervisor")))
    cover = bench.window.covers.diversion.cover
    wait(qtbot, lambda: cover.isVisible() and bool(cover.answer))
    qtbot.mouseClick(cover, Qt.MouseButton.LeftButton, pos=cover.answer_rect().center())
    assert bench.station.commands == ["CONFIRM"]
    bench.type((Qt.Key.Key_F11, ""))
    wait(qtbot, lambda: bench.station.commands == ["CONFIRM"] * 2)
    bench.tell(scanned(Verdict(Outcome.REJECTED, Reason.ON_HOLD, {"code": CASE}), replace(
        INSPECT, alarm=Verdict(Outcome.REJECTED, Reason.ON_HOLD, {"code": CASE}))))
    wait(qtbot, lambda: bench.window.covers.alarm.isVisible() and not cover.isVisible())


def test_the_stop_is_still_told_after_the_language_was_changed(diverted, qtbot) -> None:
    bench, _ = diverted(INSPECT)
    bench.tell(scanned(STOP, STOPPED))
    wait(qtbot, lambda: bench.window.covers.diversion.cover.suspect is not None)
    bench.window.set_language("zh_CN")
    cover = bench.window.covers.diversion.cover
    wait(qtbot, lambda: cover.isVisible() and cover.suspect is not None)
    assert cover.title == "区域不对"


def test_an_inspection_lists_what_was_scanned_and_by_which_list(diverted, qtbot) -> None:
    bench, _ = diverted(INSPECT)
    page = bench.window.page
    assert isinstance(page, InspectPage)
    wait(qtbot, lambda: page.list.state == "valid")
    assert "2027-11-29" in page.list.title
    right = Verdict(Outcome.ACCEPTED, Reason.INSPECTED_RIGHT, {**DATA, "finding": "right", "case": "", "rule": ""})
    bench.tell(scanned(right))
    bench.tell(scanned(Verdict(Outcome.WARNING, Reason.NOT_JUDGED, {"code": BOTTLE, "unjudged": "no_snapshot",
                                                                    "decided_as": "itself"})))
    wait(qtbot, lambda: len(page.scans.rows) == 2)
    assert page.found.head == "Cannot be judged" and [row.icon for row in page.scans.rows] == ["bang", "check"]
    bench.type((Qt.Key.Key_F2, ""))
    wait(qtbot, lambda: not page.dealers.isHidden())
    bench.type("2")
    wait(qtbot, lambda: bench.station.commands == ["INSPECT:D-CD-01"])
    assert page.dealers.isHidden()


def test_the_evidence_is_shown_photographed_and_handed_over(diverted, qtbot) -> None:
    bench, files = diverted(INSPECT)
    bench.type((Qt.Key.Key_F3, ""))
    wait(qtbot, lambda: isinstance(bench.window.page, EvidencePage))
    page = bench.window.page
    assert isinstance(page, EvidencePage)
    wait(qtbot, lambda: len(page.cases.rows) == 2)
    assert page.facts.head == "Wrong territory"
    bench.bridge.on_preview("line-camera", picture(), None)
    wait(qtbot, lambda: not page.photo.image.isNull())
    bench.type((Qt.Key.Key_F2, ""))
    wait(qtbot, lambda: bool(files.kept) and bool(page.chosen and page.chosen.pictures))
    bench.type((Qt.Key.Key_F3, ""))
    wait(qtbot, lambda: not page.entry.isHidden())
    bench.type("a.txt\r", gap_ms=200)
    wait(qtbot, lambda: "JPEG" in page.said.text())
    bench.type((Qt.Key.Key_F3, ""))
    wait(qtbot, lambda: not page.entry.isHidden())
    bench.type("a.jpg\r", gap_ms=200)
    wait(qtbot, lambda: "a.jpg" in files.kept)
    bench.type((Qt.Key.Key_F4, ""))
    wait(qtbot, lambda: CASE_1.number in page.said.text())
    bench.type("2")
    wait(qtbot, lambda: page.facts.head == "In two places at once")
    assert page.chosen is not None and page.chosen.state == "released"


def test_a_look_up_of_diverted_goods_is_red_and_the_home_page_names_the_list(diverted, qtbot, tmp_path: Path) -> None:
    bench, _ = diverted(HOME)
    bench.window.page.opened()
    wait(qtbot, lambda: "2027-12-29" in bench.window.page.tiles["LOOKUP"].note)
    found = replace(bench.shelf.look_up("x"), whereabouts=WhereaboutsView(
        "wrong_dealer", "D-CD-01", "5101", "成都锦华", "2027-11-01", "snapshot", "itself", "T1", "", "DV-1", "open"))
    bench.shelf.look_up = lambda text: found        # type: ignore[method-assign]
    view = replace(HOME, task="lookup", lookup=CASE)
    bench.tell(Published(Verdict(Outcome.ACCEPTED, Reason.LOOKED_UP, {"code": CASE}), view, "hand", NOW, 3, 1.0))
    wait(qtbot, lambda: bench.window.page.name == "lookup" and "成都锦华" in " ".join(bench.window.page.facts.texts()))
    assert bench.window.grab_to(tmp_path / "lookup.png").exists()
    freed = replace(found.whereabouts, let_go="DV-1", freed_by="李娜 (li.na)", freed_with="王伟 (wang.wei)",
                    freed_at="2027-11-30T10:42:00+08:00", freed_why="CHECKED")
    bench.shelf.look_up = lambda text: replace(found, whereabouts=freed)        # type: ignore[method-assign]
    view = replace(view, lookup=BOTTLE)
    bench.tell(Published(Verdict(Outcome.ACCEPTED, Reason.LOOKED_UP, {"code": BOTTLE}), view, "hand", NOW, 4, 1.0))
    wait(qtbot, lambda: "李娜 (li.na)" in " ".join(bench.window.page.facts.texts()))
    assert bench.window.page.facts._colour != RED
    assert bench.window.grab_to(tmp_path / "lookup-freed.png").exists()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_look_up_says_whom_goods_belong_to(language: str) -> None:
    words = Words(language, strict=True)
    found = WhereaboutsView("wrong_territory", "D1", "5101", "Dealer", "2027-11-01", "snapshot", "itself", "T1", "",
                            "DV-1", "open")
    assert "5101" in belongs(words, found)[0][1] and "2027-11-01" in belongs(words, found)[0][1]
    assert "5101" in told_wrong(words, found) and told_wrong(words, replace(found, finding="right")) == ""
    assert belongs(words, None) == () and told_wrong(words, None) == ""
    freed = replace(found, let_go="DV-1", freed_by="李娜 (li.na)", freed_with="王伟 (wang.wei)",
                    freed_at="2027-11-30T10:42:00+08:00", freed_why="CHECKED")
    assert "李娜 (li.na)" in told_wrong(words, freed) and "DV-1" in told_wrong(words, freed)
    assert doubtful(freed) and not doubtful(found) and doubtful(WhereaboutsView("still_packed"))
    none = belongs(words, WhereaboutsView("not_judged", why="no_snapshot"))
    assert none[0][1] == "" and none[1][1]


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 800)])
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_screen_can_be_painted(diverted, qtbot, language: str, size: tuple[int, int], tmp_path: Path,
                                     request: pytest.FixtureRequest) -> None:
    """Missing words are errors; the pictures are for whoever wants to look (--basetemp)."""
    bench, _ = diverted(INSPECT, language, size)
    for name, verdict, view in (
            ("right", Verdict(Outcome.ACCEPTED, Reason.INSPECTED_RIGHT, {**DATA, "case": ""}), INSPECT),
            ("old", Verdict(Outcome.WARNING, Reason.NOT_JUDGED, {"code": BOTTLE, "unjudged": "snapshot_expired",
                                                                 "decided_as": "itself"}), INSPECT),
            ("packed", Verdict(Outcome.WARNING, Reason.STILL_PACKED, {"code": BOTTLE, "level": "case",
                                                                      "order": "WO-271130"}), INSPECT),
            ("own", Verdict(Outcome.WARNING, Reason.OWN_STOCK, {"code": BOTTLE, "place": ""}), INSPECT),
            ("freed", Verdict(Outcome.WARNING, Reason.LET_GO_BEFORE, {**DATA, "finding": "wrong_dealer", **FREED}),
             INSPECT), ("stop", STOP, STOPPED), ("dock", STOP, replace(DOCK, task="receiving", alarm=STOP))):
        bench.tell(scanned(verdict, view))
        wait(qtbot, lambda each=verdict: bench.window.shown.published is not None
                        and bench.window.shown.published.verdict == each)
        if view.alarm:
            cover = bench.window.covers.diversion.cover
            wait(qtbot, lambda each=cover: each.suspect is not None)
            bench.bridge.on_preview("line-camera", picture(), None)
            wait(qtbot, lambda each=cover: each.kept)
        assert bench.window.grab_to(tmp_path / f"{name}-{language}-{size[0]}.png").stat().st_size > 10_000
    bench.tell(scanned(Verdict(Outcome.COMMAND, Reason.CONFIRMED), INSPECT))
    wait(qtbot, lambda: bench.window.shown.view == INSPECT)
    bench.window.go("evidence")
    page = bench.window.page
    assert isinstance(page, EvidencePage)
    wait(qtbot, lambda: len(page.cases.rows) == 2 and not bench.bridge.is_asking)
    bench.window.grab_to(tmp_path / f"evidence-{language}-{size[0]}.png")
