"""The window follows the station: its page, its red, its language; and every act reaches the station once."""
from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

import app.ui
from app.domain.commands import BY_KEY, INSTRUCTIONS, barcode
from app.domain.decision import Verdict
from app.domain.reasons import Outcome, Reason
from app.messages import StationFailed, StationView
from app.settings import PackingSection, Settings
from app.ui.pages.sheet import SheetPage, commands
from app.ui.ports import Ports
from app.ui.theme import Tone
from app.ui.widgets import Button
from app.words import LANGUAGES, Words
from tests.ui.sample import (
    BOTTLE,
    DEVICES,
    DOCK,
    HOME,
    LABEL,
    LOOKUP,
    PACKING,
    PARKED,
    SAMPLING,
    SIGNED_OUT,
    SYNC,
    frame,
    in_state,
    picture,
    published,
    with_queue,
)

RED = Verdict(Outcome.REJECTED, Reason.WRONG_PRODUCT, {"product": "JUICE1L", "expected": "MILK250", "code": BOTTLE})
STOP = Verdict(Outcome.STOP, Reason.WRONG_BATCH, {"lot": "271129C", "expected": "271130A", "code": BOTTLE})
ALARMED = replace(PACKING, alarm=RED, held=3)
STOPPED = replace(PACKING, alarm=STOP)


def tell(qtbot, one, view: StationView, outcome: Outcome, reason: Reason, *codes: str, **data: str | int) -> None:
    """A verdict from the station's thread, and the window has it."""
    said = published(view, outcome, reason, *codes, **data)
    thread = threading.Thread(target=one.tell, args=(said,))
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: one.window.shown.published is said)


@pytest.mark.parametrize(("view", "page"), [
    (SIGNED_OUT, "sign_in"), (HOME, "home"), (PACKING, "packing"), (DOCK, "dock"), (LOOKUP, "lookup"),
    (replace(HOME, task="packing"), "choose"), (replace(HOME, task="receiving"), "choose"),
    (replace(SIGNED_OUT, task="packing", packing=PACKING.packing), "sign_in"),
])
def test_the_state_asks_for_the_page(bench, view: StationView, page: str) -> None:
    assert bench(view).window.page.name == page


def test_the_page_follows_the_station(bench, qtbot) -> None:
    one = bench(HOME)
    tell(qtbot, one, PACKING, Outcome.COMMAND, Reason.COMMAND_TAKEN, name="ORDER", argument="WO-2711-01")
    assert one.window.page.name == "packing"
    assert one.outside.calls[-1] == "preview:line-camera"
    tell(qtbot, one, HOME, Outcome.COMMAND, Reason.COMMAND_TAKEN, name="HOME", argument="")
    assert one.window.page.name == "home"


def test_the_instruction_says_what_to_scan(bench, qtbot) -> None:
    one = bench(PACKING)
    assert one.window.shell.line.text == "Scan the next bottle for the case — 6 to go"
    tell(qtbot, one, LABEL, Outcome.COMPLETE, Reason.SCAN_LABEL, level="case", have=24, target=24)
    assert one.window.shell.line.text == "Scan the label of the case"
    armed = replace(PACKING, armed="unpack")
    tell(qtbot, one, armed, Outcome.COMMAND, Reason.COMMAND_TAKEN, name="UNPACK", argument="")
    assert "taken apart" in one.window.shell.line.text


@pytest.mark.parametrize("view", [PACKING, DOCK, LOOKUP, replace(HOME, task="packing")])
def test_language_changes_and_the_task_goes_on(bench, qtbot, view: StationView) -> None:
    one = bench(view)
    before = one.window.page.name
    one.type((Qt.Key.Key_F10, ""))
    qtbot.waitUntil(lambda: one.station.commands == ["LANG:zh_CN"])
    tell(qtbot, one, view, Outcome.COMMAND, Reason.COMMAND_TAKEN, name="LANG", argument="zh_CN")
    assert one.window.language == "zh_CN"
    assert one.window.page.name == before
    assert re.search("[\u4e00-\u9fff]", one.window.shell.line.text)
    assert one.window.shell.bar.keys["F1"].word == "帮助"


def test_what_was_told_is_told_again_in_the_other_language(bench, qtbot) -> None:
    one = bench(PACKING)
    tell(qtbot, one, PACKING, Outcome.WARNING, Reason.CONTAINER_SHORT, level="case", have=22, target=24, missing=2)
    said = one.window.shown.published
    assert "22" in one.window.shell.strip.face.text
    one.tell(published(PACKING, Outcome.COMMAND, Reason.COMMAND_TAKEN, name="LANG", argument="zh_CN"))
    qtbot.waitUntil(lambda: one.window.language == "zh_CN")
    strip = one.window.shell.strip
    assert one.window.shown.published is said and strip.face.tone is Tone.CARE and not strip.calm
    assert "22" in strip.face.text and re.search("[\u4e00-\u9fff]", strip.face.text)


def test_a_language_barcode_without_a_language_asks_for_the_other_one(bench, qtbot) -> None:
    one = bench(HOME)
    tell(qtbot, one, HOME, Outcome.COMMAND, Reason.COMMAND_TAKEN, name="LANG", argument="")
    assert one.station.commands == ["LANG:zh_CN"]
    assert one.window.language == "en"


def test_a_language_change_keeps_the_picture_and_its_marks(bench, qtbot) -> None:
    one = bench(PACKING)
    shot = frame()
    one.bridge.on_preview("line-camera", picture(), shot)
    qtbot.waitUntil(lambda: one.window.page.picture._live is not None)
    short = published(PACKING, Outcome.WARNING, Reason.CONTAINER_SHORT, shot=shot, level="case", have=18, target=24)
    one.tell(short)
    qtbot.waitUntil(lambda: one.window.shown.published is short)
    one.window.set_language("zh_CN")
    assert one.window.page.picture._held is not None
    assert len(one.window.page.picture.spots) == 24
    assert not one.window.shell.strip.calm


# --- the red ------------------------------------------------------------------------------------------------------
def test_a_rejected_scan_covers_the_window_until_the_station_says_it_is_answered(bench, qtbot) -> None:
    one = bench(PACKING)
    tell(qtbot, one, ALARMED, Outcome.REJECTED, Reason.WRONG_PRODUCT, BOTTLE, **RED.data)
    cover = one.window._covers.alarm
    assert cover.isVisible()
    assert cover.geometry() == one.window.rect()
    assert "Orange juice 1 L" in cover.face.text and "JUICE1L" not in cover.face.text
    assert cover.face.todo
    assert cover.held.endswith("3")
    assert one.window._attention.repeating == "rejected"
    assert one.window.grab().toImage().pixelColor(5, 5).name() == "#a8001c"
    one.type((Qt.Key.Key_Return, "\r"))
    qtbot.waitUntil(lambda: one.station.commands == ["CONFIRM"])
    assert cover.isVisible()
    tell(qtbot, one, PACKING, Outcome.COMMAND, Reason.CONFIRMED, by="li.na")
    assert not cover.isVisible()
    assert one.window._attention.repeating == ""


def test_the_red_is_answered_by_touch(bench, qtbot) -> None:
    one = bench(ALARMED)
    cover = one.window._covers.alarm
    assert cover.answer_rect().height() >= 64
    qtbot.mouseClick(cover, Qt.MouseButton.LeftButton, pos=cover.rect().topLeft())
    assert one.station.commands == []
    qtbot.mouseClick(cover, Qt.MouseButton.LeftButton, pos=cover.answer_rect().center())
    assert one.station.commands == ["CONFIRM"]


@pytest.mark.parametrize(("role", "answers"), [("operator", False), ("supervisor", True), ("engineer", True)])
def test_a_stop_is_answered_by_those_who_may(bench, role: str, answers: bool) -> None:
    one = bench(replace(STOPPED, operator_role=role))
    cover = one.window._covers.alarm
    assert cover.stop
    assert bool(cover.answer) is answers
    assert one.window._attention.repeating == "stop"


def test_a_stop_that_could_not_be_written_down_is_red_too(bench, qtbot) -> None:
    one = bench(PACKING)
    tell(qtbot, one, PACKING, Outcome.STOP, Reason.DISK_FULL, problem="no space")
    assert one.window._covers.alarm.isVisible()
    tell(qtbot, one, PACKING, Outcome.ACCEPTED, Reason.TAKEN, BOTTLE, have=1, target=24)
    assert not one.window._covers.alarm.isVisible()


def test_keys_beneath_a_red_do_nothing(bench, qtbot) -> None:
    one = bench(ALARMED)
    for code in (Qt.Key.Key_F2, Qt.Key.Key_F3, Qt.Key.Key_F12):
        one.type((code, ""))
    one.type((Qt.Key.Key_Escape, ""))
    qtbot.waitUntil(lambda: one.station.commands == ["CANCEL"])


# --- verdicts -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("outcome", "reason", "colour", "stays"), [
    (Outcome.ACCEPTED, Reason.TAKEN, "#006b5e", False), (Outcome.COMPLETE, Reason.SCAN_LABEL, "#006b5e", False),
    (Outcome.DUPLICATE, Reason.DUPLICATE_IN_CONTAINER, "#ffb000", True),
    (Outcome.WARNING, Reason.CONTAINER_SHORT, "#ffb000", True), (Outcome.COMMAND, Reason.UNDONE, "#005fb8", False),
    (Outcome.REJECTED, Reason.WRONG_PIN, "#a8001c", True),
])
def test_the_whole_strip_takes_the_colour(bench, qtbot, outcome, reason, colour: str, stays: bool) -> None:
    one = bench(PACKING)
    tell(qtbot, one, PACKING, outcome, reason, BOTTLE, level="case", have=24, target=24, count=1)
    strip = one.window.shell.strip
    picture_ = strip.grab().toImage()
    assert picture_.pixelColor(2, 2).name() == colour
    assert picture_.pixelColor(strip.width() - 3, strip.height() - 3).name() == colour
    if stays:
        assert not strip._fade.isActive()
    else:
        qtbot.waitUntil(lambda: strip.calm)


def test_the_time_from_scan_to_paint_is_measured(bench, qtbot) -> None:
    one = bench(PACKING)
    for _ in range(3):
        tell(qtbot, one, PACKING, Outcome.ACCEPTED, Reason.TAKEN, BOTTLE, have=1, target=24)
        qtbot.waitUntil(lambda: one.window.shell.strip.painted is None)
    assert len(one.window._latency.ms) == 3
    assert all(6.5 <= each < 500 for each in one.window._latency.ms)
    one.window._tick()
    assert "ms" in one.window.shell.status.texts()["p95"]


def test_new_master_data_is_quiet(bench, qtbot) -> None:
    one = bench(HOME)
    tell(qtbot, one, HOME, Outcome.COMMAND, Reason.COMMAND_TAKEN, name="MASTER")
    assert one.window.shell.strip.face is None


# --- what lies over the task --------------------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "page"), [("HELP", "help"), ("SYNC", "sync")])
def test_reading_pages_open_by_command_and_a_scan_leads_back(bench, qtbot, name: str, page: str) -> None:
    one = bench(PACKING)
    tell(qtbot, one, PACKING, Outcome.COMMAND, Reason.COMMAND_TAKEN, name=name, argument="")
    assert one.window.page.name == page
    tell(qtbot, one, PACKING, Outcome.ACCEPTED, Reason.TAKEN, BOTTLE, have=1, target=24)
    assert one.window.page.name == "packing"


def test_escape_leads_back(bench, qtbot) -> None:
    one = bench(PACKING)
    one.window.go("help")
    one.type((Qt.Key.Key_Escape, ""))
    qtbot.waitUntil(lambda: one.window.page.name == "packing")
    assert one.station.commands == []


def test_a_pause_without_an_order_ends_with_any_touch_key_or_scan(bench, qtbot) -> None:
    one = bench(DOCK)
    for end in (lambda: one.type((Qt.Key.Key_F2, "")),
                lambda: qtbot.mouseClick(one.window._covers.pause, Qt.MouseButton.LeftButton),
                lambda: one.tell(published(DOCK, Outcome.ACCEPTED, Reason.RECEIVED, have=1, target=24))):
        tell(qtbot, one, DOCK, Outcome.COMMAND, Reason.COMMAND_TAKEN, name="PAUSE", argument="")
        assert one.window._covers.pause.isVisible()
        end()
        qtbot.waitUntil(lambda: not one.window._covers.pause.isVisible())
    assert one.station.commands == []


def test_a_window_behind_another_says_that_it_does_not_listen(bench, qtbot) -> None:
    one = bench(PACKING)
    other = QWidget()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(lambda: not one.window.isActiveWindow())
    cover = one.window._covers.deaf
    qtbot.waitUntil(cover.isVisible)
    assert cover.geometry() == one.window.rect()
    assert cover.title == "NOT LISTENING"
    one.window.activateWindow()
    qtbot.waitUntil(lambda: not cover.isVisible())
    assert one.window.hasFocus()


def test_a_station_that_has_failed_is_never_quiet(bench, qtbot) -> None:
    one = bench(PACKING)
    one.tell(StationFailed("Traceback\nKeyError: 'x'", "/home/crashes/station-1.txt"))
    cover = one.window._covers.failed
    qtbot.waitUntil(cover.isVisible)
    assert "station-1.txt" in cover.small
    assert "KeyError" in cover.small
    assert one.window._attention.repeating == "stop"
    one.window.set_language("zh_CN")
    assert one.window._covers.failed.isVisible()


# --- round the page -----------------------------------------------------------------------------------------------
def test_the_status_bar_tells_all(bench, qtbot) -> None:
    one = bench(PACKING, training=True)
    for device in DEVICES:
        one.tell(device)
    one.tell(replace(SYNC, oldest=datetime.now(UTC) - timedelta(seconds=190)))
    one.bridge.on_sound(False)
    qtbot.waitUntil(lambda: one.window.shown.silent)
    told = one.window.shell.status.texts()
    assert told["training"] == "TRAINING"
    assert told["station"] == "三号线 包装"
    assert told["operator"] == "李娜"
    assert told["task"] == "Packing · WO-2711-01"
    assert told["link"] == "Offline · 214 waiting · 3 min"
    assert told["device.dock-reader"] == "dock-reader: not connected"
    assert told["silent"] == "no sound"
    assert re.fullmatch(r"\d\d:\d\d", told["clock"])


def test_a_device_in_trouble_is_told_in_words(bench, qtbot) -> None:
    one = bench(PACKING)
    trouble = one.window.shell.trouble
    assert not trouble.isVisible()
    for device in DEVICES:
        one.tell(device)
    qtbot.waitUntil(trouble.isVisible)
    assert trouble.texts == [Words("en")("device.problem.no_connection", name="dock-reader")]
    one.tell(replace(DEVICES[2], state="ready", problem=""))
    qtbot.waitUntil(lambda: not trouble.isVisible())


def test_an_answer_that_does_not_come_is_told(bench, qtbot) -> None:
    one = bench(replace(LOOKUP, lookup=""))
    one.shelf.trouble = "disk on fire"
    one.window.page.look_up("x")
    qtbot.waitUntil(lambda: one.window.shell.strip.face is not None)
    assert "disk on fire" in one.window.shell.strip.face.text


class First:
    """A first start whose training line stands at the second try."""

    settings_file = "/home/clerk/.local/share/onecode-station/station.toml"

    def __init__(self) -> None:
        self.ports: Ports | None = None
        self.tries = 0

    def begin_training(self, say: Callable[[str], None]) -> Ports:
        self.tries += 1
        say("server")
        if self.tries == 1:
            raise OSError("port 8077 is taken")
        assert self.ports is not None
        return self.ports


def test_the_first_start_offers_the_training_line(bench, qtbot) -> None:
    first = First()
    one = bench(first=first)
    first.ports = one.ports
    page = one.window.page
    assert page.name == "first"
    qtbot.mouseClick(page.training, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "port 8077 is taken" in page.progress.text())
    one.type((Qt.Key.Key_F2, ""))
    qtbot.waitUntil(lambda: one.window.page.name == "home")
    assert one.window.shell.status.texts()["training"] == "TRAINING"
    assert first.tries == 2


def test_the_window_goes_by_the_settings_of_the_training_line(bench, qtbot) -> None:
    """Which asks for no clearance: its order runs, and no banner says that it was not started."""
    first = First()
    first.tries = 1
    one = bench(first=first)
    view = replace(PACKING, packing=replace(PACKING.packing, state="open"))
    first.ports = replace(one.ports, view=view, settings=Settings(packing=PackingSection(clearance=False)))
    one.type((Qt.Key.Key_F2, ""))
    qtbot.waitUntil(lambda: one.window.page.name == "packing")
    assert one.window.shell.banner.told is None


def test_help_is_there_before_there_is_a_station(bench, qtbot) -> None:
    one = bench(first=First())
    for page in ("help", "first"):
        one.type((Qt.Key.Key_F1, ""))
        qtbot.waitUntil(lambda page=page: one.window.page.name == page)


def test_the_language_can_be_changed_before_there_is_a_station(bench, qtbot) -> None:
    one = bench(first=First())
    one.type((Qt.Key.Key_F10, ""))
    qtbot.waitUntil(lambda: one.window.language == "zh_CN")
    assert one.window.page.name == "first"


# --- three ways to everything -------------------------------------------------------------------------------------
STOPPED_QUEUE, FULL_BELT = with_queue("reject_missed"), with_queue()
DONE_ORDER = in_state("started", packed=11520, levels=tuple(replace(each, have=0) for each in PACKING.packing.levels))
VIEWS = (SIGNED_OUT, HOME, PACKING, DOCK, LOOKUP, replace(HOME, task="packing"), replace(HOME, task="shipping"),
         ALARMED, PARKED, FULL_BELT, STOPPED_QUEUE, DONE_ORDER, in_state("paused"),
         replace(SAMPLING, operator="chen.jing", operator_role="supervisor"))
BY_BADGE = {"BADGE"}            # is what a badge is for
BY_HAND = {"PIN"}               # never by barcode
# Their argument is what is at hand: no sheet has them all.
LISTED = {"ORDER", "DOCUMENT", "SHIFT", "TAKEN-OUT", "NEW-DOCUMENT", "ALSO", "RECEIVER", "VOID-DOCUMENT", "CORRECT",
          "AT"}
ON_PAGES = {"NEW-DOCUMENT", "ALSO", "RECEIVER", "VOID-DOCUMENT", "CORRECT", "AT", "CANCEL-DOCUMENT", "PICK",
            "DAMAGED"}            # each page's own test gives them


def settled(qtbot, one) -> None:
    """Every key that was held back has come out."""
    qtbot.waitUntil(lambda: not one.window._door._settle.isActive())


def answer_questions(qtbot, one) -> None:
    """The first reason of a question that is open."""
    choice = one.window.page.choice
    if choice is not None and choice.isVisible():
        one.type("1", gap_ms=200)
        qtbot.waitUntil(lambda: not choice.isVisible())


def test_every_command_is_reached_by_key(bench, qtbot) -> None:
    reached = set()
    for view in VIEWS:
        one = bench(view)
        for name, button in list(one.window.shell.bar.keys.items()):
            assert button.key == name
            if name == "F9" and one.window.page.stage is not None:
                continue                          # the rework menu has a test of its own
            one.type((Qt.Key.Key_F1 + int(name[1:]) - 1, ""))
            settled(qtbot, one)
            answer_questions(qtbot, one)
            one.window.go("back") if one.window.place else None
        for code, text in ((Qt.Key.Key_Return, "\r"), (Qt.Key.Key_Escape, "")):
            one.type((code, text))
            settled(qtbot, one)
        if view is SIGNED_OUT:
            one.type("1", gap_ms=200)
            qtbot.waitUntil(lambda: one.window.page._chosen is not None)  # noqa: B023
            one.type("77", gap_ms=200)
            qtbot.waitUntil(lambda: one.window.page.entry.text == "77")  # noqa: B023
            one.type((Qt.Key.Key_Return, "\r"))
            qtbot.waitUntil(lambda: "PIN:li.na:77" in one.station.commands)  # noqa: B023
        if view is STOPPED_QUEUE:
            one.type("2", gap_ms=200)
            qtbot.waitUntil(lambda: one.window.page.queue.marked is not None)  # noqa: B023
            one.type((Qt.Key.Key_Return, "\r"))
            settled(qtbot, one)
        reached |= {each.partition(":")[0] for each in one.station.commands}
    one = bench(in_state("started"))
    one.window.go("order")
    one.type((Qt.Key.Key_F3, ""))
    settled(qtbot, one)
    one.type("3", gap_ms=200)
    qtbot.waitUntil(lambda: one.station.commands == ["SHIFT:C"])
    one.window.go("back")
    for key in [key for key in BY_KEY if "+" in key]:
        press_chord(qtbot, one, key)
    reached |= {each.partition(":")[0] for each in one.station.commands}
    assert reached | ON_PAGES == {each.name for each in INSTRUCTIONS} - BY_BADGE


def press_chord(qtbot, one, key: str) -> None:
    """"Ctrl+F4" by hand."""
    held, _, name = key.rpartition("+")
    modifier = {"Ctrl": Qt.KeyboardModifier.ControlModifier, "Alt": Qt.KeyboardModifier.AltModifier,
                "Shift": Qt.KeyboardModifier.ShiftModifier}[held]
    one.type((Qt.Key.Key_F1 + int(name[1:]) - 1, ""), modifiers=modifier)
    settled(qtbot, one)


def test_a_key_held_with_ctrl_is_not_the_plain_one(bench, qtbot) -> None:
    one = bench(PACKING)
    press_chord(qtbot, one, "Ctrl+F8")
    press_chord(qtbot, one, "Alt+F6")
    assert one.station.commands == ["SCRAP", "JAM"]
    assert one.window.page.name == "packing"


def test_every_command_is_reached_by_touch(bench, qtbot) -> None:
    reached = set()
    for view in VIEWS:
        one = bench(view)
        if view is STOPPED_QUEUE:
            queue = one.window.page.queue
            queue.picture.touched.emit(2)
            qtbot.mouseClick(queue.take_out, Qt.MouseButton.LeftButton)
        for button in one.window.findChildren(Button):
            if button.isVisible() and button.window() is one.window:
                button.click()
                if one.window.page.choice is not None and one.window.page.choice.isVisible():
                    one.window.page.choice._keys[0].click()
        one.window.go("back") if one.window.place else None
        for name in ("names", "rows"):
            rows = getattr(one.window.page, name, None)
            if rows is not None and rows.rows:
                qtbot.mouseClick(rows, Qt.MouseButton.LeftButton, pos=rows.rect().topLeft() + _inside())
        if view is SIGNED_OUT:
            for key in (*one.window.page.pad.keys[:4], one.window.page.pad.keys[-1]):
                qtbot.mouseClick(key, Qt.MouseButton.LeftButton)
        if view is ALARMED:
            qtbot.mouseClick(one.window._covers.alarm, Qt.MouseButton.LeftButton,
                             pos=one.window._covers.alarm.answer_rect().center())
        reached |= {each.partition(":")[0] for each in one.station.commands}
    one = bench(in_state("started"))
    one.window.go("order")
    one.window.shell.bar.keys["F3"].click()
    one.window.page.shifts.findChildren(Button)[0].click()
    one.window.go("sheet")
    sheet = one.window.page
    assert isinstance(sheet, SheetPage)
    for _ in range(sheet.pages):
        for at in range(sheet._grid.count()):
            qtbot.mouseClick(sheet._grid.itemAt(at).widget(), Qt.MouseButton.LeftButton)
        sheet.turn(1)
    reached |= {each.partition(":")[0] for each in one.station.commands}
    assert reached | ON_PAGES == {each.name for each in INSTRUCTIONS} - BY_BADGE


def _inside():
    from PySide6.QtCore import QPoint
    return QPoint(30, 30)


def test_every_command_is_reached_by_barcode() -> None:
    on_sheet = {name for _, (name, _) in commands()}
    assert on_sheet | LISTED | BY_BADGE | BY_HAND == {each.name for each in INSTRUCTIONS}
    assert len({barcode(*each) for _, each in commands()}) == len(commands())


# --- sentences ----------------------------------------------------------------------------------------------------
def test_all_keys_in_the_sources_have_a_sentence() -> None:
    plain = re.compile(r'words\(\s*"((?:ui|common|device)\.[a-z_A-Z0-9.-]+)"')
    sources = [file.read_text("utf-8") for file in Path(app.ui.__file__).parent.rglob("*.py")]
    used = {key for source in sources for key in plain.findall(source)}
    assert len(used) > 60
    for language in LANGUAGES:
        words = Words(language)
        assert not [key for key in used if not words.has(key)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_languages_stand_on_a_verdict(language: str) -> None:
    words = Words(language)
    for outcome in Outcome:
        if outcome is not Outcome.COMMAND:
            word = words(f"ui.verdict.{outcome}")
            assert re.search("[A-Z]{2}", word) and re.search("[\u4e00-\u9fff]", word), word


def test_what_a_hand_or_the_idle_lock_did_is_not_timed(bench, qtbot) -> None:
    one = bench(PACKING)
    said = replace(published(PACKING, Outcome.COMMAND, Reason.SIGNED_IN, name="li.na"), source="screen", took_ms=340.0)
    one.tell(said)
    qtbot.waitUntil(lambda: one.window.shown.published is said and one.window.shell.strip.painted is None)
    assert not one.window._latency.ms
    assert "p95" not in one.window.shell.status.texts()
