"""A stocktake on the screen: what is seen of what should be there, the last scan, what differs, shelves; keys only."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from app.domain.decision import Verdict
from app.domain.reasons import Outcome, Reason
from app.messages import CountLine, CountView, Published, StationView
from app.ui.pages.choose import ChoosePage
from app.ui.pages.count import DIFFERENCES, PRODUCTS, SHELVES, CountPage
from app.views import CountDifferenceRow, CountRow
from app.words import Words
from tests.ui.conftest import Bench
from tests.ui.sample import BOTTLE, CASE, HOME, NOW, SSCC

SITE = "https://id.gs1.org/414/6901234000009"
NAMES = {"MILK250": {"en": "Fresh milk 250 ml", "zh_CN": "鲜牛奶 250 ml"}, "YOG100": {"en": "Yoghurt 100 g",
         "zh_CN": "原味酸奶 100 g"}, "JUICE1L": {"en": "Orange juice 1 L", "zh_CN": "橙汁 1 L"}}
GUIDED = CountView("SC-2711", "count", "open", 1, False, False, SITE, f"{SITE}/254/A-03", 9216, 11520, 24, 48, (
    CountLine("YOG100", 2880, 4800), CountLine("MILK250", 5760, 6144), CountLine("JUICE1L", 576, 576)), SSCC, "pallet",
    1152)
BLIND = replace(GUIDED, blind=True, expected=0, extra=0, misplaced=0, lines=tuple(
    replace(line, expected=0) for line in GUIDED.lines))
AGAIN = replace(GUIDED, round=2, extra=24, misplaced=0, seen=11400, last_epc=CASE, last_level="case", last_units=24,
                last_finding="misplaced", verify=True, opened=SSCC, opened_have=12, opened_of=48)
DIFFER = (
    CountDifferenceRow(CASE, "missing", "case", "MILK250", "Fresh milk 250 ml", "271130A", 24, "", f"{SITE}/254/A-03"),
    CountDifferenceRow(f"{BOTTLE}07", "missing", "bottle", "MILK250", "Fresh milk 250 ml", "271130A", 1, "",
                       f"{SITE}/254/A-04"),
    CountDifferenceRow(f"{CASE}9", "misplaced", "case", "YOG100", "Yoghurt 100 g", "2711", 48, f"{SITE}/254/A-03",
                       f"{SITE}/254/B-01"),
    CountDifferenceRow("https://q.brand.example/b/UNKNOWN", "unknown", "", "", "", "", 1, f"{SITE}/254/A-03"),
    CountDifferenceRow(SSCC, "away", "pallet", "JUICE1L", "Orange juice 1 L", "J1130", 576, f"{SITE}/254/A-03"),
    CountDifferenceRow(f"{BOTTLE}08", "astray", "bottle", "MILK250", "Fresh milk 250 ml", "271130A", 1,
                       f"{SITE}/254/A-03", f"{SITE}/254/A-04", CASE))


def view(count: CountView | None) -> StationView:
    return replace(HOME, task="counting", subject="SC-2711", count=count, names=NAMES)


@dataclass
class Desk:
    """What the window asks about a count."""

    asked: list[str] = field(default_factory=list)
    found: tuple[CountDifferenceRow, ...] = DIFFER

    def open_counts(self) -> tuple[CountRow, ...]:
        return ()

    def differences(self, document: str) -> tuple[CountDifferenceRow, ...]:
        self.asked.append(document)
        return self.found

    def shelves(self) -> tuple[tuple[str, str], ...]:
        return ("A-03", "Aisle A 03"), ("A-04", "Aisle A 04"), ("B-01", "Aisle B 01")

    def count_report(self, document: str, kind: str, language: str) -> str:
        self.asked.append(f"{document} {kind} {language}")
        return f"/home/count-{document}.{kind}"


def wait(qtbot, until: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(until()), timeout=60_000)


def open_page(bench, count: CountView | None, language: str = "en", size: tuple[int, int] = (1920, 1080),
              desk: Desk | None = None) -> Bench:
    one = bench(view(count), language, size, counts=desk or Desk())
    return one


def published(one: Bench, verdict: Verdict, count: CountView) -> None:
    one.tell(Published(verdict, view(count), "hand", NOW, 7, 3.0, ("x",)))


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 800)])
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_it_looks_right_everywhere(bench, qtbot, language: str, size: tuple[int, int], tmp_path: Path) -> None:
    for name, count in (("guided", GUIDED), ("blind", BLIND), ("again", AGAIN)):
        one = open_page(bench, count, language, size)
        page = one.window.page
        assert isinstance(page, CountPage)
        wait(qtbot, lambda one=one: not one.bridge.is_asking)
        assert one.window.grab().save(str(tmp_path / f"count-{name}-{language}-{size[0]}.png"))


def test_a_blind_count_shows_nothing_of_what_should_be_there(bench, qtbot) -> None:
    desk = Desk()
    one = open_page(bench, BLIND, desk=desk)
    page = one.window.page
    wait(qtbot, lambda: not one.bridge.is_asking)
    assert page.total.target == 0 and page.total.left == "" and desk.asked == []
    assert [row.target for row in page.rows.rows] == [0, 0, 0]
    one.type((Qt.Key.Key_F5, ""))
    wait(qtbot, lambda: page._list == SHELVES)           # differences are not among the lists
    assert desk.asked == []
    published(one, Verdict(Outcome.REJECTED, Reason.COUNT_DIFFERS, {"document": BLIND.document}), BLIND)
    wait(qtbot, lambda: not one.bridge.is_asking)        # nor does DONE bring them
    assert page._list != DIFFERENCES and desk.asked == []


def test_what_differs_is_told_by_sign_and_word(bench, qtbot) -> None:
    one = open_page(bench, AGAIN)
    page = one.window.page
    wait(qtbot, lambda: page._list == DIFFERENCES and len(page.rows.rows) == 5)   # one of six was the last scan
    assert {row.icon for row in page.rows.rows} == {"cross", "swap", "move", "bang"}
    words = Words("en")
    assert {row.right for row in page.rows.rows} == {
        words(f"count.finding.{each}") for each in ("missing", "misplaced", "unknown", "away", "astray")}


def test_an_unknown_one_is_not_said_to_be_empty(bench, qtbot) -> None:
    one = open_page(bench, replace(AGAIN, last_units=0, last_finding="unknown"))
    card = one.window.page.last
    wait(qtbot, lambda: card._word)
    assert card._what == "case"


def test_keys_do_all_of_it(bench, qtbot) -> None:
    desk = Desk()
    one = open_page(bench, GUIDED, desk=desk)
    page = one.window.page
    wait(qtbot, lambda: not one.bridge.is_asking)
    for key, sent in ((Qt.Key.Key_F3, "DONE"), (Qt.Key.Key_F4, "CHECK"), (Qt.Key.Key_F6, "RECOUNT"),
                      (Qt.Key.Key_F8, "ADJUST")):
        one.type((key, ""))
        wait(qtbot, lambda sent=sent: one.station.commands and one.station.commands[-1] == sent)
    published(one, Verdict(Outcome.COMMAND, Reason.REASON_NEEDED, {"name": "ADJUST"}), GUIDED)
    wait(qtbot, lambda: page.choice is not None and page.choice.isVisible())
    one.type("2")
    wait(qtbot, lambda: one.station.commands[-1] == "ADJUST:THEFT")
    one.type((Qt.Key.Key_F7, ""))
    wait(qtbot, lambda: page.choice.isVisible())
    one.type("3")
    wait(qtbot, lambda: "SC-2711 pdf en" in desk.asked)
    wait(qtbot, lambda: "count-SC-2711.pdf" in page.instruction(one.window.shown))
    assert page._list == PRODUCTS
    one.type((Qt.Key.Key_F5, ""))
    wait(qtbot, lambda: page._list == DIFFERENCES)
    one.type((Qt.Key.Key_F5, ""))
    wait(qtbot, lambda: page._list == SHELVES)
    one.type("3")
    wait(qtbot, lambda: one.station.commands[-1] == "AT:B-01")


def test_without_a_count_one_is_chosen(bench, qtbot) -> None:
    one = open_page(bench, None)
    assert isinstance(one.window.page, ChoosePage)


def test_the_next_round_lists_what_is_to_be_scanned_again(bench, qtbot) -> None:
    desk = Desk()
    one = open_page(bench, BLIND, desk=desk)
    page = one.window.page
    wait(qtbot, lambda: not one.bridge.is_asking)
    published(one, Verdict(Outcome.COMMAND, Reason.RECOUNTING, {"round": 2}), replace(BLIND, round=2))
    wait(qtbot, lambda: page._list == DIFFERENCES and len(page.rows.rows) == len(DIFFER))


def test_all_that_was_scanned_again_leaves_the_list(bench, qtbot) -> None:
    again = replace(BLIND, round=2)
    one = open_page(bench, again)
    page = one.window.page
    wait(qtbot, lambda: page._list == DIFFERENCES and len(page.rows.rows) == len(DIFFER))
    for code in (CASE, f"{BOTTLE}07"):
        published(one, Verdict(Outcome.ACCEPTED, Reason.COUNTED, {"code": code, "level": "case", "units": 24}),
                  replace(again, last_epc=code))
    assert len(page.rows.rows) == len(DIFFER) - 2
    published(one, Verdict(Outcome.ACCEPTED, Reason.UNDONE, {"code": f"{BOTTLE}07", "count": 1}),
              replace(again, last_epc=CASE))
    assert len(page.rows.rows) == len(DIFFER) - 1


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 800)])
def test_differences_that_do_not_fit_say_which_page_they_are(bench, qtbot, size) -> None:
    many = tuple(replace(DIFFER[4], epc=f"{SSCC}{at}") for at in range(9))
    one = open_page(bench, AGAIN, "en", size, Desk(found=many))
    rows = one.window.page.rows
    wait(qtbot, lambda: one.window.page._list == DIFFERENCES and len(rows.rows) == 9)
    assert rows.pages > 1 and rows.sign == f"1 / {rows.pages}" and rows.turn_rect(1).height() >= 64
    one.type((Qt.Key.Key_PageDown, ""))
    wait(qtbot, lambda: rows.page == 2)
    assert rows.sign == f"2 / {rows.pages}"
