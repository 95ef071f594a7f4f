"""Each page shows what it was told, and asks for what it is there for."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import zxingcpp
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage

from app.domain.commands import parsed
from app.domain.decision import Mark, Verdict
from app.domain.reasons import Outcome, Reason
from app.messages import DockView, LineView, PackingView
from app.ui.pages.help import topics
from app.ui.pictures import grab, image_of
from app.ui.verdicts import face
from app.words import LANGUAGES, Words
from tests.ui.sample import BOTTLE, CASE, DOCK, HOME, LABEL, LOOKUP, PACKING, SSCC, SYNC, frame, picture, published


def pixels_of(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_Grayscale8)
    data = np.frombuffer(image.constBits(), np.uint8, image.sizeInBytes()).reshape(image.height(), image.bytesPerLine())
    return data[:, : image.width()].copy()      # the buffer ends with the image


def click(qtbot, widget, pos: QPoint | None = None) -> None:
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, pos=pos or widget.rect().center())


# --- packing ------------------------------------------------------------------------------------------------------
def test_packing_counts_each_level_and_the_order(bench) -> None:
    page = bench(PACKING).window.page
    assert (page.first.title, page.first.value, page.first.target, page.first.left) == ("Case 202", 18, 24, "6 left")
    pallet, *others = page.outer
    assert (pallet.title, pallet.value, pallet.target, pallet.label) == ("Pallet 5", 9, 48, "…5000001018")
    assert all(each.isHidden() for each in others)
    assert (page.order.value, page.order.target, page.order.label) == (4824, 11520, "WO-2711-01")
    assert page._facts.text() == "Seen before 12   ·   refused 1   ·   not read 3"


def test_any_number_of_levels(bench) -> None:
    levels = tuple(replace(PACKING.packing.levels[0], level=name) for name in ("pack", "case", "layer", "pallet"))
    page = bench(replace(PACKING, packing=replace(PACKING.packing, levels=levels))).window.page
    assert all(card.isVisible() for card in page.outer)
    one_level = replace(PACKING, packing=replace(PACKING.packing, levels=levels[:1]))
    page = bench(one_level).window.page
    assert all(card.isHidden() for card in page.outer)


def test_a_full_case_shows_its_number_on_teal_and_then_the_next_case(bench, qtbot) -> None:
    one = bench(PACKING)
    one.tell(published(LABEL, Outcome.COMPLETE, Reason.SCAN_LABEL, level="case", have=24, target=24))
    card = one.window.page.first
    qtbot.waitUntil(lambda: card._full is not None)
    assert card.grab().toImage().pixelColor(card.width() // 2, 12) == QColor("#006b5e")
    qtbot.waitUntil(lambda: card._full is None)
    assert card.grab().toImage().pixelColor(card.width() // 2, 12) == QColor("#ffffff")


def test_a_newer_verdict_ends_the_celebration(bench, qtbot) -> None:
    one = bench(PACKING)
    one.tell(published(LABEL, Outcome.COMPLETE, Reason.CONTAINER_COMPLETE, level="pallet", have=48, target=48))
    pallet = one.window.page.outer[0]
    qtbot.waitUntil(lambda: pallet._full is not None)
    one.tell(published(PACKING, Outcome.WARNING, Reason.CONTAINER_SHORT, level="case", have=5, target=24, seq=2))
    qtbot.waitUntil(lambda: one.window.shown.published.seq == 2)
    assert pallet._full is None


@pytest.mark.parametrize(("index", "outcome", "colour"), [
    (0, Outcome.ACCEPTED, "#006b5e"), (7, Outcome.DUPLICATE, "#ffb000"), (9, Outcome.REJECTED, "#a8001c"),
])
def test_each_code_is_marked_by_its_own_verdict(bench, qtbot, index: int, outcome: Outcome, colour: str) -> None:
    one = bench(PACKING)
    shot = frame(0)
    one.bridge.on_preview("line-camera", picture(), shot)
    marks = tuple(Mark(at, outcome if at == index else Outcome.ACCEPTED, Reason.TAKEN) for at in range(24))
    verdict = Verdict(Outcome.WARNING, Reason.CONTAINER_SHORT, {"level": "case", "have": 23, "target": 24}, marks)
    one.tell(replace(published(PACKING, Outcome.WARNING, Reason.CONTAINER_SHORT, shot=shot), verdict=verdict))
    live = one.window.page.picture
    qtbot.waitUntil(lambda: live._held is not None and live._held[0] is not None)
    image = live.grab().toImage()
    scale = min(live.width() / 1280, live.height() / 720)
    left, top = (live.width() - 1280 * scale) / 2, (live.height() - 720 * scale) / 2
    middle = np.mean(shot.seen[index].corners, axis=0)
    side = 36 * 1.16        # the mark's left edge, in pixels of the frame
    edge = [image.pixelColor(round(left + (middle[0] - side) * scale), round(top + (middle[1] + dy) * scale)).name()
            for dy in range(-30, 31, 3)]
    assert edge.count(colour) >= len(edge) // 3, edge


def test_a_place_without_corners_is_not_marked(bench, qtbot) -> None:
    one = bench(PACKING)
    nowhere = replace(frame(), seen=(), unread=(((0.0, 0.0),) * 4,))
    one.bridge.on_preview("line-camera", np.zeros((72, 128), np.uint8), nowhere)
    one.tell(published(PACKING, Outcome.REJECTED, Reason.UNREADABLE, shot=nowhere, unread=1))
    qtbot.waitUntil(lambda: one.window.page.picture._held is not None)
    one.window.page.picture.grab()


def test_the_newest_picture_wins(bench, qtbot) -> None:
    one = bench(PACKING)
    for shade in range(50):
        one.bridge.on_preview("line-camera", np.full((72, 128), shade, np.uint8), None)
    qtbot.waitUntil(lambda: one.window.page.picture._live is not None and one.window.page.picture._live[0][0, 0] == 49)
    assert one.bridge.picture_of("line-camera") is None


def test_without_a_camera_the_last_scans_are_listed(bench, qtbot) -> None:
    one = bench(PACKING, cameras=())
    for at in range(40):
        one.tell(published(PACKING, Outcome.ACCEPTED, Reason.TAKEN, f"{BOTTLE}{at:02d}", seq=at, have=1, target=24))
    qtbot.waitUntil(lambda: one.window.shown.published is not None and one.window.shown.published.seq == 39)
    rows = one.window.page.history.rows
    assert len(rows) == 30
    assert rows[0].title.endswith("39")
    one.window.set_language("zh_CN")
    assert len(one.window.page.history.rows) == 30


def test_the_last_scans_outlive_a_restart(bench, qtbot) -> None:
    """What the journal has is there before the first scan; of another day with its date."""
    past = tuple(published(PACKING, Outcome.ACCEPTED, Reason.TAKEN, f"{BOTTLE}{at:02d}", seq=at, have=1, target=24)
                 for at in range(9, 0, -1))
    one = bench(PACKING, cameras=(), said=past)
    rows = one.window.page.history.rows
    assert [each.title[-2:] for each in rows] == [f"{at:02d}" for at in range(9, 0, -1)]
    assert "11-30" in str(rows[0])
    strip = one.window.shell.strip
    assert strip.calm and strip.face is not None and strip.note.endswith("09")
    one.tell(published(PACKING, Outcome.ACCEPTED, Reason.TAKEN, f"{BOTTLE}10", seq=10, have=1, target=24))
    qtbot.waitUntil(lambda: len(one.window.page.history.rows) == 10)
    one.window.page.opened()
    assert len(one.window.page.history.rows) == 10


def test_an_open_case_is_closed_with_a_reason(bench, qtbot) -> None:
    one = bench(PACKING)
    page = one.window.page
    click(qtbot, one.window.shell.bar.keys["F3"])
    assert page.choice.isVisible()
    assert one.station.commands == []
    one.type("1", gap_ms=200)
    qtbot.waitUntil(lambda: one.station.commands == ["CLOSE:TAIL"])
    click(qtbot, one.window.shell.bar.keys["F4"])
    one.type((Qt.Key.Key_Escape, ""))
    qtbot.waitUntil(lambda: not page.choice.isVisible())
    assert one.station.commands == ["CLOSE:TAIL"]


def test_a_scan_takes_the_question_for_a_reason_away(bench, qtbot) -> None:
    one = bench(PACKING)
    one.window.shell.bar.keys["F3"].click()
    one.tell(published(PACKING, Outcome.ACCEPTED, Reason.TAKEN, BOTTLE, have=19, target=24))
    qtbot.waitUntil(lambda: not one.window.page.choice.isVisible())


def test_an_empty_case_is_the_stations_to_answer(bench) -> None:
    levels = tuple(replace(each, have=0) for each in PACKING.packing.levels)
    one = bench(replace(PACKING, packing=replace(PACKING.packing, levels=levels)))
    one.window.shell.bar.keys["F3"].click()
    assert one.station.commands == ["CLOSE"]


def test_a_packed_order_asks_to_be_finished_and_leads_to_the_next(bench) -> None:
    empty = tuple(replace(each, have=0) for each in PACKING.packing.levels)
    done = replace(PACKING.packing, packed=11520, levels=empty)
    one = bench(replace(PACKING, packing=done))
    assert "F8" in one.window.shell.line.text
    one.window.shell.bar.keys["F8"].click()
    assert one.station.commands == ["FINISH"]
    one.window.shell.bar.keys["F6"].click()
    assert one.window.page.name == "order"
    one.window.shell.bar.keys["F6"].click()
    assert one.window.page.name == "choose"


# --- dock ---------------------------------------------------------------------------------------------------------
def test_the_dock_shows_what_is_left_worst_first_and_folds_what_is_done(bench) -> None:
    page = bench(DOCK).window.page
    assert [(row.title, row.right) for row in page.lines.rows] == [
        ("原味酸奶 100 g", "480 left"), ("Orange juice 1 L", "240 left"), ("Fresh milk 250 ml", "12 left")]
    assert page._folded.rows[0].title == "Lines done: 2"
    assert (page.total.value, page.total.target) == (2676, 3408)
    assert page.last._code == f"(00) {SSCC.rsplit('/', 1)[1]}"
    assert page.last._units == "+576 units"


def test_closing_a_document_with_goods_missing_asks_why(bench, qtbot) -> None:
    one = bench(DOCK)
    one.window.shell.bar.keys["F3"].click()
    assert one.window.page.choice.isVisible()
    one.type("1", gap_ms=200)
    qtbot.waitUntil(lambda: one.station.commands == ["DONE:SHORTAGE"])


def test_the_done_barcode_without_a_reason_opens_the_question(bench, qtbot) -> None:
    one = bench(DOCK)
    one.tell(published(DOCK, Outcome.REJECTED, Reason.REASON_NEEDED, document="SO-8841", done=1, wanted=2))
    qtbot.waitUntil(one.window.page.choice.isVisible)


def test_a_complete_document_closes_at_once(bench) -> None:
    lines = tuple(replace(line, done=line.wanted) for line in DOCK.dock.lines)
    one = bench(replace(DOCK, dock=replace(DOCK.dock, lines=lines, done=DOCK.dock.wanted)))
    assert "F3" in one.window.shell.line.text
    one.window.shell.bar.keys["F3"].click()
    assert one.station.commands == ["DONE"]


def test_many_lines_are_paged_never_scrolled(bench, qtbot) -> None:
    lines = tuple(LineView(at, f"P{at}", "", 100 + at, 0) for at in range(40))
    one = bench(replace(DOCK, dock=replace(DOCK.dock, lines=lines)))
    rows = one.window.page.lines
    assert rows.pages > 1
    one.type((Qt.Key.Key_PageDown, ""))
    qtbot.waitUntil(lambda: rows.page == 2)


# --- look-up ------------------------------------------------------------------------------------------------------
def test_a_scanned_code_is_looked_up_with_its_tree_and_its_past(bench, qtbot) -> None:
    one = bench(LOOKUP)
    page = one.window.page
    assert set(one.shelf.asked) == {CASE}
    assert "case  C0041" in page.facts.texts()
    assert "gs1" in page.facts.texts()
    assert [row.indent for row in page.tree.rows[:3]] == [0, 1, 2]
    assert page.tree.rows[-1].title == "12 more"
    assert [row.right for row in page.timeline.rows] == ["waiting", "accepted", "accepted", "accepted"]
    click(qtbot, page.tree, QPoint(60, page.tree.row_height // 2))
    qtbot.waitUntil(lambda: one.shelf.asked[-1] == SSCC)


def test_a_code_that_nobody_knows_says_why(bench, qtbot) -> None:
    one = bench(replace(LOOKUP, lookup=""))
    page = one.window.page
    page.entry.type("unknown <b>x</b>")
    click(qtbot, page.findChildren(type(one.window.shell.bar.keys["F1"]))[1])
    qtbot.waitUntil(lambda: bool(page.facts.texts()[1]))
    assert page.facts.texts()[0] == Words("en").reason("no_rule", {}).title
    assert "unknown <b>x</b>" in page.facts.texts()


def test_the_keyboard_on_the_screen_types(bench, qtbot) -> None:
    one = bench(replace(LOOKUP, lookup=""))
    page = one.window.page
    one.window.shell.bar.keys["F2"].click()
    assert page.keyboard.isVisible()
    for letter in "C41":
        click(qtbot, next(key for key in page.keyboard._letters if key.word == letter))
    page.keyboard._turn()
    click(qtbot, next(key for key in page.keyboard._letters if key.word == "q"))
    page.keyboard._turn()
    click(qtbot, next(key for key in page.keyboard._letters if key.word == "("))
    assert page.entry.text == "C41q("
    assert all(key.width() >= 64 and key.height() >= 64 for key in page.keyboard._letters)


# --- sync, help, sheet --------------------------------------------------------------------------------------------
def test_sync_lists_what_was_refused_and_what_waits(bench, qtbot) -> None:
    one = bench(HOME)
    one.tell(SYNC)
    one.window.go("sync")
    page = one.window.page
    qtbot.waitUntil(lambda: len(page.rows.rows) == 3)
    assert page.rows.rows[0].note == "lot 271130A: expired at the server"
    one.window.shell.bar.keys["F3"].click()
    qtbot.waitUntil(lambda: len(page.rows.rows) == 9)
    one.window.shell.bar.keys["F2"].click()
    qtbot.waitUntil(lambda: "sync_now" in one.outside.calls)
    one.window.shell.bar.keys["F4"].click()
    qtbot.waitUntil(lambda: "events-2027-11-30.csv" in one.window.shell.line.text)


@pytest.mark.parametrize("link", ["up", "down", "refused", "off", "fenced"])
def test_each_state_of_the_link_is_drawn(bench, qtbot, link: str) -> None:
    one = bench(HOME)
    one.tell(replace(SYNC, link=link, problem="no_answer", detail="timeout"))
    one.window.go("sync")
    qtbot.waitUntil(lambda: one.window.page.pipe._sync is not None)
    one.window.grab()


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_is_there_in_both_languages_and_every_page_of_it_is_reached_by_touch(bench, language: str) -> None:
    one = bench(HOME, language, (1280, 800))
    one.window.go("help")
    page = one.window.page
    page.show_topic(0)
    seen: set[tuple[int, int]] = set()
    while (page.list.at, page.reading.page) not in seen:
        seen.add((page.list.at, page.reading.page))
        page.turn(1)
        bottom = page.reading.pages()[page.reading.page][-1][1].bottom()
        assert bottom <= page.reading.height()
    assert {topic for topic, _ in seen} == set(range(len(topics(language))))
    assert len(topics("en")) == len(topics("zh_CN"))
    assert [[block.kind for block in topic.blocks] for topic in topics("en")] == [
        [block.kind for block in topic.blocks] for topic in topics("zh_CN")]
    assert not [block for topic in topics(language) for block in topic.blocks if "**" in block.text]


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 800)])
def test_the_codes_on_the_screen_can_be_scanned(bench, size: tuple[int, int]) -> None:
    one = bench(HOME, "zh_CN", size)
    one.window.go("sheet")
    page = one.window.page
    read = set()
    for _ in range(page.pages):
        whole = page.grab().toImage()
        for at in range(page._grid.count()):         # a scanner is aimed at one of them
            tile = whole.copy(page._grid.itemAt(at).widget().geometry())
            read |= {each.text for each in zxingcpp.read_barcodes(pixels_of(tile))}
        page.turn(1)
    assert read == {tile_text(name, argument) for _, tiles in page._pages for name, argument in tiles}
    assert all(parsed(each) for each in read)


def tile_text(name: str, argument: str) -> str:
    return f"%ST:{name}:{argument}" if argument else f"%ST:{name}"


def test_the_sheet_is_saved_as_pdf(bench, qtbot) -> None:
    one = bench(HOME)
    one.window.go("sheet")
    one.window.shell.bar.keys["F2"].click()
    qtbot.waitUntil(lambda: "commands-en.pdf" in one.window.shell.line.text)
    assert "sheet:en" in one.outside.calls


def test_home_says_what_waits_behind_each_tile(bench, qtbot) -> None:
    one = bench(HOME)
    one.tell(SYNC)
    tiles = one.window.page.tiles
    qtbot.waitUntil(lambda: "look: 3" in tiles["SYNC"].note)
    assert tiles["PACK"].note == "Work orders open: 3"
    assert tiles["SHIP"].note == "Shipments open: 2"
    click(qtbot, tiles["SHEET"])
    assert one.window.page.name == "sheet"


# --- faces and pictures -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_outcome_has_a_face(language: str) -> None:
    words = Words(language, strict=True)
    for outcome in Outcome:
        for reason in (Reason.TAKEN, Reason.CONTAINER_COMPLETE, Reason.COMMAND_TAKEN, Reason.SIGNED_IN):
            data = {"name": "UNDO", "level": "case", "have": 24, "target": 24}
            told = face(words, Verdict(outcome, reason, data), {})
            assert told.word and told.icon
    drum = Verdict(Outcome.COMPLETE, Reason.CONTAINER_COMPLETE, {"level": "drum", "have": 4, "target": 4})
    assert face(words, drum, {}).word


def test_a_frame_becomes_an_image_without_a_copy() -> None:
    grey, colour = np.full((4, 6), 77, np.uint8), np.zeros((4, 6, 3), np.uint8)
    colour[1, 2] = (255, 128, 0)
    assert image_of(grey).pixelColor(3, 3).red() == 77
    assert image_of(colour).pixelColor(2, 1) == QColor(0, 128, 255)
    part = np.zeros((8, 12), np.uint8)[2:6, 3:9]
    assert image_of(part).width() == 6


def test_a_picture_of_the_window_is_saved_or_the_error_names_the_file(bench, tmp_path) -> None:
    one = bench(PACKING)
    file = one.window.grab_to(tmp_path / "new" / "packing.png")
    assert QImage(str(file)).size() == one.window.size()
    (tmp_path / "dir.png").mkdir()
    with pytest.raises(OSError, match="dir.png"):
        grab(one.window, tmp_path / "dir.png")


def test_views_without_names_are_shown_by_their_ids(bench) -> None:
    packing = PackingView("WO", "P1", "L", 10, 0, PACKING.packing.levels, "bottle", False)
    assert "P1" in bench(replace(PACKING, packing=packing)).window.shell.line.note
    dock = DockView("D1", "ship", "X1", "open", (LineView(1, "P1", "", 5, 0),))
    one = bench(replace(DOCK, dock=dock))
    assert "X1" in one.window.shell.line.note
    assert one.window.page.lines.rows[0].title == "P1"
