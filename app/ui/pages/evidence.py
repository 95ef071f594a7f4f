"""The evidence of diverted goods: the cases, each with its codes and pictures, and a way to hand them over."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.people import told
from app.domain.warehouse.cases import SuspectView
from app.messages import Frame
from app.ui.count import number
from app.ui.diversion_stop import whom
from app.ui.entry import Entry
from app.ui.findings import FoundCard, PhotoCard
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.pages.sign_in import list_key
from app.ui.pictures import image_of
from app.ui.ports import HumanKey
from app.ui.text import plain_label, readable, short_code
from app.ui.theme import BLUE, INK, QUIET, RED
from app.ui.widgets import Row, Rows


class EvidencePage(Page):
    """The cases, newest first; the one chosen with its codes and pictures, and a way to hand it over."""

    name = "evidence"

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        look, words = self.look, self.words
        self._cases: Sequence[SuspectView] = ()
        self._live: object | None = None
        column = QVBoxLayout(self)
        margin = look.px(20)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(look.px(14))
        self.entry = Entry(look, words("diversion.page.file_hint"))
        self.entry.hide()
        column.addWidget(self.entry)
        body = QWidget()
        columns = QHBoxLayout(body)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(look.px(16))
        self.cases = Rows(look, choosable=True, row_px=96, empty=words("diversion.said.no_cases"))
        self.cases.chosen.connect(self._show)
        columns.addWidget(self.cases, 36)
        self.facts = FoundCard(look, words, words("diversion.said.no_cases"))
        columns.addWidget(self.facts, 40)
        right = QVBoxLayout()
        right.setSpacing(look.px(14))
        self.photo = PhotoCard(look, words("diversion.page.no_picture"))
        right.addWidget(self.photo, 1)
        self.said = plain_label(look, 26, wrap=True, colour=QUIET)
        right.addWidget(self.said)
        columns.addLayout(right, 34)
        column.addWidget(body, 1)

    def opened(self) -> None:
        ports = self.screen_of.to
        if ports.cameras:
            ports.devices.preview(ports.cameras[0])
        if ports.diversion is not None:
            self.ask("evidence", ports.diversion.suspects, self._listed)

    def closed(self) -> None:
        super().closed()
        self.screen_of.to.devices.preview("")

    def _listed(self, found: Sequence[SuspectView]) -> None:
        self._cases = found
        words = self.words
        self.cases.set_rows([Row(words.reason(each.finding, {}).title, f"{each.number}  {short_code(each.epc)}",
                                 words(f"diversion.state.{each.state}"), self._time(each.at),
                                 icon="cross" if each.state == "open" else "check",
                                 colour=RED if each.state == "open" else BLUE) for each in found])
        self._show(self.cases.at)

    def _time(self, iso: str) -> str:
        return f"{self.screen_of.local(datetime.fromisoformat(iso)):%m-%d %H:%M}" if iso else ""

    @property
    def chosen(self) -> SuspectView | None:
        return self._cases[self.cases.at] if self._cases else None

    def _show(self, index: int) -> None:
        words, case = self.words, self.chosen
        if case is None:
            self.facts.set("", "scan", INK, [])
            self.photo.set(QImage())
            return
        meant = " · ".join(filter(None, whom(words, case.expected_dealer, case.expected_name, case.expected_territory)))
        here = " · ".join(filter(None, whom(words, case.actual_dealer, case.actual_name, case.actual_territory, True)))
        freed = words("diversion.page.freed", by=told(case.released_by_name, case.released_by),
                      approver=told(case.approver_name, case.approver), at=self._time(case.released_at),
                      reason=words.word("common.choice", case.reason)) if case.state == "released" else ""
        self.facts.set(words.reason(case.finding, {}).title, "cross" if case.state == "open" else "check",
                       RED if case.state == "open" else BLUE, [
            (words("diversion.page.case"), case.number), (words("diversion.page.code"), readable(case.epc)),
            (words("diversion.page.expected"), meant), (words("diversion.page.actual"), here),
            (words("diversion.page.told_by"), words.word("common.decided_as", case.decided_as)),
            (words("diversion.page.rule_name"), case.rule),
            (words("diversion.page.place"), "  ".join(place for place, _ in case.elsewhere)),
            (words("diversion.page.together"), number(len(case.siblings)) if case.siblings else ""),
            (words("diversion.page.document"), case.document),
            (words("diversion.page.operator"), told(case.operator_name, case.operator)),
            (words("diversion.page.freed_by"), freed), (words("diversion.page.digest"), case.digest)])
        self.photo.set(QImage(case.pictures[-1]) if case.pictures else QImage())
        self.said.setText(words("diversion.page.pictures", count=len(case.pictures)) if case.pictures else "")

    def show_picture(self, pixels: object, frame: Frame | None) -> None:
        self._live = pixels
        case = self.chosen
        if case is not None and not case.pictures:
            self.photo.set(image_of(pixels).copy())

    # --- acts -----------------------------------------------------------------------------------------------------
    def photograph(self) -> None:
        """The camera's picture of this moment becomes part of the case."""
        port, case = self.screen_of.to.diversion, self.chosen
        if port is None or case is None:
            return
        if self._live is None:
            self.said.setText(self.words("diversion.page.no_camera"))
            return
        self.screen_of.bridge.ask("photograph", partial(port.photograph, case.number, self._live), self._kept)

    def choose_file(self) -> None:
        self.entry.setVisible(self.entry.isHidden() and self.chosen is not None)
        self.screen_of.go("")

    def enter(self) -> None:
        """The file that was typed or pasted is kept with the case."""
        port, case, text = self.screen_of.to.diversion, self.chosen, self.entry.text.strip().strip('"')
        if port is None or case is None or not text:
            return
        self.entry.clear()
        self.entry.hide()

        def attach() -> tuple[str, str]:
            try:
                return port.attach(case.number, text), ""
            except ValueError as error:
                return "", self.words(f"diversion.attach.{error}", file=text)
            except OSError as error:
                return "", self.words("diversion.page.no_file", file=text, problem=error.strerror or "")

        self.screen_of.bridge.ask("photograph", attach, self._attached)

    def _attached(self, answer: tuple[str, str]) -> None:
        if self.is_open and answer[1]:
            self.said.setText(answer[1])
        elif self.is_open:
            self._kept(answer[0])

    def _kept(self, _file: str) -> None:
        port = self.screen_of.to.diversion
        if self.is_open and port is not None:
            self.ask("evidence", port.suspects, self._listed)

    def export(self) -> None:
        port, case = self.screen_of.to.diversion, self.chosen
        if port is not None and case is not None:
            self.screen_of.bridge.ask("evidence", partial(port.export_evidence, case.number), self._exported)

    def _exported(self, file: str) -> None:
        if self.is_open:
            self.said.setText(self.words("diversion.page.exported", file=file))

    def bar(self) -> tuple[BarKey, ...]:
        words = self.words
        return (BarKey("F2", words("diversion.key.photo"), self.photograph, "camera"),
                BarKey("F3", words("diversion.key.file"), self.choose_file, "folder"),
                BarKey("F4", words("diversion.key.export"), self.export, "save"))

    def instruction(self, shown: Shown) -> str:
        return self.words("diversion.page.type_file" if not self.entry.isHidden() else "diversion.page.look")

    def press(self, key: HumanKey) -> bool:
        if not self.entry.isHidden():
            if key.ctrl and key.text in ("v", "V", "\x16"):
                self.entry.type(QGuiApplication.clipboard().text())
            elif key.key == "enter":
                self.enter()
            elif key.key == "escape":
                self.choose_file()
            else:
                return self.entry.press(key)
            return True
        if key.text.isascii() and key.text.isdigit() and key.text != "0":
            return self.cases.choose_key(int(key.text))
        moved = list_key(self.cases, key)
        if moved:
            self._show(self.cases.at)
        return moved
