"""One picture in, all its codes out: a pass over the whole frame beside a search where a code still must be.

Pure: arrays in, readings out. It never guesses: a place that no engine reads is told as unread, so that the window
can ring it. What the codes mean, and whether twice the same text is a fault, others decide.
"""
from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from app.vision import decoders, linear, rungs
from app.vision.cells import cells_of, to_ring
from app.vision.experience import Experience, Learnt
from app.vision.layer import Layer
from app.vision.reading import Corners, FrameReading, SeenCode
from app.vision.recipe import WHOLE, Recipe
from app.vision.search import Known, Search, commonest
from app.vision.tries import CROP, Engines, Spot, Wanted
from app.vision.whole import Whole

__all__ = ["Corners", "FrameReading", "Reader", "SeenCode"]

TIRED = 3                     # pictures of a layer without news, after which more are not looked for each time
THOROUGH = 4                  # every so many pictures of a layer also places that look empty are tried again
NEXT_S = 0.12                 # for what a picture of a layer left to the next: there will be more
WHOLE_AGAIN = 12              # every so many pictures of a layer the whole is looked at again
RAISED_PIXELS = 25_000_000    # no second pass over larger frames
AT_ONCE = 500_000             # pixels of a picture of one code that an engine has read before a search has begun
BLIND_PART = 0.5              # of the time, for bars in a picture of which nobody says that it holds codes
FILLED = 0.2                  # of a small picture: so much of codes, and it is a picture of these


class Reader:
    """Reads pictures of one recipe, and learns from each how to read the next faster. One object serves one thread.

    `budget_s`: no second try is begun later than this after the start. `learnt` is what an earlier reader of this
    recipe gave out. Raises VisionRefused when it is made.
    """

    def __init__(self, recipe: Recipe, engine: str = "zxing", budget_s: float = 0.4,
                 learnt: Learnt | None = None) -> None:
        self.recipe = replace(recipe, symbologies=decoders.known(recipe.symbologies))
        self.budget_s = budget_s
        self.engines = Engines(decoders.engine(engine))
        self.experience = Experience(self.recipe, self.engines.have, learnt)
        self._layer: Layer | None = None

    @property
    def learnt(self) -> Learnt:
        """For keeping with the recipe."""
        return self.experience.learnt()

    def read(self, pixels: np.ndarray) -> FrameReading:
        """A picture by itself. `pixels`: uint8, grey (H, W) or BGR (H, W, 3). Raises ValueError for anything else."""
        return self._reading(pixels, fresh=True)

    def follow(self, pixels: np.ndarray) -> FrameReading:
        """The next picture of a camera: of the codes that are still in it only the missing ones are looked for.

        What was read of this layer counts on as long as it looks the same; a new layer is read as by `read`.
        """
        return self._reading(pixels, fresh=False)

    def _reading(self, pixels: np.ndarray, *, fresh: bool) -> FrameReading:
        started = time.perf_counter()
        grey, left, top = self.region(grey_of(pixels))
        known = self._layer.followed(grey) if self._layer and not fresh else None
        search = self._searched(grey, started, known)
        kept = Known(search.codes, search.doubts, search.spots)
        if np.may_share_memory(grey, pixels):
            grey = grey.copy()               # the camera may write its next picture there
        if self._layer and known is not None:
            self._layer.take(grey, kept)
        else:
            self._layer = Layer(grey, kept)
        cells = cells_of(grey, search, self.recipe)
        rings = to_ring(cells, search.counted, self.recipe.expected)
        reading = FrameReading(tuple(search.codes), rings, cells=cells)
        height, width = pixels.shape[:2]
        return replace(shifted(reading, left, top), width=width, height=height,
                       ms=(time.perf_counter() - started) * 1000)

    def region(self, grey: np.ndarray) -> tuple[np.ndarray, int, int]:
        """The part of the picture that the recipe looks at, and where it begins."""
        if self.recipe.region == WHOLE:
            return grey, 0, 0
        height, width = grey.shape
        left, top = int(self.recipe.region[0] * width), int(self.recipe.region[1] * height)
        part = grey[top:top + max(1, round(self.recipe.region[3] * height)),
                    left:left + max(1, round(self.recipe.region[2] * width))]
        return (np.ascontiguousarray(part), left, top) if part.size else (grey, 0, 0)

    def _searched(self, grey: np.ndarray, started: float, known: Known | None) -> Search:
        """The codes of a picture; of a layer that is `known`, only what it still lacks is looked for."""
        budget_s = self.budget_s if known is None else min(self.budget_s, NEXT_S)
        search = Search(self.engines, grey, self.recipe, self.experience, started, budget_s, known or Known())
        if known is not None:
            search.check(known.unsure)
        if known is None:
            self._look(grey, search, started)
            self.experience.saw(commonest(search.codes))
        elif self._lacks(search):
            search.hasty = bool(self._layer.pictures % THOROUGH)
            search.placed = search.hasty and self._layer.quiet > 0
            self._bars(grey, search, started)
            search.run()
            if not search.complete and not self._layer.pictures % WHOLE_AGAIN:
                search.add(Whole(self.engines.first, grey, self.recipe.symbologies, self.recipe.dark,
                                 started + self.budget_s).codes())
        else:
            search.rest()
        if search.lattice is None:
            search.rest()
        search.settle()
        return search

    def _lacks(self, search: Search) -> bool:
        """Whether it is worth looking for more in the next picture of a layer."""
        if self.recipe.expected:
            return not search.complete
        return self._layer.quiet < TIRED or not self._layer.pictures % WHOLE_AGAIN

    def _look(self, grey: np.ndarray, search: Search, started: float) -> None:
        """A picture of which nothing is known: the engine's pass over the whole beside the search by places."""
        recipe, experience = self.recipe, self.experience
        experience.begin()
        whole = Whole(self.engines.first, grey, recipe.symbologies, recipe.dark, started + self.budget_s)
        if recipe.expected <= 1 and grey.size < AT_ONCE:
            search.add(whole.codes())
            if recipe.expected:
                self._at_once(grey, search)
            if search.complete or not recipe.expected and covered(search.codes) > FILLED * grey.size:
                return
        if not experience.alone:
            whole.start()
        if recipe.expected:
            search.glance()
        if search.codes and experience.alone and not search.complete:
            whole.start()
            search.run(enough=whole.ready)
        if search.complete:
            experience.alone = True
            whole.stop()
            return
        whole.start()
        self._bars(grey, search, started)
        if search.complete:
            whole.stop()
            return
        before = len(search.codes)
        search.add(whole.codes())
        experience.alone = len(search.codes) == before
        matrix = tuple(name for name in recipe.symbologies if name in decoders.MATRIX)
        self._bars(grey, search, started, everywhere=False)
        if matrix:
            if search.blind and grey.size <= RAISED_PIXELS and not search.done:
                again = Whole(self.engines.first, rungs.raised(grey), matrix, recipe.dark, started + self.budget_s)
                search.add([replace(code, rung="raised") for code in again.codes()])
            search.run()

    def _bars(self, grey: np.ndarray, search: Search, started: float, *, everywhere: bool = True) -> None:
        """Linear codes, beside the pass over the frame; afterwards those that it alone has read once more."""
        known = [*search.codes, *search.doubts]
        kinds = self.recipe.symbologies if everywhere else [code.symbology for code in search.doubts]
        wanted = any(kind in decoders.LINEAR for kind in kinds)
        part = 1.0 if self.recipe.expected or known else BLIND_PART
        left_s = started + part * self.budget_s - time.perf_counter()
        if wanted and not search.complete and left_s > 0:
            search.add(linear.read(grey, self.engines.first, self.recipe.symbologies, known, left_s,
                                   self.engines.second, everywhere))

    def _at_once(self, grey: np.ndarray, search: Search) -> None:
        """The cheap rungs on a small picture as a whole: a code that fills it is no place in it."""
        matrix = tuple(name for name in self.recipe.symbologies if name in decoders.MATRIX)
        height, width = grey.shape
        spot = Spot((width / 2, height / 2), max(grey.shape) / 2 / CROP, 1.0)
        wanted = Wanted(matrix, dark=self.recipe.dark)
        for rung in rungs.ladder(matrix) if matrix else ():
            if search.done:
                return
            if not rung.engine:
                search.add(self.engines.attempt(grey, wanted, spot, rung).codes)


def covered(codes: Sequence[SeenCode]) -> float:
    """Pixels that the codes take up."""
    return sum(cv2.contourArea(np.float32(code.corners)) for code in codes)


def shifted(reading: FrameReading, left: int, top: int) -> FrameReading:
    """The reading of a part of a picture, in pixels of the whole."""
    if not left and not top:
        return reading

    def moved(corners: Corners) -> Corners:
        return tuple((x + left, y + top) for x, y in corners)          # type: ignore[return-value]

    def code(one: SeenCode) -> SeenCode:
        return replace(one, corners=moved(one.corners))
    return replace(
        reading, codes=tuple(code(one) for one in reading.codes), unread=tuple(moved(one) for one in reading.unread),
        cells=tuple(replace(cell, corners=moved(cell.corners), code=cell.code and code(cell.code))
                    for cell in reading.cells))


def grey_of(pixels: np.ndarray) -> np.ndarray:
    """Colour costs the engines twice the time and tells them nothing. Raises ValueError for what is no picture."""
    if pixels.dtype == np.uint8 and pixels.size:
        if pixels.ndim == 2:
            return np.ascontiguousarray(pixels)
        if pixels.ndim == 3 and pixels.shape[2] == 3:
            return cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    raise ValueError(f"picture of shape {pixels.shape} and type {pixels.dtype}; expected uint8 (H, W) or (H, W, 3)")
