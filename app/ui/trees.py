"""What a rework act did: the containers before and after, side by side; what left and what came stand out.

Long lists of equal children are one line ("22 bottles"). Shows only, until the next scan.
"""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from app.domain.commands import BY_NAME
from app.messages import ReworkView
from app.ui import icons
from app.ui.count import number
from app.ui.ports import WordsLike
from app.ui.text import CENTRE, RIGHT, draw_text, short_code
from app.ui.theme import AMBER_WASH, BLUE, GROUND, INK, LINE, QUIET, RED, RED_WASH, SUNK, TEAL, TEAL_WASH, Look
from app.ui.widgets import Card, paint_card
from app.views import TreeNode

CONTAINERS_APART = 3         # so many untouched containers are named each; more of them are one line
CHANGED_APART = 4            # so many that left or came are named each
GROUNDS = {"left": (RED_WASH, RED), "came": (TEAL_WASH, TEAL), "changed": (AMBER_WASH, INK), "same": (SUNK, INK)}
SIGNS = {"left": "remove", "came": "confirm", "changed": "repeat"}


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of a tree. `kind`: "left" (gone in the other tree), "came", "changed" (another status), "same"."""

    depth: int
    text: str
    note: str = ""
    kind: str = "same"
    container: bool = False


Places = dict[tuple[str, str], TreeNode]       # (parent's EPC, own EPC) → the object there


def branches(words: WordsLike, trees: tuple[TreeNode, ...], others: tuple[TreeNode, ...], missing: str) -> list[Branch]:
    """The lines of `trees`. What is not at the same place in `others` is of the kind `missing`: "left" or "came".

    What stands on its own here and elsewhere there, or has another status now, has "changed".
    """
    look = _Compared(words, _places(trees), _places(others), missing)
    lines: list[Branch] = []
    for root in trees:
        look.add(root, "", 0, lines)
    return lines


def _standing(node: TreeNode) -> tuple[str, str, bool]:
    """What may change of an object that stays where it is."""
    return node.status, node.held, node.whole


def marks(words: WordsLike, node: TreeNode) -> str:
    """What is not as usual with an object: "on hold: Quality check · not whole"; "" where nothing is."""
    held = words("ui.tree.held", reason=words.word("common.choice", node.held)) if node.held else ""
    return " · ".join(each for each in (held, "" if node.whole else words("ui.tree.not_whole")) if each)


def _places(trees: tuple[TreeNode, ...], parent: str = "") -> Places:
    found: Places = {}
    for node in trees:
        found[parent, node.epc] = node
        found |= _places(node.children, node.epc)
    return found


class _Compared:
    """One tree, told beside the other one."""

    def __init__(self, words: WordsLike, here: Places, there: Places, missing: str) -> None:
        self._words, self._there, self._missing = words, there, missing
        self._elsewhere = {epc for _, epc in there}
        # Containers out of which or into which something went, and all that they are in.
        self._touched = {parent for parent, _ in here.keys() ^ there.keys() if parent}
        self._touched |= {epc for place, node in here.items() for epc in place
                          if place in there and _standing(there[place]) != _standing(node)}
        self._touched |= {epc for (_, epc), node in here.items() if node.held}
        inside = {epc: parent for parent, epc in here}
        for epc in list(self._touched):
            while epc := inside.get(epc, ""):
                self._touched.add(epc)

    def _kind(self, node: TreeNode, parent: str) -> str:
        other = self._there.get((parent, node.epc))
        if other is None:
            return "changed" if not parent and node.epc in self._elsewhere else self._missing
        return "same" if _standing(other) == _standing(node) else "changed"

    def add(self, node: TreeNode, parent: str, depth: int, lines: list[Branch]) -> None:
        """The node and what is in it; long lists of equals as one line."""
        kind = self._kind(node, parent)
        inside = len(node.children) + node.more
        note = marks(self._words, node) or (self._words.word("common.status", node.status) if kind == "changed" else "")
        lines.append(Branch(depth, f"{self._words.level(node.level)} {short_code(node.epc)}", note, kind, bool(inside)))
        kinds = {child.epc: self._kind(child, node.epc) for child in node.children}
        many = {kind for kind in set(kinds.values()) if list(kinds.values()).count(kind) > CHANGED_APART}
        whole = sum(bool(child.children or child.more) for child in node.children) <= CONTAINERS_APART
        alike: Counter[tuple[str, str]] = Counter()
        for child in node.children:
            own = kinds[child.epc]
            holds = bool(child.children or child.more)
            if child.epc in self._touched or (own != "same" and own not in many) or (holds and whole):
                self.add(child, node.epc, depth + 1, lines)
            else:
                alike[child.level, own] += 1
        if node.more:
            alike[node.children[0].level if node.children else "", "same"] += node.more
        for (level, own), count in alike.items():
            named = self._words("ui.rework.many", count=number(count), level=self._words.level(level) if level else "")
            lines.append(Branch(depth + 1, named.strip(), kind=own))


class ReworkPanel(Card):
    """Laid over a part of a page; never takes a touch away from what it leaves uncovered."""

    def __init__(self, look: Look, words: WordsLike, parent: QWidget) -> None:
        super().__init__(look, parent)
        self.words = words
        self.before: list[Branch] = []
        self.after: list[Branch] = []
        self._title = self._steps = self._icon = ""
        self.hide()

    def set(self, rework: ReworkView) -> None:
        words = self.words
        name = rework.act.upper()
        self._icon = BY_NAME[name].icon if name in BY_NAME else "repeat"
        self._title = words.word("common.command", name)
        self._steps = "  →  ".join(words.word("common.biz_step", step) for step in rework.steps)
        self.before = branches(words, rework.before, rework.after, "left")
        self.after = branches(words, rework.after, rework.before, "came")
        self.update()

    def texts(self) -> list[str]:
        """All that the panel says, for the tests."""
        return [self._title, self._steps, *(each.text for each in (*self.before, *self.after))]

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), GROUND)
        painter.end()
        super().paintEvent(event)
        painter = QPainter(self)
        look, pad = self.look, self.look.px(20)
        rect = self.rect().adjusted(pad, look.px(12), -pad, -pad)
        side = look.px(52)
        icons.draw(painter, self._icon, QRect(rect.x(), rect.y() + look.px(4), side, side), BLUE, 2.2)
        title = QRect(rect.x() + side + look.px(18), rect.y(), rect.width() - side - look.px(18), look.px(60))
        draw_text(painter, title, self._title, look.font(40, True), INK, fit=True)
        draw_text(painter, QRect(title.x() + title.width() * 36 // 100, title.y(), title.width() * 64 // 100,
                                 title.height()), self._steps, look.font(28, True), BLUE, RIGHT, fit=True)
        top = title.bottom() + look.px(8)
        gap = look.px(56)
        wide = (rect.width() - gap) // 2
        columns = (QRect(rect.x(), top, wide, rect.bottom() - top),
                   QRect(rect.x() + wide + gap, top, wide, rect.bottom() - top))
        for column, head, lines in ((columns[0], "ui.rework.before", self.before),
                                    (columns[1], "ui.rework.after", self.after)):
            self._paint_tree(painter, column, self.words(head), lines)
        arrow = QRect(columns[0].right() + look.px(6), rect.center().y() - look.px(22), look.px(44), look.px(44))
        icons.draw(painter, "next", arrow, BLUE, 3)
        painter.end()

    def _paint_tree(self, painter: QPainter, rect: QRect, head: str, lines: list[Branch]) -> None:
        look = self.look
        draw_text(painter, QRect(rect.x(), rect.y(), rect.width(), look.px(44)), head, look.font(30, True), QUIET)
        y, gap = rect.y() + look.px(50), look.px(6)
        room = rect.bottom() - y
        step = max(look.px(38), min(look.px(62), room // max(1, len(lines)) - gap))
        fits = max(1, (room + gap) // (step + gap))
        if not lines:
            draw_text(painter, QRect(rect.x(), y, rect.width(), room), self.words("ui.rework.nothing"), look.font(30),
                      QUIET, CENTRE, fit=True)
        kept = lines if len(lines) <= fits else _shortened(self.words, lines, fits)
        for line in kept:
            ground, ink = GROUNDS[line.kind]
            indent = line.depth * look.px(30)
            box = QRect(rect.x() + indent, y, rect.width() - indent, step)
            paint_card(painter, box, look, ground, LINE if line.kind == "same" else ink)
            sign = SIGNS.get(line.kind, "full" if line.container else "")
            inner = box.adjusted(look.px(14), 0, -look.px(12), 0)
            side = min(look.px(32), step - look.px(8))
            if sign:
                icons.draw(painter, sign, QRect(inner.x(), box.center().y() - side // 2, side, side),
                           ink if line.kind != "same" else QUIET, 2.6)
            inner.setLeft(inner.x() + side + look.px(12))
            painter.setFont(look.font(24))
            note_px = min(painter.fontMetrics().horizontalAdvance(line.note) + look.px(12), inner.width() * 58 // 100)
            draw_text(painter, inner.adjusted(0, 0, -note_px, 0), line.text, look.font(28, line.kind != "same"), ink,
                      fit=True)
            if line.note:
                draw_text(painter, QRect(inner.right() - note_px, inner.y(), note_px, inner.height()), line.note,
                          look.font(24), _note_ink(ink), RIGHT, fit=True)
            y += step + gap


def _note_ink(ink: QColor) -> QColor:
    return QUIET if ink == INK else ink


def _shortened(words: WordsLike, lines: list[Branch], fits: int) -> list[Branch]:
    """What has changed first, in the order of the tree, then as much of the rest as there is room for."""
    order = sorted(range(len(lines)), key=lambda at: (lines[at].kind == "same" and lines[at].depth > 0, at))
    kept = sorted(order[: fits - 1])
    left = len(lines) - len(kept)
    return [*(lines[at] for at in kept), Branch(0, words("ui.lookup.more", count=number(left)))]


