"""Age of goods (货龄): what has the shortest life left, how much of the stock that is, and where it stands."""
from __future__ import annotations

from collections.abc import Sequence

from app.ui.count import number
from app.ui.goods import SOON, GoodsPage
from app.ui.theme import INK, QUIET, RED, Tone
from app.ui.widgets import Row
from app.views import StockRow


class AgePage(GoodsPage):
    """Batches with the shortest life first; the bars are the goods by the life they have left."""

    name = "age"
    groups = ("lot", "age", "location", "product")
    other = "stock"
    figure_names = ("expired", "days_30", "units")

    def show_figures(self, units: int, objects: int, held: int) -> None:
        ages = {row.key: row.units for row in self.ages}
        expired, soon = ages.get("expired", 0), ages.get("days_30", 0)
        values = (expired, soon, units)
        tones = (Tone.BAD if expired else Tone.CALM, Tone.CARE if soon else Tone.CALM, Tone.CALM)
        for figure, value, tone in zip(self.figures, values, tones, strict=True):
            figure.set(number(value), self.share(value, units) if value != units else self.scope(), tone)

    def row(self, row: StockRow, most: int) -> Row:
        """A batch with the days it has left, and its share of the shelf life as a bar."""
        if self.here.group != "lot":
            return super().row(row, most)
        expired, soon = row.days is not None and row.days < 0, row.days is not None and row.days <= SOON
        lot = self.named("lot", row)         # first: a long name of the product may be cut
        title = f"{lot} · {row.product_name}" if self.here.where.product is None else lot
        note = self.words("stock.ui.batch", units=number(row.units), expiry=row.expiry)
        left = "" if row.days is None else self.words("stock.ui.days", days=row.days)
        share = None if row.share is None else round(row.share * 100)
        return Row(title, note, left, "", max(share or 0, 0), 100 if share is not None else 0,
                   icon="cross" if expired else "bang" if soon else "check" if row.days is not None else "",
                   colour=RED if expired else INK if soon else QUIET)

    def bars(self) -> tuple[list[tuple[str, Sequence[tuple[str, int]]]], int]:
        return (self.life(), -1) if self.here.group in ("lot", "age") else super().bars()
