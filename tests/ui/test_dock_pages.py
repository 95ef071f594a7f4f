"""The dock's pages: questions, any kind of document, lists, a document written down here, mistakes. All by key."""
from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from app.domain.commands import BY_NAME
from app.domain.reasons import Outcome, Reason
from app.domain.warehouse.kinds import BY_NAME as KINDS
from app.domain.warehouse.kinds import KINDS as ALL_KINDS
from app.messages import DockView, LineView, WaitingView
from app.ui.ports import HumanKey
from app.ui.question import SAID, question_of
from app.ui.routes import place_after, wanted
from app.views import DocumentRow
from app.words import LANGUAGES, Words
from tests.ui.sample import (
    BREAKS,
    CASE,
    CLOSED,
    DOCK,
    HOME,
    LOOKUP,
    RESTS,
    RETURN,
    SSCC,
    TRUCK,
    published,
)

SIZES = ((1920, 1080), (1280, 800))
SHIPPING = replace(HOME, task="shipping")
ROWS = tuple(DocumentRow(f"SO-{9000 + at}", "sales_out", f"Store {at}", 240, (0, 120)[at % 2],
                         ("open", "paused", "draft")[at % 3], made=at % 5 == 0, free=at == 3) for at in range(40))


def press(qtbot, one, *keys: str) -> None:
    """Keys of a person, one after another; what they ask for is answered."""
    for key in keys:
        one.window.press(HumanKey(key) if len(key) > 1 else HumanKey("", key))
        qtbot.waitUntil(lambda: not one.bridge.is_asking, timeout=60_000)


def opened(qtbot, one, place: str) -> None:
    one.window.go(place)
    qtbot.waitUntil(lambda: not one.bridge.is_asking, timeout=60_000)


def told(qtbot, one, said) -> None:
    one.tell(said)
    qtbot.waitUntil(lambda: one.window.shown.published is said, timeout=60_000)


# --- a question that CONFIRM answers --------------------------------------------------------------------------------
ASKED = published(BREAKS, Outcome.WARNING, Reason.BREAK_PALLET, CASE, code=CASE, level="case", parent=SSCC, root=SSCC)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_stands_over_the_page_and_is_no_second_persons(bench, qtbot, language, size) -> None:
    one = bench(DOCK, language, size)
    told(qtbot, one, ASKED)
    covers, words = one.window.covers, Words(language)
    assert covers.question.isVisible() and not covers.second.isVisible() and not covers.is_red
    asked = covers.question.asked
    assert asked.title == words("reason.break_pallet.title") and "C0041" in asked.code
    assert asked.yes == words("dock.question.yes_break") and asked.besides == words("dock.question.besides_break")
    one.window.grab()
    keys = (covers.question.confirm_rect(), covers.question.cancel_rect())
    assert all(covers.question.rect().contains(rect) and rect.height() >= 64 for rect in keys)
    assert not keys[0].intersects(keys[1])


@pytest.mark.parametrize(("key", "command"), [("f11", "CONFIRM"), ("enter", "CONFIRM"), ("escape", "CANCEL"),
                                              ("f2", None), ("f3", None)])
def test_a_question_is_answered_by_key(bench, qtbot, key: str, command: str | None) -> None:
    one = bench(DOCK)
    told(qtbot, one, ASKED)
    press(qtbot, one, key)
    assert one.station.commands == ([command] if command else [])
    told(qtbot, one, published(DOCK, Outcome.ACCEPTED, Reason.SHIPPED, CASE, code=CASE))
    assert not one.window.covers.question.isVisible()


def test_under_a_question_the_look_up_key_looks_up(bench, qtbot) -> None:
    one = bench(DOCK)
    told(qtbot, one, ASKED)
    one.window.press(HumanKey("f6", shift=True))
    assert one.station.commands == ["PEEK"]


def test_the_home_key_pressed_twice_signs_nobody_out(bench, qtbot) -> None:
    one = bench(HOME)
    press(qtbot, one, "f12", "f12")
    page = one.window.page
    assert one.station.commands == [] and page.choice.isVisible()
    press(qtbot, one, "escape")
    assert one.station.commands == [] and not page.choice.isVisible()
    press(qtbot, one, "f12", "1")
    assert one.station.commands == ["LOGOUT"]


def test_a_question_is_answered_by_touch_and_a_scan_takes_it_back(bench, qtbot) -> None:
    one = bench(DOCK)
    told(qtbot, one, ASKED)
    cover = one.window.covers.question
    for rect in (cover.confirm_rect(), cover.cancel_rect()):
        qtbot.mouseClick(cover, Qt.MouseButton.LeftButton, pos=rect.center())
    qtbot.mouseClick(cover, Qt.MouseButton.LeftButton)
    assert one.station.commands == ["CONFIRM", "CANCEL"]
    one.type(f"{SSCC[-20:]}\r")
    qtbot.waitUntil(lambda: len(one.station.scans) == 1, timeout=60_000)       # scans go through
    told(qtbot, one, published(DOCK, Outcome.DUPLICATE, Reason.ALREADY_ON_DOCUMENT, SSCC, code=SSCC))
    assert not cover.isVisible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_has_words_of_its_own(language: str) -> None:
    words = Words(language, strict=True)
    said = set()
    for word, reasons in SAID.items():
        view = replace(DOCK, waiting_for=WaitingView("", "", SSCC, word))
        for reason in reasons:
            verdict = published(view, Outcome.WARNING, reason, code=CASE).verdict
            said.add(question_of(words, view, view.waiting_for, verdict))
        bare = question_of(words, view, view.waiting_for, None)        # after a restart nothing says it
        assert bare.title and bare.text and bare.yes and bare.besides
    assert len({each.yes for each in said}) == len(SAID) and len({each.title for each in said}) == 5
    other = replace(DOCK, waiting_for=WaitingView("", "", SSCC, "unheard"))
    assert question_of(words, other, other.waiting_for, None).title


# --- any kind of document ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [each.name for each in ALL_KINDS if each.direction != "count"])
def test_every_kind_of_document_has_its_words_on_the_page(bench, kind: str, language: str) -> None:
    does = KINDS[kind]
    task = "receiving" if does.incoming else "shipping"
    partner = "DC-07" if does.roles else ""
    dock = replace(DOCK.dock, kind=kind, direction=str(does.direction), partner=partner, role=partner and "own",
                   reason=does.reasons[0] if does.reasons else "")
    one = bench(replace(DOCK, task=task, dock=dock), language)
    words = Words(language, strict=True)
    assert one.window.page.about.texts()[0] == words(f"document.kind.{kind}")
    assert "SO-8841" in one.window.shell.line.note
    if does.reasons:
        assert words(f"document.reason.{does.reasons[0]}") in one.window.page.about.texts()


def test_the_page_says_partner_truck_share_and_age(bench) -> None:
    one = bench(TRUCK)
    page = one.window.page
    said = " ".join(page.about.texts())
    for part in ("DC 07 East China", "Distributor", "Territory 3101", "Route R-12", "Sale"):
        assert part in said, part
    assert page.truck.isVisible() and [each.document for each in page.truck.going if each.last] == ["SO-8842"]
    assert [each.amount for each in page.truck.going] == ["900 / 1440", "1296 / 1488", "480 / 480"]
    assert "SO-8842" in page.last.texts()[2] and page.lines.rows[0].note.startswith("SO-8842")
    assert page.total.title == "Share of this station" and "1200" in page.total.label
    assert any("to 2028-05-29" in text for text in page.last.texts())
    assert [row.title for row in page.lines.rows] == ["原味酸奶 100 g", "Orange juice 1 L", "Fresh milk 250 ml"]
    assert page._folded.rows[0].title == "Lines done: 2"


def test_a_free_document_shows_what_it_grew_to(bench) -> None:
    one = bench(RETURN)
    page = one.window.page
    assert [row.right for row in page.lines.rows] == ["Units: 1", "Units: 48"]
    assert not page._folded.isVisible() and page.total.target == 0 and page.total.value == 49
    assert "Not sold" in page.about.texts()


def test_a_very_long_document_says_that_there_is_more(bench) -> None:
    lines = tuple(LineView(at, f"P{at}", "", 10, 0) for at in range(60))
    one = bench(replace(DOCK, dock=replace(DOCK.dock, lines=lines, count=5000, wanted=50000, done=0)))
    assert one.window.page._head.text() == "Lines to scan: more than 60" and not one.window.page._folded.isVisible()


@pytest.mark.parametrize("size", SIZES)
def test_a_long_list_says_which_page_it_is_and_turns_by_key_and_touch(bench, qtbot, size) -> None:
    lines = tuple(LineView(at, f"P{at}", "", 10, 0) for at in range(30))
    one = bench(replace(DOCK, dock=replace(DOCK.dock, lines=lines, count=30, wanted=300, done=0)), "en", size)
    rows = one.window.page.lines
    pages = rows.pages
    assert pages > 1 and rows.sign == f"1 / {pages}" and rows.turn_rect(1).height() >= 64
    assert rows.per_page * (rows.row_height + rows.gap) <= rows.height() - rows.foot().height()
    press(qtbot, one, "pagedown")
    assert rows.sign == f"2 / {pages}"
    for by, sign in ((1, f"3 / {pages}"), (-1, f"2 / {pages}")):
        qtbot.mouseClick(rows, Qt.MouseButton.LeftButton, pos=rows.turn_rect(by).center())
        assert rows.sign == sign


def test_a_paused_document_goes_on_by_key_and_a_closed_one_says_so(bench, qtbot) -> None:
    one = bench(RESTS)
    assert "F8" in one.window.shell.line.text and "paused" in one.window.page.about.texts()
    press(qtbot, one, "f8")
    assert one.station.commands == ["DOCUMENT:SO-8841"]
    two = bench(CLOSED)
    assert "closed short" in two.window.page.about.texts()
    three = bench(DOCK)
    press(qtbot, three, "f8")
    assert three.station.commands == ["PAUSE"]


@pytest.mark.parametrize(("digit", "does"), [("1", "page also"), ("2", "page receiver"), ("3", "TAKE-OFF:NOT-LOADED"),
                                             ("5", "VOID:NOT-LOADED"), ("6", "page void_document"),
                                             ("7", "CANCEL-DOCUMENT:NO-GOODS"), ("8", "page new_document")])
def test_all_that_is_done_with_a_document_has_a_key(bench, qtbot, digit: str, does: str) -> None:
    one = bench(replace(DOCK, operator_role="supervisor"))
    press(qtbot, one, "f4")
    assert one.window.page.menu.isVisible()
    press(qtbot, one, digit)
    if does.startswith("page"):
        assert one.window.place == does.split()[1]
        return
    if ":" in does:
        press(qtbot, one, "1")
    assert one.station.commands == [does]


@pytest.mark.parametrize(("role", "not_offered", "asked"), [
    ("shipper", {"VOID", "VOID-DOCUMENT", "CANCEL-DOCUMENT"}, False), ("operator", {"VOID", "VOID-DOCUMENT"}, True),
    ("supervisor", set(), True)])
def test_only_what_the_person_may_do_is_offered(bench, qtbot, role: str, not_offered: set[str], asked: bool) -> None:
    one = bench(replace(DOCK, operator_role=role))
    page = one.window.page
    assert {"F7", "F9"} <= one.window.shell.bar.keys.keys() or role == "shipper"
    assert not {"F7", "F9"} & one.window.shell.bar.keys.keys() or role != "shipper"
    press(qtbot, one, "f4")
    every = {"ALSO", "RECEIVER", "TAKE-OFF", "VOID", "VOID-DOCUMENT", "CANCEL-DOCUMENT", "NEW-DOCUMENT", "PAPER"}
    assert page.menu.tiles.keys() == every - not_offered
    press(qtbot, one, "escape", "f3")                       # something is missing
    assert (page.choice is not None and page.choice.isVisible()) == asked
    assert one.station.commands == ([] if asked else ["DONE"])


def test_the_delivery_note_is_written_and_named(bench, qtbot) -> None:
    one = bench(DOCK)
    press(qtbot, one, "f4", "9")
    qtbot.waitUntil(lambda: "SO-8841.pdf" in one.window.shell.line.text, timeout=60_000)


def test_each_document_of_the_truck_has_its_delivery_note(bench, qtbot) -> None:
    one = bench(TRUCK)
    press(qtbot, one, "f4", "9")
    qtbot.waitUntil(lambda: "SO-8842.pdf" in one.window.shell.line.text, timeout=60_000)
    assert "SO-8841.pdf" in one.window.shell.line.text
    assert [call for call in one.outside.calls if call.startswith("document:")] == [
        f"document:SO-{number}:pdf:en" for number in (8841, 8842, 8843)]


@pytest.mark.parametrize(("view", "first"), [(DOCK, ["SHORTAGE", "DAMAGE", "CUSTOMER", "NO-ROOM", "LATER", "OTHER"]),
                                             (replace(DOCK, dock=replace(DOCK.dock, kind="purchase_in")),
                                              ["SHORTAGE", "DAMAGE", "LATER", "OTHER"])])
def test_closing_short_offers_the_reasons_of_the_kind(bench, qtbot, view, first) -> None:
    """The tail of the batch is a reason for a case on a line, not for a truck."""
    one = bench(replace(view, operator_role="supervisor"))
    press(qtbot, one, "f3")
    page, words = one.window.page, Words("en")
    assert [key for key, _ in page.choice._offered] == first
    press(qtbot, one, "1")
    assert one.station.commands == ["DONE:SHORTAGE"] and words("common.choice.NO-ROOM")


def test_opening_a_container_is_offered_where_goods_come_in(bench, qtbot) -> None:
    one = bench(RETURN)
    press(qtbot, one, "f4", "4")
    assert one.station.commands == ["CHECK"]
    two = bench(DOCK)
    press(qtbot, two, "f4")
    assert "CHECK" not in two.window.page.menu.tiles


# --- lists of documents --------------------------------------------------------------------------------------------
def test_documents_are_listed_with_kind_state_and_found_by_typing(bench, qtbot) -> None:
    one = bench(SHIPPING)
    one.shelf.papers = ROWS
    opened(qtbot, one, "choose")
    page = one.window.page
    page._ask()
    qtbot.waitUntil(lambda: len(page.rows.rows) == 42, timeout=60_000)
    assert "Sale" in page.rows.rows[2].note and "made here" in page.rows.rows[2].note
    assert "paused" in page.rows.rows[3].note and page.rows.pages > 4
    assert page.rows.sign == f"1 / {page.rows.pages}" and page.rows.row_height >= 64
    press(qtbot, one, "pagedown")
    assert page.rows.sign == f"2 / {page.rows.pages}"
    press(qtbot, one, "f3", "9", "0", "1", "7")
    qtbot.waitUntil(lambda: [row.title for row in page.rows.rows] == ["Store 17"], timeout=60_000)
    assert one.shelf.asked[-1] == "documents:out:9017"
    press(qtbot, one, "enter")
    assert one.station.commands == ["DOCUMENT:SO-9017"]
    press(qtbot, one, "escape")
    assert page.entry.isHidden() and len(page.rows.rows) == 42
    press(qtbot, one, "s")                       # a letter opens the line by itself
    assert page.entry.text == "s"


def test_another_document_for_the_truck(bench, qtbot) -> None:
    one = bench(DOCK)
    opened(qtbot, one, "also")
    assert [row.title for row in one.window.page.rows.rows] == ["Northern Wholesale Ltd"]     # not the one at hand
    press(qtbot, one, "1")
    assert one.station.commands == ["ALSO", "ALSO:SO-8842"]         # its number may be scanned, too
    told(qtbot, one, published(TRUCK, Outcome.COMMAND, Reason.DOCUMENT_JOINED, "", document="SO-8842", count=2))
    assert one.window.page.name == "dock"


def test_a_list_over_the_work_waits_for_a_scanned_number_until_it_is_left(bench, qtbot) -> None:
    one = bench(DOCK)
    opened(qtbot, one, "choose")
    asked = replace(DOCK, armed="document")
    told(qtbot, one, published(asked, Outcome.COMMAND, Reason.SCAN_WHICH, name="DOCUMENT", act="DOCUMENT"))
    assert one.window.page.name == "choose" and one.station.commands == ["DOCUMENT"]
    told(qtbot, one, published(asked, Outcome.WARNING, Reason.UNKNOWN_DOCUMENT, "X", document="X"))
    assert one.window.page.name == "choose"
    press(qtbot, one, "escape")
    assert one.station.commands == ["DOCUMENT", "CANCEL"] and one.window.page.name == "dock"
    opened(qtbot, one, "choose")
    told(qtbot, one, published(replace(asked, waiting_for=WaitingView("", "", CASE, "break")), Outcome.WARNING,
                               Reason.BREAK_PALLET, CASE, code=CASE, parent=SSCC, root=SSCC))
    assert one.window.page.name == "dock" and one.station.commands[2:] == ["DOCUMENT"]       # the question stands
    told(qtbot, one, published(DOCK, Outcome.COMMAND, Reason.CONFIRMED, by="li.na"))
    one.station.sent.clear()
    opened(qtbot, one, "choose")
    told(qtbot, one, published(asked, Outcome.COMMAND, Reason.SCAN_WHICH, name="DOCUMENT", act="DOCUMENT"))
    told(qtbot, one, published(DOCK, Outcome.ACCEPTED, Reason.SHIPPED, CASE, code=CASE))      # goods after all
    assert one.window.page.name == "dock" and one.station.commands == ["DOCUMENT"]


def test_a_document_of_which_nothing_was_delivered(bench, qtbot) -> None:
    one = bench(DOCK)
    opened(qtbot, one, "void_document")
    press(qtbot, one, "2", "2")
    assert one.station.commands == ["VOID-DOCUMENT:SO-8842:REFUSED"]


# --- a document written down here ----------------------------------------------------------------------------------
def choose_kind(qtbot, one, kind: str) -> None:
    page = one.window.page
    for _ in range(3):
        if page.way == KINDS[kind].direction:
            break
        press(qtbot, one, "right")
    for _ in range(page._values.index(kind)):
        press(qtbot, one, "down")
    press(qtbot, one, "enter")


@pytest.mark.parametrize("kind", [each.name for each in ALL_KINDS])
def test_every_kind_is_made_by_keys_alone(bench, qtbot, kind: str) -> None:
    one = bench(HOME)
    press(qtbot, one, "f11")
    assert one.window.page.name == "new_document"
    choose_kind(qtbot, one, kind)
    does, wanted_ = KINDS[kind], kind
    if does.roles:
        assert f"partners:{kind}" in one.shelf.asked
        press(qtbot, one, *"xujia", "enter")
        wanted_ += ":R-310104-2211"
    elif does.direction == "count":
        press(qtbot, one, "enter", "2")
        assert one.station.commands == [f"{kind}::BLIND".join(("NEW-DOCUMENT:", ""))]
        return
    if does.reasons:
        press(qtbot, one, "1")
        wanted_ += f"{'' if does.roles else ':'}:{does.reasons[0]}"
    asked = [f"NEW-DOCUMENT:{kind}"] if does.roles else []           # from then on a scan names the partner
    assert one.station.commands == [*asked, f"NEW-DOCUMENT:{wanted_}"]


def test_the_partner_is_found_by_name_number_and_territory(bench, qtbot) -> None:
    one = bench(DOCK)
    opened(qtbot, one, "new_document")
    choose_kind(qtbot, one, "sales_out")
    page = one.window.page
    for typed, found in (("5101", ["D-5101"]), ("s-0012", ["S-0012"]), ("华东", ["DC-07"]), ("zzz", [])):
        press(qtbot, one, *typed)
        assert list(page._values) == found, typed
        press(qtbot, one, "escape")
    press(qtbot, one, "f2")
    assert page.keyboard.isVisible()
    page.type("D-5")
    assert page._values == ("D-5101",)
    press(qtbot, one, "escape", "escape")
    assert page.step == "kind"


def test_another_receiver(bench, qtbot) -> None:
    one = bench(DOCK)
    opened(qtbot, one, "receiver")
    assert one.shelf.asked[-1] == "partners:ship"
    press(qtbot, one, *"D-51", "enter")
    assert one.station.commands == ["RECEIVER", "RECEIVER:D-5101"]


def test_of_several_documents_it_is_asked_whose_receiver_is_another_one(bench, qtbot) -> None:
    one = bench(TRUCK)
    opened(qtbot, one, "receiver")
    page = one.window.page
    assert [row.title for row in page.rows.rows] == ["SO-8841", "SO-8842", "SO-8843"] and page.entry.isHidden()
    press(qtbot, one, "2")
    assert one.station.commands == ["RECEIVER::SO-8842"] and not page.entry.isHidden()
    press(qtbot, one, *"D-51", "enter")
    assert one.station.commands[-1] == "RECEIVER:D-5101:SO-8842"
    press(qtbot, one, "escape", "escape")
    assert page.step == "document"


def test_a_scanned_partner_is_taken_and_the_reason_asked(bench, qtbot) -> None:
    one = bench(DOCK)
    opened(qtbot, one, "new_document")
    choose_kind(qtbot, one, "gift_out")
    page, asks = one.window.page, replace(DOCK, armed="new-document")
    told(qtbot, one, published(asks, Outcome.COMMAND, Reason.PARTNER_NEEDED, kind="gift_out"))
    told(qtbot, one, published(asks, Outcome.WARNING, Reason.NO_PARTNER, SSCC, code=SSCC))
    assert one.window.page is page                      # a wrong label does not lead away
    told(qtbot, one, published(asks, Outcome.COMMAND, Reason.REASON_NEEDED, "414…", name="NEW-DOCUMENT",
                               kind="gift_out", partner="D-5101"))
    assert page.choice.isVisible()
    press(qtbot, one, "1")
    assert one.station.commands[-1] == "NEW-DOCUMENT:gift_out:D-5101:PROMOTION"


def test_who_leaves_the_page_is_asked_for_no_partner_any_more(bench, qtbot) -> None:
    one = bench(DOCK)
    opened(qtbot, one, "receiver")
    told(qtbot, one, published(replace(DOCK, armed="receiver"), Outcome.COMMAND, Reason.PARTNER_NEEDED))
    press(qtbot, one, "escape")
    assert one.window.page.name == "dock" and one.station.commands == ["RECEIVER", "CANCEL"]


# --- looked up in the middle of it ---------------------------------------------------------------------------------
def test_a_look_up_lies_over_the_task_and_the_next_scan_goes_on(bench, qtbot) -> None:
    one = bench(DOCK)
    press(qtbot, one, "f5")
    assert one.station.commands == ["PEEK"]
    seen = replace(DOCK, lookup=CASE)
    told(qtbot, one, published(seen, Outcome.ACCEPTED, Reason.LOOKED_UP, CASE, code=CASE))
    assert one.window.page.name == "lookup" and one.window.place == "peek"
    qtbot.waitUntil(lambda: any("C0041" in text for text in one.window.page.facts.texts()), timeout=60_000)
    told(qtbot, one, published(seen, Outcome.ACCEPTED, Reason.SHIPPED, SSCC, code=SSCC))
    assert one.window.page.name == "dock"
    told(qtbot, one, published(seen, Outcome.ACCEPTED, Reason.LOOKED_UP, CASE, code=CASE))
    press(qtbot, one, "escape")
    assert one.window.page.name == "dock"


def test_an_event_is_declared_wrong_from_its_time_line(bench, qtbot) -> None:
    assert "F6" not in bench(LOOKUP).window.shell.bar.keys         # an operator may not
    one = bench(replace(LOOKUP, operator_role="supervisor"))
    page = one.window.page
    qtbot.waitUntil(lambda: len(page._events) == 4, timeout=60_000)
    press(qtbot, one, "f6", "down", "enter")
    assert page.choice.isVisible()
    press(qtbot, one, "1")
    assert one.station.commands == ["CORRECT:2:WRONG"]
    assert not page.timeline.choosable
    press(qtbot, one, "f6", "escape")
    assert not page.timeline.choosable


def test_where_the_window_goes_after_it_was_said() -> None:
    def after(place: str, view, reason: Reason, outcome: Outcome = Outcome.COMMAND) -> str:
        return place_after(place, DOCK, published(view, outcome, reason, "x"))

    assert after("also", DOCK, Reason.OTHER_KIND, Outcome.REJECTED) == ""
    assert after("also", DOCK, Reason.DOCUMENT_JOINED) == after("receiver", DOCK, Reason.RECEIVER_CHANGED) == ""
    assert after("choose", DOCK, Reason.DOCUMENT_OPENED) == ""
    assert after("void_document", DOCK, Reason.SECOND_PERSON, Outcome.WARNING) == "void_document"
    assert wanted(DOCK, "peek", False)[0] == "peek" and wanted(SHIPPING, "", False)[0] == "choose"


# --- the first page ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_page_has_a_tile_with_a_key_for_each_task(bench, qtbot, language, size) -> None:
    one = bench(HOME, language, size)
    tiles = one.window.page.tiles
    assert {"RECEIVE", "SHIP", "MOVE", "COUNT", "INSPECT", "STOCK", "AGE", "LOOKUP", "NEW-DOCUMENT"} <= set(tiles)
    for name, tile in tiles.items():
        assert tile.key and min(tile.width(), tile.height()) >= 64
        if name in BY_NAME and name != "NEW-DOCUMENT":
            assert tile.key in BY_NAME[name].keys, name
    for act in ("move", "count", "inspect"):
        held: Callable[[str], HumanKey] = lambda key: HumanKey(key, shift=True)  # noqa: E731
        one.window.press(held(BY_NAME[act.upper()].keys[0].removeprefix("Shift+").lower()))
    assert one.station.commands == ["MOVE", "COUNT", "INSPECT"]


def test_a_document_without_a_partner_says_none() -> None:
    view = DockView("X", "scrap_out", "", "open", ())
    assert view.partner == "" and Words("en", strict=True)("dock.note.out", document="X", partner="") == "X"


def test_a_server_that_does_not_answer_keeps_nobody_waiting(bench, qtbot) -> None:
    one, asked, answers = bench(HOME), threading.Event(), []
    one.bridge.ask("server", lambda: asked.wait(60), answers.append)
    one.bridge.ask("orders", one.shelf.orders, answers.append)
    qtbot.waitUntil(lambda: len(answers) == 1 and len(answers[0]) == 3, timeout=60_000)
    asked.set()
    qtbot.waitUntil(lambda: answers[1:] == [True], timeout=60_000)
