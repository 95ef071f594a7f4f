"""The queue on the packing page, and its guided re-alignment after a jam: mark what was taken off, probe, go on.

Arrow keys, typed places ("3-7") and touch mark the same places; Enter tells the station. The probe is a scan.
"""
from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.messages import QueueView
from app.ui.ports import HumanKey, WordsLike
from app.ui.queue_picture import QueuePicture
from app.ui.text import CENTRE, plain_label
from app.ui.theme import GAP_PX, Look
from app.ui.widgets import Button

RUNNING_PX, STOPPED_PX = 178, 236
LONGEST_TYPED = 7


class QueueStrip(QWidget):
    """`act(name, argument)` sends TAKEN-OUT with the numbers of the first and the last bottle, and ALIGNED."""

    def __init__(self, look: Look, words: WordsLike, act: Callable[[str, str], None]) -> None:
        super().__init__()
        self.look, self.words, self._act = look, words, act
        self._first = self._last = -1            # places that are marked; -1 none
        self._moves_last = True
        self._typed = ""
        self._by_hand = False                    # what is marked was marked here, not proposed by the station
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(10))
        self.picture = QueuePicture(look, words)
        self.picture.touched.connect(self._touched)
        column.addWidget(self.picture)
        self.controls = QWidget()
        line = QHBoxLayout(self.controls)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GAP_PX)
        self._keys = (
            Button(look, "", icon="previous", style="pad", size_px=40, act=lambda: self._move(1)),
            Button(look, "", icon="next", style="pad", size_px=40, act=lambda: self._move(-1)),
            Button(look, words("ui.queue.other_end"), icon="swap", size_px=28, act=self._turn))
        for button, wide in zip(self._keys, (96, 96, 250), strict=True):
            button.setFixedWidth(look.touch(wide))
            line.addWidget(button)
        self._told = plain_label(look, 32, bold=True, align=CENTRE, fit=True)
        line.addWidget(self._told, 1)
        self.take_out = Button(look, words("ui.queue.take_out"), icon="remove", size_px=30, style="strong",
                               act=self.send)
        self.take_out.setFixedWidth(look.touch(420))
        line.addWidget(self.take_out)
        self.controls.setFixedHeight(look.touch(76))
        column.addWidget(self.controls)
        self.controls.hide()
        self.hide()

    def set(self, queue: QueueView | None) -> None:
        """None: this line has no queue."""
        self.setVisible(queue is not None)
        if queue is None:
            return
        stopped = bool(queue.stopped)
        if len(queue.slots) != len(self.picture.queue.slots) or not stopped:
            self._clear()                        # what was marked is gone, or the belt runs
        self.picture.set(queue)
        if stopped and queue.step == "remove" and not self._by_hand:
            self._first, self._last = _together(queue)
        self.picture.setFixedHeight(self.look.px(STOPPED_PX if stopped else RUNNING_PX))
        self.controls.setVisible(stopped)
        self._show()

    @property
    def is_stopped(self) -> bool:
        return bool(self.picture.queue.stopped) and not self.isHidden()

    @property
    def marked(self) -> tuple[int, int] | None:
        """Places that are marked, the one nearer to the packer first."""
        if self._first < 0:
            return None
        return min(self._first, self._last), max(self._first, self._last)

    def send(self) -> None:
        """The marked bottles are off the belt."""
        marked, slots = self.marked, self.picture.queue.slots
        if marked is not None:
            self._act("TAKEN-OUT", f"{slots[marked[0]].number}-{slots[marked[1]].number}")
            self._clear()
            self._show()

    def press(self, key: HumanKey) -> bool:
        """Arrows, digits and Enter while the queue stands."""
        if not self.is_stopped or key.ctrl or key.alt:
            return False
        if key.key in ("left", "right"):
            self._move(1 if key.key == "left" else -1)
        elif key.key in ("up", "down", "tab", "space"):
            self._turn()
        elif key.key == "backspace" and self._typed:
            self._type(self._typed[:-1])
        elif key.text and key.text in "0123456789-" and not key.key:
            self._type((self._typed + key.text)[:LONGEST_TYPED])
        elif key.key == "enter" and self.marked is not None:
            self.send()
        elif key.key == "escape" and self.marked is not None:
            self._clear()
            self._show()
        else:
            return False
        return True

    def _type(self, text: str) -> None:
        """"3" or "3-7": places counted from the packer."""
        self._typed, self._by_hand = text, True
        ends = [int(each) - 1 for each in text.split("-") if each]
        count = len(self.picture.queue.slots)
        self._first = self._last = -1
        if ends and all(0 <= each < count for each in ends):
            self._first, self._last = ends[0], ends[-1]
        self._show()

    def _move(self, by: int) -> None:
        count = len(self.picture.queue.slots)
        if not count:
            return
        self._typed, self._by_hand = "", True
        if self._first < 0:
            self._first = self._last = 0
        elif self._moves_last:
            self._last = max(0, min(count - 1, self._last + by))
        else:
            self._first = max(0, min(count - 1, self._first + by))
        self._show()

    def _turn(self) -> None:
        self._moves_last = not self._moves_last
        self._show()

    def _touched(self, place: int) -> None:
        """The first touch marks one bottle, the next one stretches the mark to there."""
        if not self.is_stopped:
            return
        self._typed, self._by_hand = "", True
        if self._first < 0 or self._first != self._last:
            self._first = self._last = place
        else:
            self._last = place
        self._show()

    def instruction(self) -> str:
        """The next step of the way back, in one line."""
        queue = self.picture.queue
        places = {slot.number: at + 1 for at, slot in enumerate(queue.slots)}
        first, last = (places.get(number, 0) for number in (*queue.places, 0, 0)[:2])
        key = f"ui.queue.step_{queue.step}"
        if queue.step == "run" and not queue.count:
            key = "ui.queue.step_run_empty"
        return self.words(key, first=first, last=places.get(queue.places[-1], last) if queue.places else last,
                          count=queue.count) if queue.step else self.words("ui.do.queue_stopped")

    def _clear(self) -> None:
        self._by_hand = False
        self._first = self._last = -1
        self._typed, self._moves_last = "", True

    def _show(self) -> None:
        marked, words = self.marked, self.words
        self.picture.choose(marked)
        self.take_out.setEnabled(marked is not None)
        if marked is None:
            self._told.setText(self._typed or words("ui.queue.mark"))
        else:
            moved = words("ui.queue.far_end" if self._moves_last == (self._last >= self._first)
                          else "ui.queue.near_end")
            self._told.setText(words("ui.queue.marked", first=marked[0] + 1, last=marked[1] + 1,
                                     count=marked[1] - marked[0] + 1, end=moved))


def _together(queue: QueueView) -> tuple[int, int]:
    """Places of the first bottles that are to be taken out and stand side by side; (-1, -1) where there are none."""
    meant = [at for at, slot in enumerate(queue.slots) if slot.number in queue.places]
    if not meant:
        return -1, -1
    last = meant[0]
    while last + 1 in meant:
        last += 1
    return meant[0], last
