"""The stock: how much of what is where, as bars and a list; every number opens what is behind it."""
from __future__ import annotations

from app.ui.goods import GoodsPage
from app.ui.page import BarKey


class StockPage(GoodsPage):
    name = "stock"
    groups = ("product", "lot", "location", "status", "partner", "age")
    other = "age"

    def bar(self) -> tuple[BarKey, ...]:
        return (*super().bar(), BarKey("F9", self.words("unsettled.key.open"), lambda: self.screen_of.go("unsettled"),
                                       "clock"))
