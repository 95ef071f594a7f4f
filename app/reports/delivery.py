"""The delivery note: who sends what to whom, line by line, and every object with its code to be scanned. A4, PDF."""
from __future__ import annotations

from app.domain.commands import barcode, parsed
from app.domain.warehouse.kinds import Direction
from app.fonts import Font
from app.reports import symbols
from app.reports.pages import ACCENT, BOTTOM, INNER, LINE, MARGIN, QUIET, RED, WIDE, Cell, Pages
from app.reports.papers import Said
from app.store.paper_view import PaperObject

CODE = 22.0                  # mm of the document's own codes, at the top of the first page
SYMBOL, ROW, PLAIN_ROW = 10.5, 11.5, 5.2
MOST_SYMBOLS, MOST_OBJECTS = 200, 3_000
LINE_WIDTHS = (9, 32, 55, 24, 21, 21, 20)
OBJECT_WIDTHS = (10, 13, 13, 60, 24, 24, 13, 25)


class Note(Pages):
    def __init__(self, said: Said, font: Font) -> None:
        super().__init__(said.title(), font, INNER - 2 * CODE - 10)
        self.said, self.words = said, said.words

    def draw(self) -> bytes:
        said, told = self.said, self.said.told
        low = self._codes()
        self.facts(said.facts(), INNER - 2 * CODE - 10, columns=1)
        self.y = max(self.y, low)
        if told.wanted:
            even = told.done == told.wanted
            self.band(self.words("document.note.even" if even else "document.note.apart", done=f"{told.done:,}",
                                 wanted=f"{told.wanted:,}"), ACCENT if even else RED)
        self.room = INNER
        if told.lines:
            self.head(self.words("document.sheet.lines"))
            self.table(said.line_heading(), LINE_WIDTHS, said.lines(), PLAIN_ROW, red=6)
        if told.objects:
            self.head(f"{self.words('document.sheet.objects')} ({len(told.objects):,})")
            self._objects()
        out = told.document.does.direction is Direction.OUT
        who = ("issued_by", "carrier", "received_by") if out else ("carrier", "received_by", "checked_by")
        self.signatures([self.words(f"document.note.{each}") for each in who], self.words("order.report.sign_name"),
                        self.words("order.report.sign_date"))
        self.feet(lambda page, pages: self.words("document.note.foot", document=told.document.id, station=said.station,
                                                 at=said.at(said.now), page=page, pages=pages))
        return bytes(self.pdf.output())

    def _codes(self) -> float:
        """The document's own codes, right at the top; gives how far down they reach."""
        document, partner = self.said.told.document, self.said.told.partner
        x, low = WIDE - MARGIN, self.y
        key = symbols.document_key(self.said.gln, document.id)
        more = (("410", partner.gln),) if partner and document.does.away else ()
        asked = barcode("DOCUMENT", document.id)
        codes = [("document.note.gs1", "", (("253", key), *more) if key else (), f"(253){key}"),
                 ("document.note.station", asked if parsed(asked) == ("DOCUMENT", document.id) else "", (), "")]
        for caption, text, pairs, under in codes:
            dark = symbols.modules(text, pairs) if text or pairs else None
            if dark is None:
                continue
            x -= CODE
            symbols.draw(self.pdf, dark, x, MARGIN, CODE)
            self.text(x + 1, MARGIN + CODE + 2.6, self.words(caption), 6.5, QUIET, CODE - 2)
            if under:                # a line of its own under both
                self.text(x - CODE - 2, MARGIN + CODE + 5.6, under, 6.5, QUIET, 2 * CODE + 1)
            low, x = MARGIN + CODE + 8, x - 3
        return low

    def _objects(self) -> None:
        keys = ("level", "code", "product", "lot", "units", "at")
        heading = ["#", "", *(self.words(f"document.column.{key}") for key in keys)]
        self.heading(heading, OBJECT_WIDTHS)
        for number, each in enumerate(self.said.told.objects[:MOST_OBJECTS], 1):
            high = ROW if number <= MOST_SYMBOLS else PLAIN_ROW
            if self.y + high > BOTTOM:
                self.page()
                self.heading(heading, OBJECT_WIDTHS)
            self._object(number, each, high)
        left = len(self.said.told.objects) - MOST_OBJECTS
        if left > 0:
            self.more(self.words("document.note.more", count=left))

    def _object(self, number: int, each: PaperObject, high: float) -> None:
        if high == ROW:
            pairs = symbols.elements(each.epc)
            dark = symbols.modules("" if pairs else each.epc, pairs)
            if dark is not None:
                symbols.draw(self.pdf, dark, MARGIN + OBJECT_WIDTHS[0] + 1, self.y + 0.5, SYMBOL)
        lot = " · ".join(filter(None, (each.lot, each.expiry)))
        goods = each.product or ", ".join(dict.fromkeys(filter(None, map(self.said.product, each.units))))
        cells: list[Cell] = [number, "", self.said.level(each.level), symbols.readable(each.epc), goods, lot,
                             sum(each.units.values()), self.said.at(each.at)]
        self.cells(cells, OBJECT_WIDTHS, high if high == PLAIN_ROW else high - 3.2)
        self.pdf.set_draw_color(*LINE)
        self.pdf.set_line_width(0.15)
        self.pdf.line(MARGIN, self.y + high, WIDE - MARGIN, self.y + high)
        self.y += high
