"""The sampling check of a maker's pair file: both sides of some pieces are scanned; a wrong piece stops the reel.

The list of sets at the left, the piece in hand at the right. Scans go to the station, whose task this is; what it
found is read again after each of its answers.
"""
from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.people import RIGHTS, Right, Role
from app.domain.reasons import Outcome, Reason
from app.messages import Published
from app.ui.count import CountCard, number
from app.ui.notices import Notice
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.pages.sign_in import list_key
from app.ui.passing import is_passing
from app.ui.piece import Finding, PieceCard, Side
from app.ui.ports import HumanKey
from app.ui.text import plain_label, short_code
from app.ui.theme import BLUE, QUIET, RED, TEAL
from app.ui.verdicts import FACES
from app.ui.widgets import Card, Row, Rows
from app.views import PairSetRow

COLOURS = {"to_check": BLUE, "live": TEAL, "stopped": RED}
SIGNS = {"to_check": "scan", "live": "check", "stopped": "stop"}
WHOLE = (Reason.PAIR_RIGHT, Reason.PAIR_SEEN, Reason.PAIRS_RELEASED)     # the piece was read whole
FOUND = frozenset({*WHOLE, Reason.PAIR_MISMATCH, Reason.NOT_PAIRED, Reason.NO_PAIRS})


class PairsPage(Page):
    name = "pairs"
    works = True

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        look, words = self.look, self.words
        self.sets: Sequence[PairSetRow] = ()
        self._last: Published | None = None          # the finding that stands over the piece
        whole = QHBoxLayout(self)
        margin = look.px(20)
        whole.setContentsMargins(margin, margin, margin, margin)
        whole.setSpacing(look.px(16))
        self._list = Card(look)
        left = QVBoxLayout(self._list)
        left.setContentsMargins(margin, look.px(14), margin, margin)
        left.setSpacing(look.px(8))
        left.addWidget(plain_label(look, 32, words("ui.pairs.sets"), bold=True, colour=QUIET))
        self.rows = Rows(look, choosable=True, row_px=104, empty=words("ui.pairs.none"))
        self.rows.chosen.connect(self.choose)
        left.addWidget(self.rows, 1)
        whole.addWidget(self._list, 38)
        self.work = QWidget()
        right = QVBoxLayout(self.work)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(look.px(14))
        self.piece = PieceCard(look)
        right.addWidget(self.piece, 1)
        self.fault = Notice(look, "stop", "bad", 112)
        right.addWidget(self.fault)
        self.count = CountCard(look, 60)
        self.count.setFixedHeight(look.px(112))
        right.addWidget(self.count)
        whole.addWidget(self.work, 62)

    # --- what is there ------------------------------------------------------------------------------------------------
    @property
    def reel(self) -> PairSetRow | None:
        """The set that the station checks."""
        view = self.screen_of.shown().view
        return next((each for each in self.sets if view is not None and str(each.number) == view.subject), None)

    def opened(self) -> None:
        last = self.screen_of.shown().published
        if last is not None and last.verdict.reason in FOUND:
            self._last = last
        self.ask("pairs", self.screen_of.to.reader.pair_sets, self._show_sets)

    def _show_sets(self, sets: Sequence[PairSetRow]) -> None:
        self.sets = sets
        reel = self.reel
        if reel is not None:
            self.rows.at = [each.number for each in sets].index(reel.number)
        self.rows.set_rows([self._row(each) for each in sets])
        self._show_reel()
        self.screen_of.go("")

    def _row(self, each: PairSetRow) -> Row:
        words = self.words
        about = [words("ui.pairs.set", number=each.number), each.product or words.level(each.level),
                 words("ui.pairs.rows", count=number(each.rows))]
        done = f"{len(each.right)} / {each.wanted}" if each.wanted and each.state == "to_check" else ""
        return Row(each.file, " · ".join(part for part in about if part), words(f"ui.pairs.{each.state}"), done,
                   icon=SIGNS[each.state], colour=COLOURS[each.state])

    def show_state(self, shown: Shown) -> None:
        self._show_reel()

    def show_published(self, published: Published) -> None:
        """Every answer may have moved the check on."""
        if is_passing(published):
            return
        reason = published.verdict.reason
        if reason in FOUND:
            self._last = published
        elif published.codes or reason is Reason.CONFIRMED:
            self._last = None if published.verdict.outcome.good else self._last
        self.opened()

    # --- the piece in hand --------------------------------------------------------------------------------------------
    def _show_reel(self) -> None:
        reel, words = self.reel, self.words
        for widget in (self.count, self.fault):
            widget.hide()
        if reel is None:
            self.piece.set((), None, words("ui.pairs.choose" if self.sets else "ui.pairs.none_text"))
            return
        self.piece.set(self._sides(reel), self._finding())
        self.count.set(words("ui.pairs.right"), len(reel.right), reel.wanted, words(f"ui.pairs.{reel.state}"))
        self.count.setVisible(reel.state != "stopped")
        if reel.state == "stopped":
            self.fault.say(words("ui.pairs.wrong", from_row=number(reel.from_row) if reel.from_row else "",
                                 good_row=number(reel.good_row) if reel.good_row else ""),
                           words("ui.pairs.shift", by=f"{reel.shift:+d}".replace("-", "\u2212")) if reel.shift
                           else words("ui.pairs.more"))
            self.fault.show()

    def _finding(self) -> Finding | None:
        if self._last is None:
            return None
        verdict = self._last.verdict
        tone, icon = FACES[verdict.outcome]
        if verdict.reason is Reason.PAIRS_RELEASED:
            tone, icon = FACES[Outcome.COMPLETE]
        return Finding(tone, icon, self.words(f"ui.pairs.found.{verdict.reason}"))

    def _sides(self, reel: PairSetRow) -> tuple[Side, ...]:
        """Each code of the piece: as it is being read, else as the last piece was found."""
        words, half = self.words, dict(reel.half)
        data = self._last.verdict.data if self._last is not None else {}
        reason = self._last.verdict.reason if self._last is not None else None
        sides = []
        for role in reel.roles:
            word = words.word("common.code_role", role)
            if half:
                read = role in half
                sides.append(Side(word, short_code(half.get(role, "")), "read" if read else "wanted",
                                  "" if read else words("ui.pairs.scan_this")))
            elif reason is Reason.PAIR_MISMATCH:
                sides.append(self._wrong_side(word, role, dict(data)))
            elif reason in WHOLE:
                sides.append(Side(word, "", "read", words("ui.pairs.row", row=number(int(data.get("row", 0))))))
            else:
                sides.append(Side(word, "", "wanted", words("ui.pairs.scan_this")))
        return tuple(sides)

    def _wrong_side(self, word: str, role: str, data: dict[str, str | int]) -> Side:
        """Where this side of a wrong piece stands in the file; the side that the file does not have says so."""
        for own, row, code in (("role", "row", "code"), ("other_role", "other_row", "other")):
            if data.get(own) == role:
                return Side(word, short_code(str(data.get(code, ""))), "wrong",
                            self.words("ui.pairs.row", row=number(int(data.get(row) or 0))))
        code = "" if data.get("other_role") else short_code(str(data.get("other", "")))
        return Side(word, code, "wrong", "" if data.get("other_role") else self.words("ui.pairs.not_there"))

    def instruction(self, shown: Shown) -> str:
        reel, words = self.reel, self.words
        if reel is None:
            return words("ui.do.pairs" if self.sets else "ui.do.pairs_none")
        if reel.half:
            read = {role for role, _ in reel.half}
            wanted = [words.word("common.code_role", role) for role in reel.roles if role not in read]
            return words("ui.do.pairs_other", wanted=" · ".join(wanted))
        return words("ui.do.pairs_live" if reel.state == "live" and reel.wanted else
                     "ui.do.pairs_stopped" if reel.state == "stopped" else "ui.do.pairs_scan")

    # --- what is done -------------------------------------------------------------------------------------------------
    def choose(self, index: int) -> None:
        self.screen_of.act("PAIRS", str(self.sets[index].number))

    def bar(self) -> tuple[BarKey, ...]:
        keys = [self.bar_command("F6", "PACK", icon="pack")]
        if self.rows.pages > 1:
            keys += [BarKey("F2", self.words("ui.key.up"), lambda: self.rows.turn(-1), "previous"),
                     BarKey("F3", self.words("ui.key.down"), lambda: self.rows.turn(1), "next")]
        view = self.screen_of.shown().view
        role = view.operator_role if view else ""
        if self.reel is not None and role in tuple(Role) and Right.APPROVE in RIGHTS[Role(role)]:
            keys.append(self.bar_command("F4", "RECHECK", icon="repeat"))
        return tuple(keys)

    def press(self, key: HumanKey) -> bool:
        if key.text.isascii() and key.text.isdigit() and key.text != "0":
            return self.rows.choose_key(int(key.text))
        return key.key in ("up", "down", "pageup", "pagedown", "left", "right", "enter") and list_key(self.rows, key)
