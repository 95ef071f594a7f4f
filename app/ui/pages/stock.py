"""The stock: how much of what is where, as bars and a list; every number opens what is behind it."""
from __future__ import annotations

from app.ui.goods import GoodsPage


class StockPage(GoodsPage):
    name = "stock"
    groups = ("product", "lot", "location", "status", "partner", "age")
    other = "age"
