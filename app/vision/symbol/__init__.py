"""Our own decoder of Data Matrix and QR codes whose place and size are about known: grid fit, soft modules, erasures.

For what the engines give up on: faint, blurred, damaged and etched symbols. It finds nothing by itself on a whole
frame and never guesses: what it gives out is proven by the check words (see solomon.py), drawn anew and then read by an
engine.
"""
from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np
import zxingcpp

from app.vision.reading import Corners, Point, SeenCode
from app.vision.symbol import datamatrix, finders, fit, locate, nearest, qr, sides, soften, solomon

Size = tuple[int, int]
KINDS = {"DataMatrix": (datamatrix, sides.frames), "QRCode": (qr, finders.frames)}
FITS = 0.62              # agreement of a frame with its drawing below which it is none
SHARP = 6.0              # pixels a module beyond which a picture is reduced first
CLOSE = 0.8              # from which on a fit is worth all care
SETTLED = 0.88           # and above which no better place for it will be found
WHOLE = 0.93             # below which a part of the frame may be lost to dirt and pull the grid astray
MAIMED = 0.9             # what the frame must agree without that part
LIKELIEST = 2            # lists of guesses for which that is tried
SMALLEST = 8.0           # pixels: no symbol shows its modules below that
ROUNDS = 3               # times that the grid is laid anew on the modules as they were read
ENOUGH = 3.2             # pixels a module for laying the grid
_QUICKLY = partial(solomon.mend, tries=2)        # in all rounds but the last


@dataclass(frozen=True, slots=True)
class Attempt:
    """One grid laid on one picture, read or not. `soft` of several pictures of one symbol can be summed and decoded."""

    symbology: str
    size: Size
    homography: np.ndarray       # float64 (3, 3): modules (x right, y down) to pixels of the picture
    soft: np.ndarray             # float32 (rows, columns), log-likelihood of dark
    agreement: float             # 0 … 1, of the symbol's known part
    dark: bool                   # dark modules on light
    px_module: float
    code: SeenCode | None = None
    erased: int = 0              # words that were guessed

    @property
    def corners(self) -> Corners:
        return _corners(self.homography, self.size)


def read(grey: np.ndarray, place: Corners, symbology: str, sizes: tuple[Size, ...] = (), dark: bool | None = None,
         patience: int = 9, until: float = math.inf) -> Attempt | None:
    """The best attempt at the symbol that lies about at `place`; its `code` is None where it stays unread.

    grey uint8 (H, W), a frame or a cut-out; `place` are corners in any order round the symbol, wrong by up to a quarter
    of its side in place and 15 % in size, turned anyhow. `sizes` (rows, columns) are tried side by side; none: the
    likely ones. `dark` True: dark modules on light only, None: either. `symbology` is one of KINDS. None where nothing
    like the symbol is there. `patience` 1 tries only what is likeliest of each size, in a third of the time. Nothing
    more is tried after `until` (time.perf_counter). The code is `doubtful` where chance could have made it once in a
    million times, or more than half of the check words were erased.
    """
    middle = np.mean(np.float64(place), axis=0)
    edges = [math.dist(place[i], place[i - 1]) for i in range(4)]
    side = max((edges[0] + edges[2]) / 2, (edges[1] + edges[3]) / 2)
    kind, _ = KINDS[symbology]
    if not SMALLEST <= side <= 2 * max(grey.shape):       # also where a corner is no number
        return None
    tries = [_tries(grey, (float(middle[0]), float(middle[1])), side, symbology, size, dark, behind, until)
             for size in sizes or kind.LIKELY
             for behind in ((False, True) if size[0] != size[1] else (False,))]   # a square from behind looks the same
    best: Attempt | None = None
    several = len(tries) > 1                          # then one that fits well may be of another size
    for turn in range(patience):                      # the next best guess at every size before the third at any
        for each in list(tries):
            attempt = next(each, None) if time.perf_counter() < until else None
            if attempt is None:
                tries.remove(each)
            elif attempt.code:
                return attempt
            elif attempt.agreement > (best.agreement if best else 0):
                best = attempt
        if best and best.agreement > SETTLED and (turn or not several):
            break                                     # no better grid will be found; the modules themselves are lost
    return best if best and best.agreement >= FITS else None


def _tries(grey: np.ndarray, middle: Point, side: float, symbology: str, size: Size, dark: bool | None, behind: bool,
           until: float) -> Iterator[Attempt]:
    """Attempts at one size, each the best of a list of guesses; the agreement tells whether there was any."""
    kind, seek = KINDS[symbology]
    reach = 1.15 * side + 4
    x, y = max(0, int(middle[0] - reach)), max(0, int(middle[1] - reach))
    cut = grey[y:max(0, int(middle[1] + reach)) + 1, x:max(0, int(middle[0] + reach)) + 1]
    if min(cut.shape) < max(10, 0.5 * side):
        return
    shrink = min(1.0, SHARP * max(size) / side)
    if shrink < 1:
        cut = cv2.resize(cut, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    to_cut = _scaling(shrink) @ np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1.0]])
    reduce = min(1.0, ENOUGH * max(size) / (side * shrink))
    small = cv2.resize(cut, None, fx=reduce, fy=reduce, interpolation=cv2.INTER_AREA) if reduce < 1 else cut
    to_small = _scaling(reduce)
    centre = cv2.perspectiveTransform(np.array([[middle]]), to_small @ to_cut)[0, 0]
    near = side * shrink * reduce
    flat = locate.flattened(small, near / max(size))
    known = kind.mirrored(kind.frame(size)) if behind else kind.frame(size)
    parts = [kind.mirrored(part) for part in kind.parts(size)] if behind else kind.parts(size)
    back = np.linalg.inv(to_cut)

    def attempt(laid: _Laid, rounds: int) -> Attempt:
        made = _read_out(cut, flat if laid.dark else -flat, to_small, laid, symbology, size, rounds)
        made = replace(made, homography=back @ made.homography, agreement=laid.agree, px_module=made.px_module / shrink)
        return replace(made, code=replace(made.code, corners=made.corners)) if made.code else made

    glanced: _Laid | None = None                                      # the best that was not read with all care
    lists = locate.search(seek, flat, (float(centre[0]), float(centre[1])), near, known.shape, dark)
    for number, guesses in enumerate(lists):
        best: Attempt | None = None
        for laid in _fits(flat, guesses, known, parts if number < LIKELIEST else (), kind.LOST):
            careful = laid.agree >= CLOSE
            made = attempt(laid, ROUNDS if careful else 1)
            if best is None or made.code:
                best = made
            if made.code or time.perf_counter() > until:
                break
            if not careful and (glanced is None or laid.agree > glanced.agree):
                glanced = laid
        yield best or Attempt(symbology, size, np.eye(3), np.zeros(size, np.float32), 0.0, True, 0.0)
    if glanced and time.perf_counter() < until:
        yield attempt(glanced, ROUNDS)


@dataclass(frozen=True, slots=True)
class _Laid:
    """A grid laid on a picture: `grid` to its pixels, by what is `known`; `agree` tells how well."""

    dark: bool                   # dark modules on light
    grid: np.ndarray
    agree: float
    known: np.ndarray


def _fits(flat: np.ndarray, guesses: list[locate.Guess], known: np.ndarray, parts: Sequence[np.ndarray],
          below: float) -> Iterator[_Laid]:
    """Guesses that fit: very good ones at once, the best if good, then one that would fit without a part of its frame,
    then the others."""
    waiting: list[_Laid] = []
    astray: list[tuple[_Laid, locate.Guess]] = []
    for guess in guesses:
        laid = _laid(flat, guess, known)
        if laid.agree >= SETTLED:
            yield laid
        elif laid.agree >= FITS:
            waiting.append(laid)
        if laid.agree < WHOLE:
            astray.append((laid, guess))
    waiting.sort(key=lambda each: -each.agree)
    if waiting and waiting[0].agree >= CLOSE:
        yield waiting.pop(0)
    if maimed := _maimed(flat, astray, parts, below):
        yield maimed
    yield from waiting


def _maimed(flat: np.ndarray, astray: Sequence[tuple[_Laid, locate.Guess]], parts: Sequence[np.ndarray],
            below: float) -> _Laid | None:
    """The first grid that fits well when a part which its guess, gone astray, does not agree with is not asked."""
    for laid, guess in astray:
        for part in fit.lost(flat if laid.dark else -flat, laid.grid, laid.known, parts, below):
            again = _laid(flat, guess, np.where(part, 0, laid.known).astype(np.int8))
            if again.agree >= MAIMED:
                return again
    return None


def _laid(flat: np.ndarray, guess: locate.Guess, known: np.ndarray) -> _Laid:
    """The guess moved until the frame fits: its outline first, then the dashes too."""
    picture = flat if guess.dark else -flat
    grid, agree = fit.aligned(picture, guess.homography, fit.of_frame(known, 0.8), 4, affine=True)
    if agree >= 0.6 * FITS:
        grid, _ = fit.aligned(picture, grid, fit.of_frame(known, 0.5), 5)
        grid, agree = fit.aligned(picture, grid, fit.of_frame(known, 0.3), 5)
    return _Laid(guess.dark, grid, agree, known)


def _scaling(factor: float) -> np.ndarray:
    """From pixels to those of the picture resized by `factor`, centres to centres."""
    shift = (factor - 1) / 2
    return np.array([[factor, 0, shift], [0, factor, shift], [0, 0, 1.0]])


def _read_out(cut: np.ndarray, flat: np.ndarray, to_flat: np.ndarray, laid: _Laid, symbology: str, size: Size,
              rounds: int) -> Attempt:
    """The modules under the grid (to pixels of `flat`, dark-positive), read; its homography is to pixels of `cut`."""
    known, grid, dark = laid.known, laid.grid, laid.dark
    back, shape = np.linalg.inv(to_flat), known.shape
    doubtful: Attempt | None = None
    for left in range(rounds - 1, -1, -1):
        home = back @ grid
        values, uneven = soften.brightness(cut, home, shape)
        blind = soften.dazzled(values, known, dark)
        soft = soften.likelihood(-values if dark else values, uneven, known, blind)
        area = abs(cv2.contourArea(np.array(_corners(home, shape), np.float32)))
        attempt = Attempt(symbology, shape, home, soft, 0.0, dark, math.sqrt(area / soft.size))
        for behind in (False, True):
            upright = _from_behind(attempt) if behind else attempt
            if upright.size == size and (not behind or shape != size or not left):
                done = _decoded(upright, solomon.mend if rounds > 1 and not left else _QUICKLY)
                if done.code and not done.code.doubtful:
                    return done
                doubtful = done if done.code else doubtful
        if left:
            decided = np.where(known != 0, known, np.tanh(soft / 2))
            grid, _ = fit.aligned(flat, grid, fit.drawing(decided, 0.35, 2), 4)
    if rounds > 1:
        attempt = replace(attempt, soft=soften.doubted(cut, home, soft, known, blind, dark))
    attempt = attempt if shape == size else _from_behind(attempt)
    done = _decoded(attempt, nearest.mend) if rounds > 1 else attempt
    return done if done.code or not doubtful else doubtful


def _from_behind(attempt: Attempt) -> Attempt:
    """The same modules as a mirrored symbol's."""
    rows, columns = attempt.size
    kind, _ = KINDS[attempt.symbology]
    return replace(attempt, size=(columns, rows), homography=attempt.homography @ kind.behind((columns, rows)),
                   soft=kind.mirrored(attempt.soft))


def _decoded(attempt: Attempt, mend: solomon.Mend) -> Attempt:
    found = KINDS[attempt.symbology][0].perfect(attempt.size, attempt.soft, mend)
    code = found and _said(found, attempt.symbology)
    return replace(attempt, code=code, erased=found.erased) if found and code else attempt


def decode(symbology: str, size: Size, soft: np.ndarray) -> SeenCode | None:
    """What modules with the log-likelihoods `soft` (rows, columns) of being dark say; its corners are in modules."""
    doubtful: SeenCode | None = None
    for mend in (solomon.mend, nearest.mend):
        found = KINDS[symbology][0].perfect(size, soft, mend)
        code = _said(found, symbology) if found else None
        if code and not code.doubtful:
            return code
        doubtful = doubtful or code
    return doubtful


def _said(found: solomon.Perfect, symbology: str) -> SeenCode | None:
    """The text of the perfect symbol, read by the engine."""
    size: Size = found.dark.shape
    ringed = cv2.copyMakeBorder(np.where(found.dark, 0, 255).astype(np.uint8), *[3] * 4, cv2.BORDER_CONSTANT, value=255)
    picture = cv2.resize(ringed, None, fx=3, fy=3, interpolation=cv2.INTER_NEAREST)
    text = zxingcpp.read_barcodes(
        picture, formats=zxingcpp.barcode_format_from_str(symbology), text_mode=zxingcpp.TextMode.Plain, is_pure=True,
        binarizer=zxingcpp.Binarizer.FixedThreshold, try_rotate=False, try_downscale=False, try_invert=False)
    if len(text) != 1 or not text[0].bytes:
        return None
    return SeenCode(text[0].bytes, text[0].symbology_identifier, symbology, _corners(np.eye(3), size),
                    size=size, rung="grid", doubtful=found.proof < solomon.PROVEN)


def _corners(homography: np.ndarray, size: Size) -> Corners:
    grid = np.float64([[(0, 0), (size[1], 0), (size[1], size[0]), (0, size[0])]])
    return tuple((float(x), float(y)) for x, y in cv2.perspectiveTransform(grid, homography)[0])  # type: ignore[return-value]
