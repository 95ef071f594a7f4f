"""Help on the screen: resources/help/<language>/*.md as plain paragraphs, one topic at a time, page by page.

Of Markdown only what the files use is understood: # headings, - and 1. lists, paragraphs. Never rich text. What the
station may answer, and the table of commands, are written beneath their topics from the words that the screen uses.
It opens at the topic of the page it was called from, which is kept in the window's memory.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from importlib.resources import files

from PySide6.QtCore import QRect
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.domain.commands import INSTRUCTIONS, barcode
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.pages.sign_in import list_key
from app.ui.ports import HumanKey, WordsLike
from app.ui.text import LEFT, RIGHT, TOP, WRAP, draw_text
from app.ui.theme import BLUE, GAP_PX, INK, QUIET, Look
from app.ui.topics import answers
from app.ui.widgets import Button, Card, Row, Rows


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph. `kind`: "head", "text", or what stands before a list's item ("•", "1.")."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Topic:
    """`name` is the file's without its number, as app.ui.topics calls it."""

    title: str
    blocks: tuple[Block, ...]
    name: str = ""


def topics(language: str) -> tuple[Topic, ...]:
    """All help of a language, in the order of the files' names."""
    folder = files("resources") / "help" / language
    found = sorted((each for each in folder.iterdir() if each.name.endswith(".md")), key=lambda each: each.name)
    return tuple(replace(parse(each.read_text("utf-8")), name=each.name.removesuffix(".md").partition("-")[2])
                 for each in found)


def whole(words: WordsLike) -> tuple[Topic, ...]:
    """The topics with what the station says about each, and the commands, beneath them."""
    return tuple(replace(each, blocks=(*each.blocks, *_commands(words, each.name), *_said(words, each.name)))
                 for each in topics(words.language))


def _said(words: WordsLike, topic: str) -> tuple[Block, ...]:
    """Each answer with its reason and what to do, as the strip has it, without the particulars of one scan."""
    said = (words.reason(str(each), {}) for each in answers(topic))
    blocks = tuple(Block("•", words("ui.help.answer", title=each.title, text=each.text, todo=each.todo).rstrip())
                   for each in said)
    return (Block("head", words("ui.help.answers")), *blocks) if blocks else ()


def _commands(words: WordsLike, topic: str) -> tuple[Block, ...]:
    if topic != "commands":
        return ()
    blocks = (Block("•", words("ui.help.command", name=words.word("common.command", each.name),
                               keys=" / ".join(each.keys), code=barcode(each.name) if each.scannable else "",
                               does=words(f"common.command_does.{each.name}"))) for each in INSTRUCTIONS)
    return Block("head", words("ui.help.commands")), *blocks


def parse(markdown: str) -> Topic:
    """A file's first # line is its title."""
    title, blocks, running = "", [], False
    for line in markdown.splitlines():
        text = line.strip()
        first, _, rest = text.partition(" ")
        if not text:
            running = False
        elif first == "#":
            title = rest.strip()
        elif first in ("##", "###"):
            blocks.append(Block("head", rest.strip()))
            running = False
        elif first in ("-", "*") or (first[:-1].isdigit() and first.endswith(".")):
            blocks.append(Block("•" if first in ("-", "*") else first, rest.strip()))
            running = True
        elif running:
            # A list item or paragraph that goes on in the next line; Chinese needs no space between.
            last = blocks.pop()
            blank = " " if last.text[-1:].isascii() or text[:1].isascii() else ""
            blocks.append(Block(last.kind, f"{last.text}{blank}{text}"))
        else:
            blocks.append(Block("text", text))
            running = True
    return Topic(title, tuple(blocks))


class Reading(Card):
    """Paints blocks; keeps to whole blocks a page and tells how many pages that makes."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.topic = Topic("", ())
        self.page = 0

    def show_topic(self, topic: Topic) -> None:
        self.topic, self.page = topic, 0
        self.update()

    def turn(self, by: int) -> None:
        self.page = max(0, min(len(self.pages()) - 1, self.page + by))
        self.update()

    def pages(self) -> list[list[tuple[Block, QRect]]]:
        """Blocks with their places, page by page; a heading never stands alone at the foot."""
        pad, look = self.look.px(36), self.look
        top, bottom = pad + look.px(84), self.height() - pad
        made: list[list[tuple[Block, QRect]]] = [[]]
        y = top
        blocks = self.topic.blocks
        for at, block in enumerate(blocks):
            indent, width, high = self._size(block, pad)
            gap = look.px(26) if block.kind == "head" else look.px(14)
            follows = at + 1 < len(blocks) and block.kind == "head"
            kept = look.px(14) + self._size(blocks[at + 1], pad)[2] if follows else 0
            if made[-1] and y + gap + high + kept > bottom:
                made.append([])
                y = top
            y += gap if made[-1] else 0
            made[-1].append((block, QRect(pad + indent, y, width, high)))
            y += high
        return made

    def _size(self, block: Block, pad: int) -> tuple[int, int, int]:
        """How far in it begins, how wide and how high it is."""
        indent = 0 if block.kind in ("head", "text") else self.look.px(52)
        width = self.width() - 2 * pad - indent
        rect = QFontMetrics(self._font(block)).boundingRect(QRect(0, 0, width, 10_000), int(TOP) | WRAP, block.text)
        return indent, width, rect.height()

    def _font(self, block: Block) -> QFont:
        return self.look.font(36, True) if block.kind == "head" else self.look.font(31)

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        pad, look = self.look.px(36), self.look
        pages = self.pages()
        self.page = min(self.page, len(pages) - 1)
        head = QRect(pad, pad, self.width() - 2 * pad, look.px(64))
        draw_text(painter, head, self.topic.title, look.font(50, True), INK, LEFT, fit=True)
        for block, rect in pages[self.page]:
            painter.setFont(self._font(block))
            painter.setPen(INK)
            painter.drawText(rect, int(TOP) | WRAP, block.text)
            if block.kind not in ("head", "text"):
                draw_text(painter, QRect(rect.x() - look.px(52), rect.y(), look.px(48), look.px(46)), block.kind,
                          look.font(31, True), BLUE, LEFT)
        if len(pages) > 1:
            draw_text(painter, QRect(self.width() - pad - look.px(200), pad, look.px(200), look.px(64)),
                      f"{self.page + 1} / {len(pages)}", look.font(28), QUIET, RIGHT)
        painter.end()


class HelpPage(Page):
    name = "help"

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        look = self.look
        self._topics = whole(self.words)
        columns = QHBoxLayout(self)
        margin = look.px(20)
        columns.setContentsMargins(margin, margin, margin, margin)
        columns.setSpacing(look.px(16))
        self.list = Rows(look, choosable=True, row_px=64)
        self.list.set_rows([Row(each.title) for each in self._topics])
        self.list.chosen.connect(self.show_topic)
        columns.addWidget(self.list, 30)
        right = QVBoxLayout()
        right.setSpacing(GAP_PX)
        self.reading = Reading(look)
        right.addWidget(self.reading, 1)
        turn = QHBoxLayout()
        turn.setSpacing(GAP_PX)
        for icon, by in (("previous", -1), ("next", 1)):
            button = Button(look, "", icon=icon, style="pad", act=partial(self.turn, by))
            button.setFixedHeight(look.touch())
            turn.addWidget(button)
        right.addLayout(turn)
        columns.addLayout(right, 70)
        wanted = screen.memory.get("help", "")
        self.show_topic(next((at for at, each in enumerate(self._topics) if each.name == wanted), 0))

    def turn(self, by: int) -> None:
        """A page on or back; over the end of a topic into the next one."""
        if 0 <= self.reading.page + by < len(self.reading.pages()):
            self.reading.turn(by)
        elif 0 <= self.list.at + by < len(self._topics):
            self.show_topic(self.list.at + by)
            if by < 0:
                self.reading.turn(len(self.reading.pages()))

    def show_topic(self, index: int) -> None:
        self.list.step(index - self.list.at)
        self.reading.show_topic(self._topics[index])
        self.screen_of.memory["help"] = self._topics[index].name

    def instruction(self, shown: Shown) -> str:
        return self.words("ui.do.help")

    def bar(self) -> tuple[BarKey, ...]:
        return (BarKey("F3", self.words("ui.key.up"), lambda: self.turn(-1), "previous"),
                BarKey("F4", self.words("ui.key.down"), lambda: self.turn(1), "next"))

    def press(self, key: HumanKey) -> bool:
        if key.text.isascii() and key.text.isdigit() and key.text != "0":
            return self.list.choose_key(int(key.text))
        if key.key in ("pageup", "left", "pagedown", "right"):
            self.turn(-1 if key.key in ("pageup", "left") else 1)
            return True
        used = list_key(self.list, key)
        if used and key.key in ("up", "down"):
            self.show_topic(self.list.at)
        return used
