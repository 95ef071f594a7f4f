"""What comes after a case in the same place: at every picture every code that is told is really in that picture."""
from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest

from app.vision.reader import Reader
from app.vision.recipe import Recipe
from app.vision.vote import Vote
from tests.unit.vision.pictures import on_paper
from tests.unit.vision.symbols import data_matrix, qr, seen, turned

PATIENT_S = 30.0
PAPER = 200
LINK = "https://q.brand.example/b/"
Make = Callable[[str], np.ndarray]


def tile(dark: np.ndarray, extent: int, module: float, degrees: float = 0.0) -> np.ndarray:
    return seen(dark, turned(dark.shape, module, degrees, (extent / 2, extent / 2)), (extent, extent), paper=PAPER)


def drawn(tiles: list[np.ndarray | None], columns: int, seed: int, pad: int = 60) -> np.ndarray:
    """The tiles row by row on paper, with grain; None is an empty place."""
    extent = next(len(each) for each in tiles if each is not None)
    bare = np.full((extent, extent), PAPER, np.uint8)
    rows = [np.hstack([bare if each is None else each for each in tiles[i:i + columns]])
            for i in range(0, len(tiles), columns)]
    picture = np.pad(np.vstack(rows), pad, constant_values=PAPER)
    return np.clip(picture + np.random.default_rng(seed).normal(0, 2.5, picture.shape), 0, 255).astype(np.uint8)


def running(length: int, first: int, count: int) -> list[str]:
    """Running serials behind a long text that is the same for all."""
    return [LINK.ljust(length - 6, "x") + f"{first + i:06d}" for i in range(count)]


@pytest.mark.parametrize(("kind", "make", "length"), [
    ("QRCode", lambda text: qr(text, 4, "l", 0), 70), ("QRCode", lambda text: qr(text, 7, "l", 0), 150),
    ("QRCode", lambda text: qr(text, 6, "m"), 100), ("QRCode", lambda text: qr(text, 10, "l", 0), 260),
    ("DataMatrix", lambda text: data_matrix(text, (26, 26)), 44),
    ("DataMatrix", lambda text: data_matrix(text, (52, 52)), 200),
    ("DataMatrix", lambda text: data_matrix(text, (16, 48)), 60)])
def test_the_next_case_whose_serials_run_on_is_told_with_its_own(kind: str, make: Make, length: int) -> None:
    count = 4

    def case(first: int, seed: int) -> np.ndarray:
        darks = [make(text) for text in running(length, first, count)]
        return drawn([tile(dark, int((max(dark.shape) + 10) * 3.5), 3.5) for dark in darks], 2, seed)
    reader = Reader(Recipe((kind,), count=count), budget_s=PATIENT_S)
    assert told(reader, case(120000, 1)) == running(length, 120000, count)
    for i in range(1, 3):
        assert told(reader, case(120000 + 4 * i, i)) == running(length, 120000 + 4 * i, count)


def told(reader: Reader, picture: np.ndarray) -> list[str]:
    return sorted(code.raw.decode().replace("\x1d", "") for code in reader.follow(picture).codes)


BARS = [("Code128", "00096685782032890481", "00017148332729445556"), ("EAN13", "4006381333931", "5901234123457"),
        ("Code128", "CONTENT-000123-07", "CONTENT-000124-07")]


def label(text: str, kind: str, seed: int, at: tuple[int, int] = (0, 0), light: float = 1.0) -> np.ndarray:
    bars = cv2.resize(on_paper(text, kind, module=2), None, fx=1, fy=2)
    picture = np.full((400, 1100), 255, np.float32)
    y, x = (400 - len(bars)) // 2 + at[1], (1100 - bars.shape[1]) // 2 + at[0]
    picture[y:y + len(bars), x:x + bars.shape[1]] = bars
    picture = cv2.GaussianBlur(45 + 0.6 * picture, (0, 0), 0.8) * light
    return np.clip(picture + np.random.default_rng(seed).normal(0, 2.5, picture.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("at", "light"), [((0, 0), 1.0), ((9, -7), 1.0), ((60, 40), 1.0), ((0, 0), 0.7)])
@pytest.mark.parametrize(("kind", "first", "second"), BARS)
@pytest.mark.parametrize("count", [0, 1])
def test_the_next_label_is_told_with_its_own_number(count: int, kind: str, first: str, second: str,
                                                    at: tuple[int, int], light: float) -> None:
    reader = Reader(Recipe((kind,), count=count), budget_s=PATIENT_S)
    vote = Vote(2, count)
    presented = [vote.add(reader.follow(label(first, kind, i))) for i in range(5)]
    assert told(reader, label(first, kind, 5)) == [first], "the same label counts on"
    for i in range(6, 10):
        reading = reader.follow(label(second, kind, i, at, light))
        assert first.encode() not in [code.raw for code in reading.codes]
        presented.append(vote.add(reading))
    assert [[code.raw.decode() for code in each.codes] for each in presented if each] == [[first], [second]]


@dataclass
class Belt:
    """Twelve places seen by a camera; a bottle is its text, its turn, and whether it can be read."""

    make: Make
    luck: random.Random
    serial: int = 100_000
    places: list[tuple[str, float, bool] | None] = field(default_factory=list)
    light: float = 1.0
    upside_down: bool = False
    _tiles: dict[tuple[str, float, bool], np.ndarray] = field(default_factory=dict)

    def bottle(self, turn: float | None = None, *, readable: bool = True) -> tuple[str, float, bool]:
        self.serial += 1
        return f"{self.serial}", self.luck.choice([0.0, 90.0, 33.0]) if turn is None else turn, readable

    def texts(self) -> set[str]:
        return {bottle[0] for bottle in self.places if bottle}

    def _tile(self, bottle: tuple[str, float, bool]) -> np.ndarray:
        if bottle not in self._tiles:
            text, degrees, readable = bottle
            picture = tile(self.make(text), 84, 3.0, degrees)
            self._tiles[bottle] = picture if readable else cv2.GaussianBlur(picture, (0, 0), 2.6)
        return self._tiles[bottle]

    def picture(self, seed: int) -> np.ndarray:
        picture = drawn([each and self._tile(each) for each in self.places], 4, seed, pad=30)
        picture = np.clip(picture * self.light, 0, 255).astype(np.uint8)
        return np.ascontiguousarray(picture[::-1, ::-1]) if self.upside_down else picture

    def happens(self, what: str) -> None:
        there = [i for i, bottle in enumerate(self.places) if bottle]
        one = self.luck.choice(there)
        self.light = 1.0
        if what == "next case":                # each bottle turned as the one before it
            self.places = [self.bottle(bottle[1]) if bottle else self.bottle() for bottle in self.places]
        elif what == "one pitch":
            self.places = [self.bottle() if i % 4 == 0 else self.places[i - 1] for i in range(12)]
        elif what == "two change places":
            other = self.luck.choice(there)
            self.places[one], self.places[other] = self.places[other], self.places[one]
        elif what == "one exchanged":
            self.places[one] = self.bottle(self.places[one][1])
        elif what == "one exchanged for one that cannot be read":
            self.places[one] = self.bottle(self.places[one][1], readable=False)
        elif what == "one removed" and len(there) > 6:
            self.places[one] = None
        elif what == "half changed":
            self.places[:6] = [bottle and self.bottle(bottle[1]) for bottle in self.places[:6]]
        elif what == "turned round":
            self.upside_down = not self.upside_down
        elif what == "light":
            self.light = self.luck.choice([0.45, 0.7, 1.2])
        if what == "one removed":
            return
        self.places = [bottle or self.bottle() if self.luck.random() < 0.5 else bottle for bottle in self.places]


EVENTS = ("next case", "one pitch", "two change places", "one exchanged", "one exchanged for one that cannot be read",
          "one removed", "half changed", "turned round", "light", "nothing", "the same picture")


@pytest.mark.parametrize(("kind", "make"), [("QRCode", lambda text: qr(text, 1, "l", 0)),
                                            ("DataMatrix", lambda text: data_matrix(text, (12, 12)))])
@pytest.mark.parametrize("count", [0, 12])
@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_happens_every_code_told_is_in_the_picture(seed: int, count: int, kind: str, make: Make) -> None:
    belt = Belt(make, random.Random(seed))
    belt.places = [belt.bottle() for _ in range(12)]
    reader = Reader(Recipe((kind,), count=count), budget_s=PATIENT_S)
    picture = belt.picture(0)
    assert len(told(reader, picture)) == 12
    for number, event in enumerate(belt.luck.sample(EVENTS * 2, 2 * len(EVENTS))):
        if event != "the same picture":
            belt.happens(event)
            picture = belt.picture(number)
        reading = reader.follow(picture)
        texts = [code.raw.decode() for code in reading.codes]
        assert len(texts) == len(set(texts)) and {*texts} <= belt.texts(), event
        readable = {bottle[0] for bottle in belt.places if bottle and bottle[2]}
        assert len({*texts} & readable) >= len(readable) - 3 or not count, event
