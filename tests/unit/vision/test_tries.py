"""One try: the engines of the rungs, what the second engine's word counts, and the pass over the whole frame."""
from __future__ import annotations

import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest

from app.vision import decoders, pool, rungs, whole
from app.vision.decoders import EVERYTHING, MATRIX, EngineMissing, engine
from app.vision.experience import Experience
from app.vision.reader import Reader
from app.vision.reading import SeenCode, centre, side
from app.vision.recipe import Recipe
from app.vision.rungs import LADDERS, Rung
from app.vision.tries import Engines, Spot, Wanted, polarity
from app.vision.whole import Whole
from tests.unit.vision.pictures import on_paper, side_by_side

KINDS = ("QRCode", "DataMatrix")
SECOND = next(rung for rung in LADDERS["QRCode"] if rung.engine == rungs.SECOND)


def spot_of(paper: np.ndarray) -> Spot:
    return Spot((paper.shape[1] / 2, paper.shape[0] / 2), paper.shape[0] - 80.0, 1.0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("degrees", [0, 33, 90, 200])
def test_whether_codes_are_dark_on_light(kind: str, inverted: bool, degrees: int) -> None:
    paper = on_paper("0123456789ABC", kind, degrees=degrees)
    picture = 255 - paper if inverted else paper
    codes = engine("zxing").read(picture, (kind,))
    assert len(codes) == 1 and polarity(picture, codes) is not inverted
    assert codes[0].size == ({"QRCode": (21, 21), "DataMatrix": (14, 14)}[kind])
    assert [code.raw for code in engine("zxing").read(picture, (kind,), dark=not inverted)] == [codes[0].raw]
    assert engine("zxing").read(picture, (kind,), dark=inverted) == []


def test_codes_of_both_kinds_tell_nothing() -> None:
    paper = on_paper("0123456789ABC", "QRCode")
    picture = side_by_side(paper, 255 - paper)
    codes = engine("zxing").read(picture, ("QRCode",))
    assert len(codes) == 2 and polarity(picture, codes) is None and polarity(picture, []) is None


@pytest.mark.parametrize("kind", KINDS)
def test_every_rung_reads_a_good_code_at_its_place(kind: str) -> None:
    paper = on_paper("0123456789ABC", kind, module=5, degrees=20)
    engines, spot = Engines(engine("zxing")), spot_of(on_paper("0123456789ABC", kind, module=5))
    spot.at = (paper.shape[1] / 2, paper.shape[0] / 2)
    for rung in LADDERS[kind]:
        if engines.have(rung, (kind,)) and not rung.name.startswith("soft"):
            tried = engines.attempt(paper, Wanted((kind,)), spot, rung)
            assert [code.raw for code in tried.codes] == [b"0123456789ABC"], rung.name
            assert tried.codes[0].rung and not tried.codes[0].doubtful and tried.ms > 0
            assert np.hypot(*np.subtract(centre(tried.codes[0].corners), spot.at)) < 5, rung.name


def test_the_second_engine_counts_only_when_it_says_the_same_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    engines = Engines(engine("zxing"))
    if engines.second is None:
        pytest.skip("the second engine is not installed")
    paper = on_paper("0123456789ABC", "QRCode")
    once = engines.attempt(paper, Wanted(("QRCode",)), spot_of(paper), SECOND)
    assert [code.doubtful for code in once.codes] == [False]
    code, said = once.codes[0], iter([b"ONE", b"OTHER"])
    monkeypatch.setattr(engines.second, "read", lambda *_, **__: [replace(code, raw=next(said))])
    twice = engines.attempt(paper, Wanted(("QRCode",)), spot_of(paper), SECOND)
    assert [code.doubtful for code in twice.codes] == [True]


def test_without_the_second_engine_everything_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tapirscan", None)
    with pytest.raises(EngineMissing, match="tapirscan is not installed; expected"):
        engine("tapirscan")
    reader = Reader(Recipe(("QRCode",)))
    assert reader.engines.second is None and not reader.engines.have(SECOND, ("QRCode",))
    assert [code.raw for code in reader.read(on_paper("ALONE", "QRCode")).codes] == [b"ALONE"]


@pytest.mark.parametrize("content, kind, aim", [
    ("\x1d0106901234000009212ABC\x1d10L1", "DataMatrix", "]d2"), ("hello", "QRCode", "]Q1"),
    ("\x1d0106901234000009212ABC", "QRCode", "]Q3"), ("ünïcödé 中文", "DataMatrix", "]d1"),
    ("\x1d0106901234000009212ABC\x1d10L1", "Code128", "]C1"), ("6901234000009", "EAN13", "]E0"),
    ("012345678905", "UPCA", "]E0")])
def test_tapirscan_sends_what_the_first_engine_sends(content: str, kind: str, aim: str) -> None:
    try:
        second = engine("tapirscan")
    except EngineMissing as missing:
        pytest.skip(str(missing))
    paper = on_paper(content, kind)
    (first,), (other,) = engine("zxing").read(paper, (kind,)), second.read(paper, (kind,))
    assert (other.raw, other.aim) == (first.raw, first.aim) and other.aim == aim
    assert second.read(255 - paper, (kind,), dark=False) and second.read(paper, ("MaxiCode",)) == []
    assert np.hypot(*np.subtract(centre(other.corners), centre(first.corners))) < 0.25 * side(first.corners)


def sheet(count: int, high: int, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Codes one below the other in a picture that is large enough for strips."""
    monkeypatch.setattr(pool, "cores", lambda: 2)
    monkeypatch.setattr(whole, "STRIPPED", 100_000)
    column = np.full((high, 400), 255, np.uint8)
    for i in range(count):
        paper = on_paper(f"CODE-{i:02}", "QRCode")
        top = i * high // count
        column[top:top + paper.shape[0], 20:20 + paper.shape[1]] = paper
    return column


@pytest.mark.parametrize("symbologies", [MATRIX, EVERYTHING])
def test_strips_miss_nothing_and_find_nothing_twice(symbologies: tuple[str, ...],
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    picture = sheet(12, 2700, monkeypatch)
    for begun in (False, True):
        one = Whole(engine("zxing"), picture, symbologies, None)
        if begun:
            one.start()
        codes = one.codes()
        assert sorted(code.raw for code in codes) == [f"CODE-{i:02}".encode() for i in range(12)]
        for code in codes:
            assert abs(centre(code.corners)[1] - (int(code.raw[-2:]) * 225 + 82)) < 4 and code.rung == "frame"


def test_a_code_larger_than_the_overlap_is_found_on_the_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "cores", lambda: 2)
    monkeypatch.setattr(whole, "STRIPPED", 100_000)
    code, = Whole(engine("zxing"), on_paper("LARGE", "QRCode", module=40), MATRIX, None).codes()
    assert code.raw == b"LARGE" and side(code.corners) == pytest.approx(840, abs=8)


def test_what_is_given_up_reads_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Whole(engine("zxing"), sheet(4, 1200, monkeypatch), MATRIX, True)
    one.stop()
    assert one.codes() == []


def test_a_fault_of_the_engine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        name = "broken"

        def read(self, *_: object, **__: object) -> list[SeenCode]:
            raise ZeroDivisionError

    one = Whole(Broken(), sheet(4, 1200, monkeypatch), MATRIX, None)
    one.start()
    with pytest.raises(ZeroDivisionError):
        one.codes()


def test_what_a_reader_learnt_can_be_kept() -> None:
    picture = side_by_side(*[on_paper(f"{i:013}", "DataMatrix") for i in range(4)])
    reader = Reader(Recipe(("DataMatrix",), count=4))
    assert len(reader.read(picture).codes) == 4
    learnt = reader.learnt
    assert learnt.side == pytest.approx(56, abs=2)
    again = Reader(Recipe(("DataMatrix",), count=4), learnt=learnt)
    assert again.learnt == learnt and len(again.read(picture).codes) == 4


def test_experience_is_only_of_rungs_that_can_be_tried() -> None:
    def have(rung: Rung, kinds: tuple[str, ...]) -> bool:
        return not rung.engine
    ladder = Experience(Recipe(), have).ladder(("QRCode", "DataMatrix"))
    assert ladder.rungs and not any(rung.engine for rung in ladder.rungs)
    assert len({rung.name for rung in ladder.rungs}) == len(ladder.rungs)


def test_names_of_engines_are_refused_in_words() -> None:
    with pytest.raises(EngineMissing, match=r"no engine 'magic'; expected one of zxing, pyzbar, tapirscan"):
        decoders.engine("magic")
    assert cv2.getNumThreads() == 1, "one task is one core's work"


def test_a_second_engine_that_stumbles_is_told_once_and_everything_goes_on(
        monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    engines, paper = Engines(engine("zxing")), on_paper("0123456789ABC", "QRCode")

    class Stumbling:
        name = "stumbling"

        def read(self, *_given: object, **_named: object) -> list[SeenCode]:
            raise RuntimeError("index out of range")
    monkeypatch.setitem(engines._named, rungs.SECOND, Stumbling())
    for _ in range(3):
        assert engines.attempt(paper, Wanted(("QRCode",)), spot_of(paper), SECOND).codes == []
    assert caplog.text.count("stumbled") == 1 and "index out of range" in caplog.text
    assert engines.attempt(paper, Wanted(("QRCode",)), spot_of(paper), LADDERS["QRCode"][0]).codes
