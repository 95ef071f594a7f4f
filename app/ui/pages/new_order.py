"""A work order written down at the station: product, batch, dates, how many. Nothing here has the focus.

Up and down go from field to field, digits and letters are typed into the one that is chosen; F8 makes the order.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.domain.products import Name
from app.ui.entry import Keyboard
from app.ui.field import Field
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.ports import HumanKey
from app.ui.theme import GAP_PX, QUIET
from app.ui.widgets import Row, Rows
from app.views import NewOrder

FIELDS = ("product", "id", "lot", "produced", "expiry", "planned")
DATES = ("produced", "expiry")
LONGEST = {"id": 40, "lot": 20, "produced": 10, "expiry": 10, "planned": 9}
CALENDAR = "0123456789-"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was typed, as an order; `wrong` names the fields that do not do."""

    order: NewOrder
    wrong: tuple[str, ...]


def check(texts: dict[str, str]) -> Checked:
    """The typed texts as an order. Dates are ISO or empty, the number is at least 1."""
    wrong = [name for name in ("product", "id", "lot") if not texts[name].strip()]
    days: dict[str, date | None] = {}
    for name in DATES:
        try:
            days[name] = date.fromisoformat(texts[name]) if texts[name] else None
        except ValueError:
            wrong.append(name)
    produced, expiry = days.get("produced"), days.get("expiry")
    if produced and expiry and expiry < produced:
        wrong.append("expiry")
    planned = int(texts["planned"]) if texts["planned"].isascii() and texts["planned"].isdigit() else 0
    if planned < 1:
        wrong.append("planned")
    return Checked(NewOrder(texts["id"].strip(), texts["product"], texts["lot"].strip(), texts["produced"],
                            texts["expiry"], planned), tuple(wrong))


class NewOrderPage(Page):
    name = "new_order"

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        look = self.look
        self._products: tuple[tuple[str, Name], ...] = ()
        self._texts: dict[str, str] = screen.memory.setdefault("new_order", dict.fromkeys(FIELDS, ""))
        self._at, self._said = 0, ""
        self._wrong: tuple[str, ...] = ()
        self._is_sent = False
        columns = QHBoxLayout(self)
        margin = look.px(24)
        columns.setContentsMargins(margin, margin, margin, margin)
        columns.setSpacing(look.px(20))
        left = QVBoxLayout()
        left.setSpacing(GAP_PX)
        self.fields: dict[str, Field] = {}
        for at, name in enumerate(FIELDS):
            hint = self.words("ui.new_order.choose" if name == "product" else "ui.new_order.date_hint"
                              if name in DATES else "ui.new_order.type")
            self.fields[name] = Field(look, self.words(f"ui.new_order.{name}"), hint, partial(self.go_to, at))
            left.addWidget(self.fields[name], 1)
        columns.addLayout(left, 50)
        right = QVBoxLayout()
        self.products = Rows(look, choosable=True, row_px=84, empty=self.words("ui.new_order.no_products"))
        self.products.chosen.connect(self.choose_product)
        right.addWidget(self.products, 1)
        self.keyboard = Keyboard(look, self.type, self.erase, self.next_field, self.words("ui.key.enter"))
        right.addWidget(self.keyboard, 1)
        columns.addLayout(right, 50)
        self._show()

    @property
    def field(self) -> str:
        """The field that is being filled in."""
        return FIELDS[self._at]

    def opened(self) -> None:
        orders = self.screen_of.to.orders
        if orders is not None:
            self.ask("products", orders.products, self._show_products)

    def _show_products(self, products: Sequence[tuple[str, Name]]) -> None:
        self._products = tuple(products)
        self.products.set_rows([Row(self._name_of(id), id, icon="pack", colour=QUIET) for id, _ in self._products])
        self._show()

    def _name_of(self, id: str) -> str:
        name = next((name for each, name in self._products if each == id), {})
        return name.get(self.words.language) or next(iter(name.values()), id)

    def choose_product(self, index: int) -> None:
        self._texts["product"] = self._products[index][0]
        self.next_field()

    def go_to(self, at: int) -> None:
        self._at = at % len(FIELDS)
        self._show()

    def next_field(self) -> None:
        self.go_to(self._at + 1)

    def type(self, text: str) -> None:
        """Characters into the chosen field; dates get their dashes by themselves."""
        name = self.field
        if name == "product" or (name == "planned" and not text.isdigit()) or \
                (name in DATES and text not in CALENDAR):
            return
        now = self._texts[name] + (text if name in DATES else text.upper() if name == "id" else text)
        if name in DATES and text != "-" and len(now) in (5, 8) and "-" not in now[-2:]:
            now = f"{now[:-1]}-{text}"
        self._texts[name] = now[: LONGEST[name]]
        self._wrong = tuple(each for each in self._wrong if each != name)
        self._show()

    def erase(self) -> None:
        if self.field != "product":
            self._texts[self.field] = self._texts[self.field][:-1]
            self._show()

    def make(self) -> None:
        """Sends the order once; what is wrong is shown at its field."""
        checked, orders = check(self._texts), self.screen_of.to.orders
        self._wrong = checked.wrong
        if checked.wrong:
            self._said = self.words("ui.new_order.incomplete")
            self.go_to(FIELDS.index(checked.wrong[0]))
            self.screen_of.go("")
        elif orders is not None and not self._is_sent:
            self._is_sent = True
            self.screen_of.bridge.ask("new_order", lambda: _made(orders.new_order, checked.order), self._answered)

    def _answered(self, answer: tuple[str, str]) -> None:
        self._is_sent = False
        id, problem = answer
        if problem:
            key = f"ui.new_order.problem.{problem}"
            self._said = self.words(key) if self.words.has(key) else problem
            self.screen_of.go("")
            return
        self.screen_of.memory.pop("new_order", None)
        self.screen_of.act("ORDER", id)

    def _show(self) -> None:
        for at, (name, field) in enumerate(self.fields.items()):
            text = self._texts[name]
            field.show_text(self._name_of(text) if name == "product" and text else text, at == self._at,
                            name in self._wrong)
        self.products.setVisible(self.field == "product")
        self.keyboard.setVisible(self.field != "product")

    def instruction(self, shown: Shown) -> str:
        return self._said or self.words("ui.do.new_order")

    def bar(self) -> tuple[BarKey, ...]:
        return (BarKey("F8", self.words("ui.key.make_order"), self.make, "done"),)

    def press(self, key: HumanKey) -> bool:
        if key.key in ("up", "down", "tab"):
            if self.field == "product" and key.key != "tab" and len(self._products) > 1:
                self.products.step(-1 if key.key == "up" else 1)
            else:
                self.go_to(self._at + (-1 if key.key == "up" else 1))
        elif key.key == "enter":
            if self.field == "product" and self._products:
                self.products.choose_at()
            else:
                self.next_field()
        elif key.key == "backspace":
            self.erase()
        elif self.field == "product" and key.text.isascii() and key.text.isdigit():
            self.products.choose_key(int(key.text))
        elif key.text and key.text.isprintable() and not key.ctrl and not key.alt:
            self.type(key.text)
        else:
            return False
        return True


def _made(new_order: Callable[[NewOrder], str], order: NewOrder) -> tuple[str, str]:
    """(the order's id, "") or ("", what is wrong as a word)."""
    try:
        return new_order(order), ""
    except ValueError as error:
        return "", str(error)
