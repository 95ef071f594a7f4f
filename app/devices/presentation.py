"""A camera's pictures as presentations: which picture is a case held up to be counted, and what the screen shows of it.

A folder's picture is a presentation each, also where nothing could be read on it. A live picture becomes one once the
readings of several frames agree (`app.vision.vote`), and only once; where the camera is triggered, only the picture
after a trigger is read. Knows no driver and decides nothing about codes.
"""
from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING

from app.devices.readers import Results
from app.devices.triggers import Answer
from app.devices.withheld import Withheld
from app.messages import Frame, Message, Seen
from drivers.base import Picture

if TYPE_CHECKING:
    import numpy as np

    from app.vision.reading import FrameReading
    from app.vision.single import Held
    from app.vision.vote import Vote

SHOW_EVERY_S = 1 / 12
SCALED = 8              # readings whose pixels a module tell how large the codes are
SURE = 3                # and how many of them are enough
JUDGED = 3              # pictures that are kept until their verdict is there


class Presentation:
    """`settle_frames` equal frames make a live presentation; 0: each picture is one. For the camera's own thread.

    With `single` it is one code that is held up, and it counts once as soon as it is read.
    With `answer` the camera is triggered: each reading goes there and makes no message of its own.
    """

    def __init__(self, source: str, read: Callable[[np.ndarray], FrameReading], mono: Callable[[], float],
                 show: Callable[[str, np.ndarray, Frame], None] | None, settle_frames: int, expected: int = 0,
                 answer: Callable[[Answer], None] | None = None, *, single: bool = False) -> None:
        self._source, self._read, self._mono, self._show = source, read, mono, show
        self._settle_frames = settle_frames
        self._answer, self._live = answer, settle_frames > 0
        self._shots: deque[tuple[int, float]] = deque()          # triggers that want a picture, and since when
        self._ready_s = 0.0                                      # when the newest picture was waited for
        self._single, self._expected = single, expected
        self._vote = self._begun()
        self.withheld = Withheld(mono, lies=self._vote is not None)
        self._watched = False
        self._unseen: tuple[np.ndarray, Frame] | None = None     # newest wins
        self._last: tuple[np.ndarray, Frame] | None = None
        self._shown_s = float("-inf")
        self._judged: deque[tuple[np.ndarray, Frame]] = deque(maxlen=JUDGED)
        self._scale: deque[float] = deque(maxlen=SCALED)
        self._scaled: FrameReading | None = None

    def frames(self, pictures: Results, at: datetime, mono: float) -> list[Message]:
        """The presentations that these pictures complete."""
        messages: list[Message] = []
        for picture in pictures:
            if not isinstance(picture, Picture):
                continue
            if self._answer is not None:
                self._triggered(picture.pixels, at, mono, self._answer)
                continue
            reading = self._read(picture.pixels)
            self._last = self._unseen = picture.pixels, self._frame(reading, at, mono)
            if self.withheld.holds(code.raw for code in reading.codes):
                self._vote = self._begun()               # what is shown afterwards is a presentation of its own
                continue
            presented = self._vote.add(reading) if self._vote else reading
            if presented is not None:
                counted = self._counted(self._frame(presented, at, mono))
                self._judged.append((picture.pixels, counted))
                messages.append(counted)
        self._ready_s = self._mono()
        return messages

    def use(self, read: Callable[[np.ndarray], FrameReading], expected: int) -> None:
        """From any thread: reads with this from the next picture on."""
        self._expected = expected
        self._vote = self._begun()
        self._read = read

    def _begun(self) -> Vote | Held | None:
        """What tells of a live camera's pictures when they are a presentation; None where each picture is one."""
        if self._single:
            from app.vision.single import Held
            return Held()
        if self._settle_frames and self._answer is None:
            from app.vision.vote import Vote
            return Vote(self._settle_frames, self._expected)
        return None

    @property
    def newest(self) -> np.ndarray | None:
        """From any thread: the last picture's pixels, never written to again."""
        last = self._last
        return last[0] if last else None

    def shoot(self, trigger: int, mono: float) -> None:
        """From any thread: the next picture that a live camera begins is this trigger's."""
        if self._live:
            self._shots.append((trigger, mono))

    def _triggered(self, pixels: np.ndarray, at: datetime, mono: float, answer: Callable[[Answer], None]) -> None:
        trigger = 0
        if self._live:
            # A picture that was on its way before the trigger may show what came before.
            if not self._shots or self._shots[0][1] > self._ready_s:
                self._last = self._unseen = pixels, Frame(self._source, (), at, mono, pixels.shape[1], pixels.shape[0])
                return
            trigger, _ = self._shots.popleft()
        if self.withheld.holds(()):                      # set up: no reading, so the trigger ends without one
            self._last = self._unseen = pixels, self._frame(self._read(pixels), at, mono)
            return
        frame = self._counted(self._frame(self._read(pixels), at, mono))
        self._last = self._unseen = pixels, replace(frame, trigger=trigger)
        self._judged.append((pixels, frame))
        answer(Answer(self._source, frame.seen, at, mono, frame.unread, frame.width, frame.height, trigger,
                      causes=frame.causes))

    def _counted(self, frame: Frame) -> Frame:
        """A picture with nothing on it at all is one place that was not read, so that the station counts it."""
        if frame.seen or frame.unread:
            return frame
        width, height = float(frame.width), float(frame.height)
        return replace(frame, unread=(((0.0, 0.0), (width, 0.0), (width, height), (0.0, height)),),
                       causes=("no_code",))

    @property
    def px_module(self) -> float:
        """Pixels a module of the codes read lately; 0 where not known."""
        return median(self._scale) if len(self._scale) >= SURE else 0.0

    def _frame(self, reading: FrameReading, at: datetime, mono: float) -> Frame:
        scale = [cell.px_module for cell in reading.cells if cell.code and cell.px_module]
        if scale and reading is not self._scaled:            # what the vote tells may be the reading itself
            self._scale.append(median(scale))
        self._scaled = reading
        seen = tuple(Seen(code.raw, code.aim, code.corners) for code in reading.codes)
        why = {cell.corners: str(cell.cause) for cell in reading.cells}
        return Frame(self._source, seen, at, mono, reading.width, reading.height, reading.unread,
                     causes=tuple(why.get(corners, "") for corners in reading.unread), single=self._single,
                     foreign=tuple(Seen(cell.code.raw, cell.code.aim, cell.corners) for cell in reading.cells
                                   if cell.code and cell.corners in reading.unread))

    def picture(self, frame: Frame) -> np.ndarray | None:
        """From any thread: the pixels that this frame was read from, None where newer pictures have come since."""
        places = {*frame.unread, *(seen.corners for seen in frame.seen)}
        return next((pixels for pixels, judged in reversed(list(self._judged))
                     if places & {*judged.unread, *(seen.corners for seen in judged.seen)}), None)

    def refresh(self) -> None:
        """Shows the newest picture where somebody watches and its turn has come."""
        if not self._watched or self._unseen is None or self._show is None:
            return
        now = self._mono()
        if now - self._shown_s >= SHOW_EVERY_S:
            (pixels, frame), self._unseen, self._shown_s = self._unseen, None, now
            self._show(self._source, pixels, frame)

    def watch(self, watched: bool) -> None:
        """From any thread: whether somebody looks. Who begins to look sees the last picture at once."""
        if watched and not self._watched:
            self._unseen = self._last
        self._watched = watched
