"""The packing line's exceptions as a clerk meets them: what is seen, and what each gesture sends to the station."""
from __future__ import annotations

import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QFontMetrics, QImage
from PySide6.QtWidgets import QWidget

from app.domain.commands import BY_NAME
from app.domain.decision import Mark, Verdict
from app.domain.packing.labels import Label
from app.domain.reasons import Outcome, Reason
from app.messages import (
    DeviceState,
    Frame,
    LevelView,
    PackingView,
    ParkedView,
    Published,
    QueueView,
    Seen,
    StationView,
    WaitingView,
)
from app.ui.causes import SHAPES, Cause, badge, cause_of, counts_of
from app.ui.cells import cells_of
from app.ui.pages.new_order import check
from app.ui.queue_picture import MANY, QueuePicture
from app.ui.rework_menu import ACTS, DIGITS, tile_key
from app.ui.routes import place_after
from app.ui.theme import TOUCH_PX, look_for
from app.ui.trees import branches
from app.ui.verdicts import face
from app.ui.widgets import Button
from app.views import TreeNode
from app.words import LANGUAGES, Words
from tests.ui.sample import (
    ARMED,
    ARMED_SECOND,
    BOTTLE,
    CASE,
    CASE_LABEL,
    DOCK,
    HALF,
    HOME,
    LOOKUP,
    NAMES,
    NOW,
    PACKING,
    PARKED,
    PRINTED,
    REWORKED,
    SSCC,
    TYPED,
    WAITING,
    frame,
    in_state,
    picture,
    published,
    slots,
    with_queue,
)

F = {f"F{at}": Qt.Key.Key_F1 + at - 1 for at in range(1, 13)}


def press(qtbot, one, key: str) -> None:
    """A key of the bar or a character, by hand."""
    if key in F:
        one.type((F[key], ""))
    else:
        one.type(*{"Esc": [(Qt.Key.Key_Escape, "")], "Enter": [(Qt.Key.Key_Return, "\r")],
                   "Left": [(Qt.Key.Key_Left, "")], "Right": [(Qt.Key.Key_Right, "")],
                   "Tab": [(Qt.Key.Key_Tab, "\t")], "Down": [(Qt.Key.Key_Down, "")]}.get(key, list(key)), gap_ms=200)
    door = one.window._door
    qtbot.waitUntil(lambda: not door._due.isActive() and not door._settle.isActive())


def tell(qtbot, one, said: Published) -> None:
    one.tell(said)
    qtbot.waitUntil(lambda: one.window.shown.published is said)


def short_view(have: int = 22, **more: object) -> StationView:
    return replace(PACKING, packing=replace(PACKING.packing, levels=(
        LevelView("case", have, 24, "", 0, 201, **more), PACKING.packing.levels[1])))


def short_case(unread: int = 2) -> Published:
    shot, have = frame(unread), 24 - unread
    marks = tuple(Mark(at, Outcome.ACCEPTED, Reason.TAKEN, cell=at) for at in range(have))
    data = {"level": "case", "have": have, "target": 24, "missing": unread, "unread": unread, "count": have}
    return replace(published(short_view(have), Outcome.WARNING, Reason.CONTAINER_SHORT, "a", "b", shot=shot),
                   verdict=Verdict(Outcome.WARNING, Reason.CONTAINER_SHORT, data, marks))


# --- cells and causes ---------------------------------------------------------------------------------------------
def square(x: float, y: float, side: float = 60) -> tuple[tuple[float, float], ...]:
    return tuple((x + dx * side / 2, y + dy * side / 2) for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1)))


@pytest.mark.parametrize("gone", range(6))
def test_a_guess_beside_the_bottle_is_moved_onto_it(gone: int) -> None:
    """A case of 2 × 3: the reader can only guess where the sixth one stands."""
    places = [(200 + 300 * column, 200 + 300 * row) for row in range(2) for column in range(3)]
    seen = tuple(Seen(b"x", "", square(*place)) for at, place in enumerate(places) if at != gone)
    guess = (places[gone][0] + 90, places[gone][1] - 80)
    cells = cells_of(Frame("c", seen, NOW, 1.0, 1100, 700, (square(*guess),)), 6)
    assert cells is not None
    assert cells.unread == (gone,)
    assert cells.centre(gone) == pytest.approx(places[gone], abs=1)
    assert cells.place(gone) == (gone // 3 + 1, gone % 3 + 1)


def test_scattered_codes_are_no_case() -> None:
    seen = tuple(Seen(b"x", "", square(*at)) for at in ((90, 100), (400, 420)))
    assert cells_of(Frame("c", seen, NOW, 1.0, 1100, 700), 24) is None


def test_each_cause_has_a_look_of_its_own_without_colour() -> None:
    drawn = set()
    for name in SHAPES:
        image = badge(Cause(name, Outcome.REJECTED), 48).toImage().convertToFormat(QImage.Format.Format_Grayscale8)
        drawn.add(bytes(image.constBits()))
    assert len(drawn) == len(SHAPES)
    for language in LANGUAGES:
        words = [Words(language, strict=True)(f"ui.cause.{name}") for name in SHAPES]
        assert len(set(words)) == len(words)


@pytest.mark.parametrize(("reason", "outcome", "name"), [
    (Reason.TAKEN, Outcome.ACCEPTED, "good"), (Reason.QUEUED, Outcome.ACCEPTED, "good"),
    (Reason.LABELLED, Outcome.ACCEPTED, "label"), (Reason.CONTAINER_COMPLETE, Outcome.COMPLETE, "label"),
    (Reason.DUPLICATE_IN_FRAME, Outcome.DUPLICATE, "twice"),
    (Reason.DUPLICATE_IN_CONTAINER, Outcome.DUPLICATE, "in_case"),
    (Reason.PACKED_BEFORE, Outcome.DUPLICATE, "packed_before"), (Reason.ON_THE_BELT, Outcome.DUPLICATE, "on_belt"),
    (Reason.WRONG_PRODUCT, Outcome.REJECTED, "wrong_product"), (Reason.WRONG_BATCH, Outcome.STOP, "wrong_batch"),
    (Reason.NOT_ISSUED, Outcome.REJECTED, "not_issued"), (Reason.END_OF_LIFE, Outcome.REJECTED, "void"),
    (Reason.WRONG_LEVEL, Outcome.REJECTED, "wrong_level"), (Reason.NO_RULE, Outcome.REJECTED, "no_code_of_ours"),
])
def test_the_cause_of_a_mark(reason: Reason, outcome: Outcome, name: str) -> None:
    assert cause_of(Mark(0, outcome, reason)).name == name


def test_counts_by_cause_stand_under_the_picture(bench, qtbot) -> None:
    one = bench(PACKING)
    shot = frame(2)
    marks = (Mark(0, Outcome.REJECTED, Reason.WRONG_BATCH), Mark(1, Outcome.REJECTED, Reason.WRONG_BATCH),
             Mark(2, Outcome.DUPLICATE, Reason.DUPLICATE_IN_FRAME),
             *(Mark(at, Outcome.ACCEPTED, Reason.TAKEN) for at in range(3, 22)))
    said = replace(published(PACKING, Outcome.WARNING, Reason.DUPLICATE_IN_FRAME, shot=shot, code=BOTTLE),
                   verdict=Verdict(Outcome.WARNING, Reason.DUPLICATE_IN_FRAME, {"code": BOTTLE}, marks))
    tell(qtbot, one, said)
    assert one.window.page.causes.texts() == ["not read 2", "wrong batch 2", "twice here 1", "good 19"]
    assert sum(count for _, count in counts_of(said)) == 24


def test_a_place_that_the_station_tells_too_is_counted_and_ringed_once(bench, qtbot) -> None:
    one = bench(PACKING)
    said = short_case(2)
    told = tuple(Mark(-1, Outcome.WARNING, Reason.UNREADABLE, cell=cell) for cell in (22, 23))
    tell(qtbot, one, replace(said, verdict=replace(said.verdict, marks=said.verdict.marks + told)))
    page = one.window.page
    assert [spot.cell for spot in page.picture.spots if spot.ring] == [22, 23]
    assert page.causes.texts() == ["not read 2", "good 22"]


def test_the_label_beside_a_case_is_no_cell_of_it() -> None:
    places = [(200 + 300 * column, 200 + 300 * row) for row in range(2) for column in range(3)]
    seen = tuple(Seen(b"x", "", square(*place)) for place in (*places[:5], (1080, 350)))
    cells = cells_of(Frame("c", seen, NOW, 1.0, 1200, 700, (square(870, 570),)), 6, {5})
    assert cells is not None
    assert (cells.seen, cells.unread) == ((0, 1, 2, 3, 4, -1), (5,))


def test_a_missing_bottle_that_the_engine_places_is_ringed(bench, qtbot) -> None:
    one = bench(PACKING)
    shot = replace(frame(1), unread=())
    marks = (*(Mark(at, Outcome.ACCEPTED, Reason.TAKEN) for at in range(23)),
             Mark(-1, Outcome.REJECTED, Reason.UNREADABLE, cell=23))
    said = replace(short_case(1), frame=shot)
    tell(qtbot, one, replace(said, verdict=replace(said.verdict, marks=marks)))
    ringed = [spot for spot in one.window.page.picture.spots if spot.ring]
    assert [(spot.cell, spot.cause.name) for spot in ringed] == [(23, "unreadable")]


# --- the gap in a case --------------------------------------------------------------------------------------------
def test_a_gap_is_ringed_and_says_what_to_do(bench, qtbot) -> None:
    one = bench(PACKING)
    said = short_case()
    one.bridge.on_preview("line-camera", picture(), said.frame)
    tell(qtbot, one, said)
    page = one.window.page
    assert [spot.cell for spot in page.picture.spots if spot.ring] == [22, 23]
    assert page.gap.isVisible()
    assert page.gap.title == "Case 202: 22 of 24. Not read: row 4, place 5; row 4, place 6"
    assert all(word in page.gap.text for word in ("by hand", "swap", "F5", "F7"))
    assert page.picture.keeps
    image, scale = page.picture.grab().toImage(), min(page.picture.width() / 1280, page.picture.height() / 720)
    spot = page.picture.spots[-1]
    middle = [sum(each) / 4 for each in zip(*spot.corners, strict=True)]
    left = (page.picture.width() - 1280 * scale) / 2
    x, y = left + middle[0] * scale, middle[1] * scale + (page.picture.height() - 720 * scale) / 2
    assert image.pixelColor(round(x - spot.ring * scale), round(y)).name() == "#a8001c"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_that_the_recipe_excludes_is_called_so_with_its_text(bench, qtbot, language: str) -> None:
    one = bench(PACKING, language)
    said = short_case()
    places = said.frame.unread
    for causes, foreign in ((("foreign", "foreign"), 2), (("foreign", "blur"), 1)):
        seen = tuple(Seen(b"https://other.example/item/4711", "]Q1", each) for each in places[:foreign])
        tell(qtbot, one, replace(said, frame=replace(said.frame, causes=causes, foreign=seen)))
        gap, words = one.window.page.gap, one.window.page.words
        assert gap.title.count(words("recipe.why.foreign")) == gap.title.count("4711") == foreign
        todo = "ui.gap.todo_foreign" if foreign == 2 else "ui.gap.todo"
        assert gap.text == words(todo, reshoot="F5", park="F7")


def test_the_picture_of_a_gap_stands_until_the_gap_is_filled(bench, qtbot) -> None:
    one = bench(PACKING)
    said = short_case()
    one.bridge.on_preview("line-camera", picture(), said.frame)
    tell(qtbot, one, said)
    live = one.window.page.picture
    for view, stands in ((short_view(23), True), (short_view(24), False)):
        one.bridge.on_preview("line-camera", picture(), replace(said.frame, mono=20.0))
        tell(qtbot, one, published(view, Outcome.ACCEPTED, Reason.TAKEN, BOTTLE, have=23, target=24, seq=2))
        qtbot.waitUntil(lambda: live._live is not None and live._live[1].mono == 20.0)
        live._release()
        assert (live._held is not None) is stands


def test_a_gap_ends_when_the_case_is_filled_and_its_keys_with_it(bench, qtbot) -> None:
    one = bench(PACKING)
    tell(qtbot, one, short_case())
    assert one.window.shell.bar.keys["F5"].word == "Shoot again"
    tell(qtbot, one, published(short_view(23), Outcome.ACCEPTED, Reason.TAKEN, BOTTLE, have=23, target=24, seq=2))
    assert one.window.page.gap.title.startswith("Case 202: 23 of 24")
    press(qtbot, one, "F5")
    assert one.station.commands == ["RESHOOT"]
    tell(qtbot, one, published(short_view(24), Outcome.COMPLETE, Reason.SCAN_LABEL, level="case", have=24, target=24,
                               seq=3))
    assert not one.window.page.gap.isVisible()
    assert not one.window.page.picture.keeps
    assert one.window.shell.bar.keys["F5"].word == "Look up"


def test_the_case_is_put_aside_with_two_gestures_and_brought_back_with_one(bench, qtbot) -> None:
    one = bench(PACKING)
    tell(qtbot, one, short_case())
    press(qtbot, one, "F7")
    press(qtbot, one, "1")
    assert one.station.commands == ["PARK:UNREADABLE"]
    tell(qtbot, one, published(PARKED, Outcome.COMMAND, Reason.PARKED, level="case", have=22, target=24, seq=2))
    page = one.window.page
    assert not page.gap.isVisible()
    assert page.parked.title == "Put aside: 2 × case; 1 × pallet"
    press(qtbot, one, "F7")
    assert one.station.commands[-1] == "UNPARK"


def test_each_case_that_was_put_aside_is_named_with_its_count(bench) -> None:
    aside = tuple(ParkedView(at, "case", 20 + at, 24, reason) for at, reason in enumerate(("UNREADABLE", "DAMAGE")))
    one = bench(replace(PARKED, packing=replace(PARKED.packing, parked=aside)))
    assert one.window.page.parked.title == "Put aside: case 20/24 · Not readable; case 21/24 · Damage"


def test_a_gap_survives_a_change_of_language(bench, qtbot) -> None:
    one = bench(PACKING)
    tell(qtbot, one, short_case())
    one.window.set_language("zh_CN")
    assert one.window.page.gap.isVisible()
    assert "22 / 24" in one.window.page.gap.title


def test_a_case_closed_short_is_not_called_full(bench, qtbot) -> None:
    one = bench(PACKING)
    tell(qtbot, one, published(PACKING, Outcome.COMPLETE, Reason.CONTAINER_COMPLETE, CASE, level="case", have=18,
                               target=24, code=CASE, short=1))
    said = one.window.shell.strip.face
    assert said.word == "CLOSED SHORT 未满封箱 18/24"
    assert said.icon == "short"
    assert one.window.page.first._full[0] == "Case · closed short"
    full = Verdict(Outcome.COMPLETE, Reason.CONTAINER_COMPLETE, {"level": "case", "have": 24, "target": 24,
                                                                  "code": CASE})
    assert face(Words("en"), full, {}).word == "CASE FULL 满箱"


# --- rework -------------------------------------------------------------------------------------------------------
def test_each_tile_of_the_rework_menu_has_a_key_of_its_own() -> None:
    keys = [tile_key(name) for name in ACTS]
    assert len(set(keys)) == len(ACTS)
    assert all(f"Ctrl+{key}" in BY_NAME[name].keys for name, key in zip(ACTS, keys, strict=True)
               if name not in DIGITS)


@pytest.mark.parametrize("view", [DOCK, LOOKUP])
def test_rework_is_one_key_away_on_the_dock_and_at_the_look_up_too(bench, qtbot, view: StationView) -> None:
    one = bench(view)
    press(qtbot, one, "F9")
    press(qtbot, one, "F10")
    press(qtbot, one, "1")
    assert one.station.commands == ["HOLD:QC"]


@pytest.mark.parametrize("name", ACTS)
def test_a_rework_act_is_two_keys_and_its_reason(bench, qtbot, name: str) -> None:
    one = bench(PACKING)
    press(qtbot, one, "F9")
    page = one.window.page
    assert page.menu.isVisible()
    assert set(one.window.shell.bar.keys) == {"Esc"}
    press(qtbot, one, tile_key(name))
    assert not page.menu.isVisible()
    choices = BY_NAME[name].choices
    if name == "REPACK":                     # to which plan, first
        qtbot.waitUntil(lambda: page.choice is not None and page.choice.isVisible(), timeout=60_000)
        press(qtbot, one, "1")
    if choices:
        assert one.station.commands == []
        press(qtbot, one, "2")
    plan = "SIX:" if name == "REPACK" else ""
    assert one.station.commands == [f"{name}:{plan}{choices[1]}" if choices else name]


def test_the_menu_goes_with_escape_and_with_any_verdict(bench, qtbot) -> None:
    one = bench(PACKING)
    press(qtbot, one, "F9")
    press(qtbot, one, "Esc")
    assert not one.window.page.menu.isVisible()
    assert "F2" in one.window.shell.bar.keys
    one.window.shell.bar.keys["F9"].click()
    tell(qtbot, one, published(PACKING, Outcome.ACCEPTED, Reason.TAKEN, BOTTLE, have=19, target=24))
    assert not one.window.page.menu.isVisible()
    assert one.station.commands == []


def test_a_scan_under_the_menu_reaches_the_station(bench) -> None:
    one = bench(PACKING)
    one.window.page.open_menu()
    one.type(BOTTLE + "\r")
    assert one.station.scans == [BOTTLE.encode()]


@pytest.mark.parametrize("view", [PACKING, DOCK, LOOKUP])
def test_a_command_without_its_reason_asks_for_it_wherever_it_was_given(bench, qtbot, view: StationView) -> None:
    one = bench(view)
    tell(qtbot, one, published(view, Outcome.REJECTED, Reason.REASON_NEEDED, name="SAMPLE"))
    assert one.window.page.choice.isVisible()
    assert "Sample" in one.window.page.choice._title.text()
    press(qtbot, one, "1")
    assert one.station.commands == ["SAMPLE:QC"]


def test_the_armed_strip_says_what_to_scan_and_escape_leaves_it(bench, qtbot) -> None:
    one = bench(ARMED)
    banner = one.window.shell.banner
    assert banner.isVisible()
    assert (banner.told.title, banner.told.key) == ("Scrap · Damage", "Esc")
    assert one.window.shell.line.text == "Scan what is scrap"
    press(qtbot, one, "Esc")
    assert one.station.commands == ["CANCEL"]
    tell(qtbot, one, published(ARMED_SECOND, Outcome.COMMAND, Reason.SCAN_NEW, BOTTLE, code=BOTTLE))
    assert banner.told.title == "Swap · Not readable"
    assert banner.told.text == "7F3KQ20041   →   Scan the good one that goes in"
    tell(qtbot, one, published(PACKING, Outcome.COMMAND, Reason.COMMAND_TAKEN, name="CANCEL", seq=2))
    assert not banner.isVisible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_act_says_what_to_scan(language: str) -> None:
    words = Words(language, strict=True)
    for act in ("unpack", "remove", "swap", "relabel", "repack", "sample", "scrap", "destroy", "hold", "release",
                "continue", "reprint", "return"):
        assert words(f"ui.armed.{act}_first")
    assert words("ui.armed.swap_second") and words("ui.armed.relabel_second") and words("ui.armed.any_second")


def test_what_an_act_did_stands_side_by_side_until_the_next_scan(bench, qtbot) -> None:
    one = bench(PACKING)
    tell(qtbot, one, published(REWORKED, Outcome.COMMAND, Reason.SWAPPED, BOTTLE, code=BOTTLE))
    panel = one.window.page.rework
    assert panel.isVisible()
    assert panel.geometry() == one.window.page.stage.geometry()
    assert panel._steps == "Unpacked  →  Taken out of use  →  Repacked"
    assert [each.text for each in panel.before if each.kind == "left"] == ["bottle …3KQ2004100"]
    assert [each.text for each in panel.after if each.kind == "came"] == ["bottle …3KQ2004124"]
    assert [(each.text, each.note) for each in panel.after if each.kind == "changed"] == [
        ("bottle …3KQ2004100", "out of use")]
    assert "23 × bottle" in panel.texts()
    assert len(panel.before) < 10
    one.window.set_language("zh_CN")
    assert one.window.page.rework.isVisible()
    tell(qtbot, one, published(PACKING, Outcome.ACCEPTED, Reason.TAKEN, BOTTLE, have=19, target=24, seq=2))
    assert not one.window.page.rework.isVisible()


def test_both_trees_open_the_container_that_lost_one() -> None:
    pallet = [TreeNode(f"p/C{at}", "case", "in_progress", tuple(
        TreeNode(f"b/{at}-{n}", "bottle", "active") for n in range(6))) for at in range(6)]
    fewer = [replace(pallet[0], children=pallet[0].children[1:]), *pallet[1:]]
    before, after = ((TreeNode(SSCC, "pallet", "in_progress", tuple(cases)),) for cases in (pallet, fewer))
    words = Words("en")
    assert [(each.text, each.kind) for each in branches(words, before, after, "left")] == [
        ("pallet …5000001018", "same"), ("case C0", "same"), ("bottle 0-0", "left"), ("5 × bottle", "same"),
        ("5 × case", "same")]
    assert [(each.text, each.kind) for each in branches(words, after, before, "came")] == [
        ("pallet …5000001018", "same"), ("case C0", "same"), ("5 × bottle", "same"), ("5 × case", "same")]


def test_a_case_taken_apart_is_one_line_not_twenty_four() -> None:
    inside = tuple(TreeNode(f"b/{n}", "bottle", "active") for n in range(24))
    before = (TreeNode("p/C1", "case", "in_progress", inside),)
    after = (TreeNode("p/C1", "case", "inactive"),)
    words = Words("en")
    assert [(each.text, each.kind) for each in branches(words, before, after, "left")] == [
        ("case C1", "changed"), ("24 × bottle", "left")]
    assert [(each.text, each.note) for each in branches(words, after, before, "came")] == [("case C1", "out of use")]


def test_a_loose_one_that_goes_in_has_come() -> None:
    case, loose = TreeNode("p/C1", "case", "in_progress"), TreeNode("b/9", "bottle", "active")
    full = replace(case, children=(loose,))
    words = Words("en")
    assert [each.kind for each in branches(words, (case, loose), (full,), "left")] == ["same", "changed"]
    assert [each.kind for each in branches(words, (full,), (case, loose), "came")] == ["same", "came"]


def test_a_tree_with_nothing_changed_is_all_the_same() -> None:
    trees = REWORKED.rework.before
    lines = branches(Words("en"), trees, trees, "left")
    assert {line.kind for line in lines} == {"same"}


# --- the second person --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("view", "what", "why"), [
    (WAITING, "Close order   ·   Lost", "does not add up"), (TYPED, BOTTLE, "typed"),
    (replace(PACKING, waiting_for=WaitingView("UNPACK", "", CASE)), "C0041", "comes loose"),
    (replace(PACKING, armed="unpack", waiting_for=WaitingView("", "", CASE)), "Unpack", "comes loose")])
def test_a_second_person_is_asked_for_with_what_and_why(bench, qtbot, view: StationView, what: str, why: str) -> None:
    one = bench(view)
    cover = one.window._covers.second
    assert cover.isVisible() and cover.geometry() == one.window.rect()
    assert what in cover.what and why in cover.why
    for key in ("F3", "F9", "Enter"):
        press(qtbot, one, key)
    assert one.station.commands == []
    one.type("%ST:BADGE:4711\r")
    assert one.station.scans == [b"%ST:BADGE:4711"]
    press(qtbot, one, "Esc")
    qtbot.mouseClick(cover, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    qtbot.mouseClick(cover, Qt.MouseButton.LeftButton, pos=cover.cancel_rect().center())
    assert one.station.commands == ["CANCEL", "CANCEL"]


def test_a_second_person_is_told_how_much_is_written_off(bench, qtbot) -> None:
    view = replace(PACKING, waiting_for=WaitingView("ADJUST", "COUNTED"))
    one = bench(view)
    why = one.window._covers.second
    one.tell(published(view, Outcome.WARNING, Reason.SECOND_PERSON, name="ADJUST", missing=360))
    qtbot.waitUntil(lambda: "360" in why.why, timeout=60_000)
    one.tell(published(view, Outcome.WARNING, Reason.SAME_PERSON, seq=2))      # a badge that does not do leaves it
    qtbot.waitUntil(lambda: bool(why.trouble), timeout=60_000)
    assert "360" in why.why


def test_a_second_person_without_a_badge_types_a_pin(bench, qtbot) -> None:
    one = bench(WAITING)
    press(qtbot, one, "F2")
    page, cover = one.window.page, one.window._covers.second
    assert page.name == "sign_in" and not cover.isVisible()
    qtbot.waitUntil(lambda: bool(page._people))
    press(qtbot, one, "3")
    press(qtbot, one, "314159")
    press(qtbot, one, "Enter")
    assert one.station.commands == ["PIN:chen.jing:314159"]
    tell(qtbot, one, published(WAITING, Outcome.REJECTED, Reason.WRONG_PIN))
    assert one.window.page is page
    tell(qtbot, one, published(PACKING, Outcome.COMPLETE, Reason.ORDER_RECONCILED, order="WO-2711-01", seq=2))
    assert one.window.page.name == "order"


def test_once_approved_the_page_is_the_works_again(bench, qtbot) -> None:
    one = bench(replace(PACKING, armed="unpack", waiting_for=WaitingView("", "", CASE)))
    press(qtbot, one, "F2")
    tell(qtbot, one, published(PACKING, Outcome.COMMAND, Reason.UNPACKED, code=CASE, level="pallet", count=2))
    assert one.window.page.name == "packing"


def test_who_leaves_the_pin_is_asked_again(bench, qtbot) -> None:
    one = bench(WAITING)
    cover = one.window._covers.second
    qtbot.mouseClick(cover, Qt.MouseButton.LeftButton, pos=cover.pin_rect().center())
    assert not cover.isVisible()
    press(qtbot, one, "Esc")
    assert cover.isVisible()
    assert one.station.commands == []


def test_the_same_persons_badge_is_told_on_the_question(bench, qtbot) -> None:
    one = bench(WAITING)
    tell(qtbot, one, published(WAITING, Outcome.REJECTED, Reason.SAME_PERSON, by="li.na"))
    assert "may not approve" in one.window._covers.second.trouble
    tell(qtbot, one, published(PACKING, Outcome.COMMAND, Reason.ORDER_RECONCILED, order="WO-2711-01", seq=2))
    assert not one.window._covers.second.isVisible()


# --- the queue ----------------------------------------------------------------------------------------------------
def test_the_belt_shows_every_bottle_and_what_goes_next(bench) -> None:
    one = bench(with_queue())
    strip = one.window.page.queue
    assert strip.isVisible()
    assert not strip.controls.isVisible()
    assert one.window.shell.bar.keys["F7"].word == "Jam"
    assert strip.picture.places == MANY
    without = bench(PACKING)
    assert not without.window.page.queue.isVisible()


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 800)])
def test_sixty_bottles_are_painted_smoothly(bench, qtbot, size: tuple[int, int]) -> None:
    one = bench(with_queue(count=60), "en", size)
    strip = one.window.page.queue.picture
    qtbot.waitUntil(lambda: not strip.is_moving)
    target = QImage(strip.size(), QImage.Format.Format_RGB32)
    strip.render(target)
    took = []
    for _ in range(30):
        begun = time.thread_time()           # what it costs, however busy the machine is with other things
        strip.render(target)
        took.append((time.thread_time() - begun) * 1000)
    assert sorted(took)[len(took) // 2] <= 5.0, took
    assert strip._pitch() * 60 <= strip.width()


def test_bottles_glide_to_the_packer(bench, qtbot) -> None:
    one = bench(with_queue(count=30))
    strip = one.window.page.queue.picture
    qtbot.waitUntil(lambda: not strip.is_moving)
    tell(qtbot, one, published(with_queue(count=30, first=1025), Outcome.COMPLETE, Reason.CONTAINER_COMPLETE, CASE,
                               level="case", have=24, target=24, code=CASE))
    assert strip.is_moving
    assert strip._at[1025] > 5
    qtbot.waitUntil(lambda: not strip.is_moving)
    assert strip._at[1025] == 0
    assert set(strip._at) == set(range(1025, 1055))


def passes(view: StationView, seq: int, outcome: Outcome = Outcome.ACCEPTED,
           reason: Reason = Reason.QUEUED) -> Published:
    """A bottle that the in-line reader saw."""
    shot = Frame("reader-1", (Seen(f"{BOTTLE}{seq}".encode(), "]d2"),), NOW, float(seq), trigger=seq)
    return replace(published(view, outcome, reason, f"{BOTTLE}{seq}", number=seq, count=40, seq=seq, code=BOTTLE),
                   frame=shot, trigger=seq, source="reader-1")


def test_a_running_belt_takes_nothing_out_of_a_hand(bench, qtbot) -> None:
    one = bench(with_queue())
    press(qtbot, one, "F9")
    tell(qtbot, one, passes(with_queue(first=1002), 1))
    assert one.window.page.menu.isVisible()
    press(qtbot, one, "F8")
    tell(qtbot, one, passes(with_queue(first=1003), 2))
    assert one.window.page.choice.isVisible()
    press(qtbot, one, "1")
    assert one.station.commands == ["SCRAP:DAMAGE"]
    done = replace(with_queue(first=1003), rework=REWORKED.rework)
    tell(qtbot, one, published(done, Outcome.ACCEPTED, Reason.SCRAPPED, BOTTLE, code=BOTTLE, seq=3))
    before = one.window.shell.strip.face
    tell(qtbot, one, passes(with_queue(first=1004), 4))
    assert one.window.shell.strip.face is before, "an answer is to be read first"
    assert one.window.page.rework.isVisible()
    tell(qtbot, one, published(with_queue(first=1004), Outcome.ACCEPTED, Reason.TAKEN, BOTTLE, have=1, target=24,
                               seq=5))
    assert not one.window.page.rework.isVisible()


def test_good_bottles_on_the_belt_are_quiet_and_bad_ones_are_not(bench, qtbot) -> None:
    one = bench(with_queue())
    tell(qtbot, one, passes(with_queue(first=1002), 1))
    assert one.window.shell.strip.calm
    tell(qtbot, one, passes(with_queue(first=1003), 2, Outcome.WARNING, Reason.UNREADABLE))
    assert not one.window.shell.strip.calm
    tell(qtbot, one, passes(with_queue(first=1004), 3))
    assert one.window.shell.strip.calm


def test_pages_that_are_read_stay_while_the_belt_runs(bench, qtbot) -> None:
    one = bench(with_queue())
    press(qtbot, one, "F6")
    qtbot.waitUntil(lambda: not one.bridge.is_asking)        # the page's own question is answered
    asked = len(one.shelf.asked)
    tell(qtbot, one, passes(with_queue(first=1002), 1))
    tell(qtbot, one, passes(with_queue(first=1003), 2, Outcome.WARNING, Reason.UNREADABLE))
    qtbot.waitUntil(lambda: not one.bridge.is_asking)
    assert one.window.page.name == "order"
    assert len(one.shelf.asked) == asked
    assert place_after("help", PACKING, short_case()) == "", "a case with a gap is seen at once"
    good = replace(short_case(), verdict=Verdict(Outcome.COMPLETE, Reason.CONTAINER_COMPLETE, {"level": "case"}))
    assert place_after("help", PACKING, good) == "help"


def test_what_was_taken_off_is_marked_by_arrows_numbers_and_touch(bench, qtbot) -> None:
    one = bench(with_queue("reject_missed"))
    strip = one.window.page.queue
    assert strip.controls.isVisible()
    assert one.window.shell.bar.keys["F7"].word == "In step"
    for key in ("Left", "Left", "Left"):
        press(qtbot, one, key)
    assert strip.marked == (0, 2)
    press(qtbot, one, "Tab")
    press(qtbot, one, "Left")
    assert strip.marked == (1, 2)
    press(qtbot, one, "Enter")
    assert one.station.commands == ["TAKEN-OUT:1002-1003"]
    assert strip.marked is None
    press(qtbot, one, "3-7")
    assert strip.marked == (2, 6)
    assert "bottles: 5" in strip._told.text()
    press(qtbot, one, "Enter")
    assert one.station.commands[-1] == "TAKEN-OUT:1003-1007"
    belt = strip.picture._belt()
    for place in (4, 9):
        x = round(strip.picture._x(belt, strip.picture._pitch(), place))
        qtbot.mouseClick(strip.picture, Qt.MouseButton.LeftButton, pos=QPoint(x, belt.center().y()))
    assert strip.marked == (4, 9)
    qtbot.mouseClick(strip.take_out, Qt.MouseButton.LeftButton)
    assert one.station.commands[-1] == "TAKEN-OUT:1005-1010"
    press(qtbot, one, "F7")
    assert one.station.commands[-1] == "ALIGNED"


def guided(step: str, places: tuple[int, ...] = (), count: int = 0) -> StationView:
    view = with_queue("jam")
    queue = replace(view.packing.queue, step=step, places=places, count=count)
    return replace(view, packing=replace(view.packing, queue=queue))


@pytest.mark.parametrize(("view", "line"), [
    (guided("probe_head"), "Scan the first bottle, right at the packer"),
    (guided("probe_tail", (1001,)), "Scan the last bottle, just past the reader"),
    (guided("run", (1003, 1020), 18),
     "Does a bottle stand at each place from 3 to 20 (18)? Then F7 and start the belt"),
    (guided("run"), "Is the belt empty? Then F7 and start it")])
def test_the_way_back_is_told_step_by_step(bench, view: StationView, line: str) -> None:
    one = bench(view)
    assert one.window.shell.line.text == line
    one.window.page.queue.grab()


def test_what_the_station_wants_off_the_belt_is_marked_already(bench, qtbot) -> None:
    one = bench(guided("remove", (1006, 1007, 1012)))
    assert one.window.page.queue.marked == (5, 6)
    press(qtbot, one, "Enter")
    assert one.station.commands == ["TAKEN-OUT:1006-1007"]


def test_a_long_belt_is_seen_whole_while_it_stands(bench) -> None:
    assert bench(with_queue(count=100)).window.page.queue.picture.places == MANY
    strip = bench(with_queue("jam", count=100)).window.page.queue.picture
    assert strip.places == 120
    assert strip.place_at(strip._belt().x() + strip._pitch() * 21) >= 95


def test_places_beyond_the_queue_mark_nothing(bench, qtbot) -> None:
    one = bench(with_queue("jam", count=5))
    press(qtbot, one, "3-9")
    assert one.window.page.queue.marked is None
    assert not one.window.page.queue.take_out.isEnabled()


def test_a_running_belt_takes_no_keys(bench, qtbot) -> None:
    one = bench(with_queue())
    press(qtbot, one, "3")
    press(qtbot, one, "Enter")
    assert one.station.commands == ["CONFIRM"]


def test_the_packers_place_is_the_rightmost(qapp) -> None:
    strip = QueuePicture(look_for(QSize(1920, 1080)), Words("en"))
    strip.resize(1880, 178)
    strip.set(QueueView(slots(40), 24))
    assert strip.place_at(strip._belt().right() - 2) == 0
    assert strip.place_at(strip._belt().x() + 2) == -1


# --- peers and labels ---------------------------------------------------------------------------------------------
def test_a_half_read_object_shows_which_codes_are_wanted(bench, qtbot) -> None:
    one = bench(HALF)
    half = one.window.page.half
    assert half.isVisible()
    assert [(role, bool(code)) for role, _, code in half.codes] == [
        ("cap_outer", True), ("bottle", True), ("cap_inner", False)]
    assert one.window.shell.line.text == "Scan the other codes of the same bottle"
    tell(qtbot, one, published(PACKING, Outcome.ACCEPTED, Reason.TAKEN, BOTTLE, have=19, target=24))
    assert not half.isVisible()


def test_peers_stand_apart_from_the_tree(bench, qtbot) -> None:
    one = bench(LOOKUP)
    page = one.window.page
    qtbot.waitUntil(lambda: bool(page.tree.rows))
    assert not page.peers.isVisible()
    page.look_up("peers")
    qtbot.waitUntil(page.peers.isVisible)
    assert [(row.title, row.note, row.right) for row in page.peers.rows] == [
        ("inner cap code", "9H22MM71", "from a pair file"), ("outer cap code", "55TQX0", "read here")]
    assert all("cap" not in row.title for row in page.tree.rows)


LABEL_JOB = Label(7, "case", CASE_LABEL.rsplit("/", 1)[1], "MILK250", NAMES["MILK250"], "", "271130A", "2027-11-30",
                  "2028-05-29", 24, 24, "WO-2711-01", 202)


def test_a_printed_label_is_shown_as_it_was_printed_and_wanted_back(bench, qtbot) -> None:
    one = bench(PACKING)
    said = published(PRINTED, Outcome.COMPLETE, Reason.LABEL_ORDERED, level="case", have=24, target=24,
                     label=CASE_LABEL)
    tell(qtbot, one, replace(said, labels=(LABEL_JOB,)))
    strip = one.window.page.label
    qtbot.waitUntil(lambda: strip.picture is not None)
    assert one.outside.calls[-1] == "label:7"
    assert strip.isVisible()
    assert "(00) 069012345000002022" in strip.title
    assert one.window.shell.line.text == "Scan the label of the case"
    tell(qtbot, one, published(PACKING, Outcome.COMPLETE, Reason.CONTAINER_COMPLETE, CASE, level="case", have=24,
                               target=24, code=CASE, seq=2))
    assert not strip.isVisible()


def test_a_printer_that_failed_is_said_with_the_key_that_prints_again(bench, qtbot) -> None:
    one = bench(PRINTED)
    tell(qtbot, one, published(PRINTED, Outcome.WARNING, Reason.PRINT_FAILED, level="case", printer="P1", problem=""))
    strip = one.window.page.label
    assert (strip.tone, strip.key) == ("bad", "Ctrl+F1")
    assert "did not come out" in strip.title
    tell(qtbot, one, published(PRINTED, Outcome.COMMAND, Reason.PRINT_DONE, level="case", label=CASE_LABEL, seq=2))
    assert strip.tone == "act"
    assert "printed" in strip.title


def with_label(printing: str) -> StationView:
    """A full case whose label is so far."""
    levels = tuple(replace(each, printing=printing) if each.to_scan_back else each for each in PRINTED.packing.levels)
    return replace(PRINTED, packing=replace(PRINTED.packing, levels=levels))


def test_a_label_is_called_printed_once_the_printer_has_said_so(bench, qtbot) -> None:
    one = bench(with_label("ordered"))
    strip = one.window.page.label
    assert "The printer has the label" in strip.title and "printed:" not in strip.title and strip.tone == "act"
    assert "not printed yet" in one.window.shell.line.text
    one.tell(DeviceState("P1", "printer", "fault", problem="paper_out"))
    qtbot.waitUntil(lambda: "no paper" in strip.text, timeout=60_000)
    assert "Not printed yet" in strip.title and strip.tone == "care"
    one.tell(DeviceState("P1", "printer", "ready"))
    qtbot.waitUntil(lambda: strip.tone == "act", timeout=60_000)
    tell(qtbot, one, published(with_label("printed"), Outcome.COMMAND, Reason.PRINT_DONE, job=1, printer="P1"))
    assert "printed:" in strip.title and "Scan the label" in one.window.shell.line.text


def test_a_label_that_failed_is_said_after_the_language_was_changed_too(bench) -> None:
    one = bench(with_label("failed"))
    one.window.set_language("zh_CN")
    strip = one.window.page.label
    assert (strip.tone, strip.key) == ("bad", "Ctrl+F1") and "没打出来" in strip.title


# --- the order's life ---------------------------------------------------------------------------------------------
def test_an_order_runs_unasked_where_no_clearance_is_wanted(bench) -> None:
    one = bench(in_state("open"), clearance=False)
    assert not one.window.shell.banner.isVisible()
    assert one.window.shell.line.text == "Scan the next bottle for the case — 6 to go"
    assert one.window.shell.bar.keys["F8"].word == "Pause"


@pytest.mark.parametrize(("state", "word", "command"), [
    ("started", "Pause", "PAUSE"), ("paused", "Go on", "START")])
def test_the_orders_next_step_is_one_key(bench, qtbot, state: str, word: str, command: str) -> None:
    one = bench(in_state(state))
    assert one.window.shell.bar.keys["F8"].word == word
    press(qtbot, one, "F8")
    assert one.station.commands == [command]


def test_a_paused_order_is_seen_and_stays_so_whatever_is_scanned(bench, qtbot) -> None:
    one = bench(PACKING)
    paused = in_state("paused")
    tell(qtbot, one, published(paused, Outcome.COMMAND, Reason.ORDER_PAUSED, order="WO-2711-01"))
    banner = one.window.shell.banner
    assert banner.isVisible() and banner.told.title == "PAUSED" and banner.told.hatched
    assert not one.window._covers.pause.isVisible()
    tell(qtbot, one, published(paused, Outcome.REJECTED, Reason.ORDER_PAUSED, BOTTLE, order="WO-2711-01", seq=2))
    assert banner.isVisible()
    tell(qtbot, one, published(PACKING, Outcome.COMMAND, Reason.ORDER_STARTED, order="WO-2711-01", seq=3))
    assert not banner.isVisible()


def test_the_line_is_looked_over_before_an_order_starts(bench, qtbot) -> None:
    one = bench(in_state("open"))
    press(qtbot, one, "F8")
    page = one.window.page
    assert page.name == "clearance"
    press(qtbot, one, "F8")
    press(qtbot, one, "Enter")
    assert one.station.commands == []
    for key in "1234":
        press(qtbot, one, key)
    press(qtbot, one, "F8")
    assert one.station.commands == ["START"]
    tell(qtbot, one, published(in_state("open"), Outcome.WARNING, Reason.LINE_CLEARANCE, order="WO-2711-01"))
    assert one.station.commands == ["START", "START"]
    tell(qtbot, one, published(in_state("started"), Outcome.COMMAND, Reason.ORDER_STARTED, order="WO-2711-01", seq=2))
    assert one.window.page.name == "packing"
    assert one.station.commands == ["START", "START"]


def test_the_stations_question_for_the_line_opens_the_list(bench, qtbot) -> None:
    one = bench(in_state("open"))
    tell(qtbot, one, published(in_state("open"), Outcome.WARNING, Reason.LINE_CLEARANCE, order="WO-2711-01"))
    assert one.window.page.name == "clearance"
    for key in ("1", "2", "3", "4", "F8"):
        press(qtbot, one, key)
    assert one.station.commands == ["START"]


def test_start_by_its_key_anywhere_leads_to_the_list(bench, qtbot) -> None:
    one = bench(in_state("open"))
    one.type((F["F8"], ""), modifiers=Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: one.window.page.name == "clearance")
    assert one.station.commands == []


def test_the_order_shows_its_arithmetic_and_names_what_is_missing(bench, qtbot) -> None:
    one = bench(in_state("finished"))
    press(qtbot, one, "F8")
    page = one.window.page
    assert page.name == "order"
    qtbot.waitUntil(lambda: bool(page.balance.rows))
    row = page.balance.rows[0]
    assert row.issued == row.packed + row.scrapped + row.sampled + row.returned + row.open + row.difference
    assert [each.title for each in page.codes.rows] == ["…3KQ2004100", "…3KQ2004101", "…3KQ2004102"]
    assert [each.note for each in page.codes.rows] == ["in nothing", "never seen", "in nothing"]
    press(qtbot, one, "F5")
    qtbot.waitUntil(lambda: "report:WO-2711-01:xlsx:en" in one.outside.calls)
    press(qtbot, one, "F7")
    qtbot.waitUntil(lambda: "report:WO-2711-01:pdf:en" in one.outside.calls)
    qtbot.waitUntil(lambda: "WO-2711-01.pdf" in one.window.shell.line.text)


def test_closing_with_a_difference_asks_why_and_for_a_second_person(bench, qtbot) -> None:
    view = in_state("finished")
    one = bench(view)
    one.window.go("order")
    press(qtbot, one, "F8")
    assert one.station.commands == ["CLOSE-ORDER"]
    tell(qtbot, one, published(view, Outcome.WARNING, Reason.ORDER_DIFFERS, "%ST:CLOSE-ORDER", source="screen",
                               order="WO-2711-01", count=3))
    assert one.window.page.name == "order"
    assert "3" in one.window.page.choice._title.text()
    press(qtbot, one, "2")
    assert one.station.commands[-1] == "CLOSE-ORDER:LOST"
    waiting = replace(view, waiting_for=WaitingView("CLOSE-ORDER", "LOST"))
    tell(qtbot, one, published(waiting, Outcome.WARNING, Reason.SECOND_PERSON, act="close-order", seq=2))
    assert one.window._covers.second.isVisible()
    tell(qtbot, one, published(in_state("closed"), Outcome.COMPLETE, Reason.ORDER_RECONCILED, order="WO-2711-01",
                               seq=3))
    assert one.window.page.name == "order"
    assert not one.window._covers.second.isVisible()
    assert "F8" not in one.window.shell.bar.keys


def test_answers_about_an_order_lead_to_its_page_and_a_scan_leads_back() -> None:
    view = in_state("finished")
    differs = published(view, Outcome.WARNING, Reason.ORDER_DIFFERS, order="WO", count=3)
    assert place_after("", view, differs) == "order"
    shift = published(view, Outcome.COMMAND, Reason.SHIFT_CHANGED, shift="B")
    assert place_after("order", view, shift) == "order"
    scan = published(view, Outcome.ACCEPTED, Reason.TAKEN, BOTTLE, have=1, target=24)
    assert place_after("order", view, scan) == ""
    home = published(HOME, Outcome.COMMAND, Reason.COMMAND_TAKEN, name="HOME")
    assert place_after("order", view, home) == ""


def test_the_shift_is_changed_by_a_number(bench, qtbot) -> None:
    one = bench(in_state("started"))
    press(qtbot, one, "F6")
    press(qtbot, one, "F3")
    assert one.window.page.shifts.isVisible()
    press(qtbot, one, "2")
    assert one.station.commands == ["SHIFT:B"]
    assert not one.window.page.shifts.isVisible()


def test_an_order_is_written_down_without_a_mouse(bench, qtbot) -> None:
    one = bench(replace(HOME, task="packing"))
    press(qtbot, one, "F2")
    page = one.window.page
    assert page.name == "new_order"
    qtbot.waitUntil(lambda: bool(page.products.rows))
    press(qtbot, one, "2")
    for text in ("wo-9", "L77", "20271130", "20280530", "1200"):
        press(qtbot, one, text)
        press(qtbot, one, "Down")
    press(qtbot, one, "F8")
    qtbot.waitUntil(lambda: one.station.commands == ["ORDER:WO-9"])
    assert "new_order:WO-9:YOG100:L77:2027-11-30:2028-05-30:1200" in one.outside.calls


def test_an_order_that_is_not_whole_is_not_made(bench, qtbot) -> None:
    one = bench(replace(HOME, task="packing"))
    one.window.go("new_order")
    page = one.window.page
    page.make()
    assert page._wrong == ("product", "id", "lot", "planned")
    assert not [each for each in one.outside.calls if each.startswith("new_order")]
    page._texts.update(product="TEA", id="WO-2711-01", lot="L", planned="10")
    page.make()
    qtbot.waitUntil(lambda: "already" in one.window.shell.line.text)
    assert one.station.commands == []


@pytest.mark.parametrize(("field", "text"), [
    ("produced", "2027-02-30"), ("expiry", "30.11.2027"), ("planned", "0"), ("planned", "²"), ("planned", ""),
    ("lot", "  ")])
def test_what_does_not_do_in_an_order(field: str, text: str) -> None:
    good = {"product": "TEA", "id": "W", "lot": "L", "produced": "2027-11-30", "expiry": "2028-05-30", "planned": "9"}
    assert check(good).wrong == ()
    assert check({**good, field: text}).wrong == (field,)
    assert check({**good, "expiry": "2027-01-01"}).wrong == ("expiry",)


# --- refused events -----------------------------------------------------------------------------------------------
def test_a_supervisor_sends_a_refused_event_again_or_gives_it_up(bench, qtbot) -> None:
    one = bench(replace(HOME, operator="chen.jing", operator_role="supervisor"))
    one.window.go("sync")
    page = one.window.page
    qtbot.waitUntil(lambda: len(page.rows.rows) == 3)
    press(qtbot, one, "F7")
    qtbot.waitUntil(lambda: "resolve:900:resend:chen.jing" in one.outside.calls)
    press(qtbot, one, "Down")
    press(qtbot, one, "F8")
    assert page.choice.isVisible()
    press(qtbot, one, "3")
    qtbot.waitUntil(lambda: "resolve:899:discard:chen.jing TEST" in one.outside.calls)
    qtbot.waitUntil(lambda: "not refused" in one.window.shell.line.text)
    assert one.station.commands == []


def test_an_operator_only_reads_what_was_refused(bench, qtbot) -> None:
    one = bench(HOME)
    one.window.go("sync")
    qtbot.waitUntil(lambda: len(one.window.page.rows.rows) == 3)
    assert not {"F7", "F8"} & set(one.window.shell.bar.keys)
    one.window.page.resend()
    assert not [each for each in one.outside.calls if each.startswith("resolve")]


# --- every new screen ---------------------------------------------------------------------------------------------
ALL_AT_ONCE = replace(with_queue(), armed="swap", armed_reason="DAMAGE")
ALL_AT_ONCE = replace(ALL_AT_ONCE, packing=replace(
    ALL_AT_ONCE.packing, half=HALF.packing.half, half_wanted=HALF.packing.half_wanted, levels=tuple(
        LevelView(name, 3, 6, "", 1, 4, 2, CASE_LABEL) for name in ("sleeve", "case", "layer", "pallet"))))
SCREENS = {"all at once": ALL_AT_ONCE, "half": HALF, "parked": PARKED, "printed": PRINTED, "armed": ARMED,
           "queue": with_queue(),
           "stopped": with_queue("jam"), "open": in_state("open"), "reworked": REWORKED,
           "clearance": in_state("open"), "order": in_state("started"), "new_order": replace(HOME, task="packing")}


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 800)])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SCREENS)
def test_new_screens_fit_and_are_large_enough_to_touch(bench, name: str, language: str, size: tuple[int, int]) -> None:
    one = bench(SCREENS[name], language, size)
    if name in ("clearance", "order", "new_order"):
        one.window.go(name)
    one.window.grab()
    for widget in one.window.findChildren(QWidget):
        parent = widget.parentWidget()
        if widget.isVisible() and parent is not None and not widget.isWindow():
            assert parent.rect().contains(widget.geometry()), (widget, widget.geometry(), parent.rect())
    for button in one.window.findChildren(Button):
        if button.isVisible():
            assert min(button.width(), button.height()) >= TOUCH_PX, button.word
            if button.style_name == "bar" and button.word:
                room = button.width() - 2 * one.window.look.px(10)
                assert QFontMetrics(one.window.look.font(1, True)).horizontalAdvance(button.word) <= room, button.word


def test_a_layer_of_a_pallet_has_a_gap_only_where_a_case_was_not_read(bench, qtbot) -> None:
    one = bench(PACKING)
    said = short_case(1)
    data = {"level": "pallet", "have": 9, "target": 48, "missing": 39, "unread": 1, "count": 5}
    tell(qtbot, one, replace(said, view=PACKING, verdict=replace(said.verdict, data=data)))
    assert one.window.page.gap.title.startswith("Pallet 5: 9 of 48")
    levels = (PACKING.packing.levels[0], replace(PACKING.packing.levels[1], have=10))
    tell(qtbot, one, published(replace(PACKING, packing=replace(PACKING.packing, levels=levels)), Outcome.ACCEPTED,
                               Reason.TAKEN, CASE, level="pallet", have=10, target=48, seq=2))
    assert not one.window.page.gap.isVisible()


def test_a_plan_of_any_levels_shows_its_gap(bench, qtbot) -> None:
    levels = (LevelView("sleeve", 4, 6, "", 0, 0), LevelView("case", 1, 4, "", 0, 0),
              LevelView("pallet", 0, 9, "", 0, 0))
    view = replace(PACKING, packing=PackingView("W", "TEA", "L", 100, 4, levels, "bottle", False))
    one = bench(view)
    said = short_case()
    data = {"level": "sleeve", "have": 4, "target": 6, "missing": 2, "unread": 2}
    tell(qtbot, one, replace(said, view=view, verdict=replace(said.verdict, data=data)))
    assert one.window.page.gap.title.startswith("Sleeve 1: 4 of 6")


def test_nothing_beneath_a_cover_paints(bench, qtbot) -> None:
    """On some screens the amber strip came out over the question for a second person."""
    one = bench(PACKING)
    tell(qtbot, one, published(WAITING, Outcome.WARNING, Reason.SECOND_PERSON, name="CLOSE-ORDER"))
    assert one.window.covers.second.isVisible() and not one.window.shell.strip.updatesEnabled()
    tell(qtbot, one, published(WAITING, Outcome.WARNING, Reason.NOT_ALLOWED, right="approve", seq=2))
    assert not one.window.shell.strip.updatesEnabled()
    one.window.set_language("zh_CN")
    assert not one.window.shell.strip.updatesEnabled()
    tell(qtbot, one, published(PACKING, Outcome.COMMAND, Reason.CONFIRMED, seq=3))
    assert not one.window.covers.up and one.window.shell.strip.updatesEnabled()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_that_is_held_up_is_marked_as_its_verdict_says(bench, qtbot, language: str) -> None:
    one = bench(PACKING, language)
    seen = tuple(Seen(text, "]Q1", ((x, 100.0), (x + 90, 100.0), (x + 90, 190.0), (x, 190.0)))
                 for text, x in ((b"ONE", 100.0), (b"TWO", 400.0)))
    for outcome, reason, codes, cause in (
            (Outcome.ACCEPTED, Reason.TAKEN, 1, "good"), (Outcome.WARNING, Reason.SHOW_ONE, 2, "too_many"),
            (Outcome.DUPLICATE, Reason.DUPLICATE_IN_CONTAINER, 1, "in_case")):
        shot = Frame("line-camera", seen[:codes], NOW, 7.0, 640, 480, single=True)
        told = published(PACKING, outcome, reason, shot=shot, code=BOTTLE)
        tell(qtbot, one, replace(told, verdict=Verdict(outcome, reason, {"count": codes, "code": BOTTLE})))
        page = one.window.page
        assert [(each.name, count) for each, count in page.causes.counts] == [(cause, codes)]
        assert len(page.picture.spots) == codes


def test_both_of_two_with_the_same_code_are_marked(bench, qtbot) -> None:
    one = bench(PACKING)
    shot = replace(frame(0), unread=())
    marks = (*(Mark(at, Outcome.ACCEPTED, Reason.TAKEN, f"{BOTTLE}{at}") for at in range(23)),
             Mark(23, Outcome.DUPLICATE, Reason.DUPLICATE_IN_FRAME, f"{BOTTLE}5"))
    said = published(PACKING, Outcome.WARNING, Reason.DUPLICATE_IN_FRAME, shot=shot, code=BOTTLE)
    tell(qtbot, one, replace(said, verdict=replace(said.verdict, marks=marks)))
    page = one.window.page
    assert page.causes.texts() == ["twice here 2", "good 22"]
    assert [at for at, spot in enumerate(page.picture.spots) if spot.cause and spot.cause.name == "twice"] == [5, 23]
