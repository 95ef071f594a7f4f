"""Text as ink: one font with Chinese, sizes by the height of what is seen, broken, narrowed and shrunk to its box."""
from __future__ import annotations

from functools import cache, lru_cache

from PIL import Image, ImageDraw, ImageFont

from app.fonts import chinese_font

SIZES = 6                        # tried from the wanted size to the smallest
LINE_GAP = 0.18                  # of the height of what is seen
DARK = 128
_PROBE = 200
_SAMPLE = ("1", "国")              # what is measured: a flat digit, a full Chinese character


def drawn(text: str, width: int, height: int, *, size: int, least: int, lines: int, narrow: float, align: str,
          bold: bool) -> Image.Image:
    """A white "L" image of width x height pixels with the text in black; `size` and `least` are pixels."""
    page = Image.new("L", (width, height), 255)
    if not text or width < 1 or height < 1:
        return page
    share, size, rows = _fitting(text, width, height, size=size, least=least, lines=lines, narrow=narrow)
    font, seen = _font(_points(size, _chinese(text))), size
    stroke = max(1, round(seen * 0.018)) if bold else 0
    top = 0
    for row in rows:
        ink = _row(row, font, stroke)
        if share < 1:
            ink = ink.resize((max(1, int(ink.width * share)), ink.height), Image.Resampling.LANCZOS)
        if ink.width > width:
            ink = ink.resize((width, ink.height), Image.Resampling.LANCZOS)
        left = {"left": 0, "center": (width - ink.width) // 2, "right": width - ink.width}[align]
        page.paste(ink, (left, top))
        top += round(seen * (1 + LINE_GAP))
    return page


def _fitting(text: str, width: int, height: int, *, size: int, least: int, lines: int, narrow: float
             ) -> tuple[float, int, list[str]]:
    """How narrow, how big and in which rows: the biggest that fits; else the smallest, ended with "…"."""
    chinese = _chinese(text)
    smallest = max(4, min(least, size))
    for step in range(SIZES):
        tried = round(size - (size - smallest) * step / (SIZES - 1))
        font = _font(_points(tried, chinese))
        room = max(1, min(lines, int((height / tried + LINE_GAP) / (1 + LINE_GAP))))
        for share in (1.0, (1 + narrow) / 2, narrow):
            rows = _broken(text, font, width / share)
            if len(rows) <= room:
                return share, tried, rows
        if size == smallest:
            break
    kept = rows[:room]
    while len(kept[-1]) > 1 and font.getlength(kept[-1] + "…") > width / narrow:
        kept[-1] = kept[-1][:-1]
    kept[-1] += "…"
    return narrow, tried, kept


def _broken(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Rows that fit, broken after a space or hyphen and beside Chinese characters, elsewhere only where it must."""
    rows, rest = [], text
    while rest:
        fits = len(rest)
        if font.getlength(rest) > width:
            low, fits = 1, len(rest) - 1
            while low < fits:
                middle = (low + fits + 1) // 2
                low, fits = (middle, fits) if font.getlength(rest[:middle]) <= width else (low, middle - 1)
            fits = next((at for at in range(fits, 0, -1) if _may_break(rest, at)), fits)
        rows.append(rest[:fits].strip())
        rest = rest[fits:].strip()
    return rows


def _may_break(text: str, at: int) -> bool:
    return text[at - 1] in " -" or text[at] == " " or text[at - 1] >= "\u2e80" or text[at] >= "\u2e80"


def _row(row: str, font: ImageFont.FreeTypeFont, stroke: int) -> Image.Image:
    """The row's ink, cut to it sideways; the height of a capital or a Chinese character is at the top."""
    left, _, right, _ = font.getbbox(row, stroke_width=stroke)
    above, below = _edges(font, _chinese(row))
    ink = Image.new("L", (max(1, int(right - left) + 1), max(1, below - above + stroke * 2)), 255)
    ImageDraw.Draw(ink).text((-left, stroke - above), row, font=font, fill=0, stroke_width=stroke)
    return ink


@lru_cache(maxsize=256)
def _edges(font: ImageFont.FreeTypeFont, chinese: bool) -> tuple[int, int]:
    """Upper edge of what is measured and lower edge of what hangs below the line, in pixels."""
    upper = font.getbbox(_SAMPLE[chinese])[1]
    return int(upper), int(font.getbbox("gjpq，()|国")[3]) + 1


def _chinese(text: str) -> bool:
    return any(each >= "\u2e80" for each in text)


@lru_cache(maxsize=256)
def _points(size: int, chinese: bool) -> int:
    """The font's size in pixels at which a digit, or a Chinese character, is `size` pixels high, or just over."""
    _, top, _, bottom = _font(_PROBE).getbbox(_SAMPLE[chinese])
    points = int(size * _PROBE / (bottom - top))
    while _height(points, chinese) < size:
        points += 1
    return points


def _height(points: int, chinese: bool) -> int:
    """How many dots are black from top to bottom; the grey edge of a letter is no dot."""
    ink = Image.new("L", (2 * points, 2 * points), 255)
    ImageDraw.Draw(ink).text((0, 0), _SAMPLE[chinese], font=_font(points), fill=0)
    _, top, _, bottom = ink.point(lambda grey: 255 * (grey < DARK)).getbbox() or (0, 0, 0, 0)
    return bottom - top


@lru_cache(maxsize=256)
def _font(points: int) -> ImageFont.FreeTypeFont:
    path, index = _path()
    return ImageFont.truetype(path, points, index, layout_engine=ImageFont.Layout.BASIC)


@cache
def _path() -> tuple[str, int]:
    font = chinese_font()
    return str(font.path), font.index
