"""How the station looks: colours, type sizes, palette and the one small style sheet.

All sizes are pixels of a 1920×1080 screen; a `Look` scales them to the window. Colours carry state only: the ground
is grey, and teal, amber, red and blue each mean one thing (see `Tone`). Contrast is WCAG AA or better throughout.
"""
from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette

GROUND = QColor("#E4E8EB")
CARD = QColor("#FFFFFF")
SUNK = QColor("#F1F3F5")       # rows and wells on a card
LINE = QColor("#C6CDD3")
INK = QColor("#17212B")
QUIET = QColor("#53606C")      # second-rank text, 6.4:1 on a card
FAINT = QColor("#8A949E")      # ornaments only, never text
BAR = QColor("#1F2933")
BAR_INK = QColor("#F4F6F8")
BAR_QUIET = QColor("#A9B4BE")

TEAL = QColor("#006B5E")
AMBER = QColor("#FFB000")
RED = QColor("#A8001C")
BLUE = QColor("#005FB8")
WHITE = QColor("#FFFFFF")
BLACK = QColor("#000000")
TEAL_ON_BAR = QColor("#3CCFB8")
RED_ON_BAR = QColor("#FF8091")
TEAL_WASH = QColor("#D6EAE6")
AMBER_WASH = QColor("#FFEFC7")
RED_WASH = QColor("#F6DCE0")

DESIGN = QSize(1920, 1080)
TOUCH_PX = 64                  # smallest side of anything one touches, in real pixels: gloves do not scale
GAP_PX = 12
SMALLEST_TYPE_PX = 13

FAMILIES = ("Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "Microsoft YaHei UI", "Microsoft YaHei",
            "PingFang SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Noto Sans", "Segoe UI", "DejaVu Sans")


class Tone(Enum):
    """What a coloured ground means; each with the ink that reads on it."""

    CALM = (CARD, INK)
    GOOD = (TEAL, WHITE)
    CARE = (AMBER, BLACK)
    BAD = (RED, WHITE)
    ACT = (BLUE, WHITE)

    @property
    def ground(self) -> QColor:
        return self.value[0]

    @property
    def ink(self) -> QColor:
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Look:
    """Sizes and type for one window size. `scale` 1.0 is 1920×1080."""

    scale: float
    families: tuple[str, ...]

    def px(self, design_px: float) -> int:
        return max(1, round(design_px * self.scale))

    def touch(self, design_px: float = TOUCH_PX) -> int:
        """Side of a touch target: scales up and down, but never under 64 real pixels."""
        return max(TOUCH_PX, self.px(design_px))

    def font(self, design_px: float, bold: bool = False) -> QFont:
        font = QFont()
        font.setFamilies(list(self.families))
        font.setPixelSize(max(SMALLEST_TYPE_PX, self.px(design_px)))
        font.setBold(bold)
        font.setStyleStrategy(QFont.StyleStrategy.PreferAntialias)
        return font


def look_for(size: QSize) -> Look:
    """The look of a window of this size; steps of 1/50, so that a small resize changes nothing."""
    scale = min(size.width() / DESIGN.width(), size.height() / DESIGN.height())
    return Look(min(2.4, max(0.5, round(scale * 50) / 50)), known_families())


def known_families() -> tuple[str, ...]:
    """The fonts of our list that this machine has, best first; never empty."""
    there = set(QFontDatabase.families())
    return tuple(each for each in FAMILIES if each in there) or (QFont().defaultFamily(),)


def has_chinese() -> bool:
    """Whether any font here can write Chinese (a bare Linux shows empty boxes without one)."""
    return bool(QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese))


def palette() -> QPalette:
    """Light palette for Fusion, the same on every desktop."""
    made = QPalette()
    role = QPalette.ColorRole
    for part, colour in ((role.Window, GROUND), (role.Base, CARD), (role.AlternateBase, SUNK), (role.Button, CARD),
                         (role.WindowText, INK), (role.Text, INK), (role.ButtonText, INK), (role.BrightText, WHITE),
                         (role.Highlight, BLUE), (role.HighlightedText, WHITE), (role.Mid, LINE),
                         (role.PlaceholderText, QUIET)):
        made.setColor(part, colour)
    return made


STYLE = """
QLabel { background: transparent; padding: 0; margin: 0; }
QToolTip { border: 0; padding: 0; }
"""
