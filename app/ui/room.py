"""What is shown where not everything fits: the more urgent first. Nothing on a clerk's screen scrolls or overlaps."""
from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget


def fit(wanted: Sequence[tuple[QWidget, bool, int]], room: int, gap: int) -> None:
    """Shows those of the widgets that are wanted and still have room, in this order; hides the others.

    Each with whether it has anything to say and its least height in pixels; `gap` lies before each one.
    """
    for widget, says, height in wanted:
        shown = says and height + gap <= room
        if shown:
            room -= height + gap
        widget.setVisible(shown)
