"""Every size of Data Matrix and every version of QR, as other encoders draw them, goes through our layouts and back."""
from __future__ import annotations

import numpy as np
import pytest

from app.vision.symbol import datamatrix, decode, qr
from tests.unit.vision import symbols
from tests.unit.vision.symbols import soft


def letters(count: int) -> str:
    return "".join(chr(65 + (7 * i + count) % 26) for i in range(max(1, count)))


@pytest.mark.parametrize("size", symbols.SIZES, ids=str)
def test_every_size_of_data_matrix(size) -> None:
    text = letters(datamatrix.LAYOUTS[size].data // 2 + 1)
    dark = symbols.data_matrix(text, size)
    frame = datamatrix.frame(size)
    assert ((frame > 0) == dark)[frame != 0].all()
    found = datamatrix.perfect(size, soft(dark))
    assert found is not None and found.erased == 0 and (found.dark == dark).all()
    code = decode("DataMatrix", size, soft(dark))
    assert code is not None and code.raw == text.encode() and code.aim == "]d1" and code.size == size
    assert not code.doubtful


@pytest.mark.parametrize("size", [(10, 10), (16, 16), (22, 22), (52, 52), (144, 144), (8, 32), (16, 48)], ids=str)
def test_a_data_matrix_with_dirt_is_mended(size) -> None:
    luck = np.random.default_rng(3)
    layout = datamatrix.LAYOUTS[size]
    dark = symbols.data_matrix(letters(layout.data // 2), size)
    read = soft(dark)
    for words, checks in datamatrix.deal(size):
        bad = luck.permutation(words)[:max(1, checks // 2 - 2)]
        read.ravel()[datamatrix.places(size)[bad, 3]] *= -0.3
    found = datamatrix.perfect(size, read)
    assert found is not None and (found.dark == dark).all()


@pytest.mark.parametrize("version", range(1, 41))
def test_every_version_of_qr(version) -> None:
    for level, name in enumerate("lmqh"):
        masks = range(8) if version in (1, 2, 7) else [(version + 2 * level) % 8]
        for mask in masks:
            dark = symbols.qr("ABC" + "9" * (version * (3 if level > 1 else 6)), version, name, mask)
            size = dark.shape
            frame = qr.frame(size)
            assert ((frame > 0) == dark)[frame != 0].all()
            assert qr.formats(size, soft(dark))[0] == (level, mask)
            found = qr.perfect(size, soft(dark))
            assert found is not None and found.erased == 0 and (found.dark == dark).all()


def test_the_format_is_found_with_both_copies_dirty() -> None:
    dark = symbols.qr("HTTPS://EXAMPLE", 2, "q", 5)
    read = soft(dark)
    places = qr._format_places(dark.shape)
    read.ravel()[places[0, :5]] *= -1
    read.ravel()[places[1, 6:10]] *= -1
    assert qr.formats(dark.shape, read)[0] == (2, 5)


@pytest.mark.parametrize("kind", [datamatrix, qr])
def test_behind_is_behind(kind) -> None:
    size = (12, 26) if kind is datamatrix else (25, 25)
    marks = np.arange(size[0] * size[1]).reshape(size)
    there = kind.mirrored(marks)
    assert (kind.mirrored(there) == marks).all()
    turn = kind.behind(size)
    for row, column in ((0, 0), (3, 7), (size[0] - 1, size[1] - 1)):
        x, y, _ = turn @ (column + 0.5, row + 0.5, 1)
        assert there[int(y), int(x)] == marks[row, column]


@pytest.mark.parametrize(("kind", "size", "trials"), [
    (datamatrix, (10, 10), 3000), (datamatrix, (12, 12), 3000), (datamatrix, (8, 18), 2000),
    (datamatrix, (14, 14), 2000), (datamatrix, (22, 22), 200), (qr, (21, 21), 300)],
    ids=("10", "12", "8x18", "14", "22", "qr1"))
def test_garbage_in_a_perfect_frame_is_never_a_code(kind, size, trials) -> None:
    luck = np.random.default_rng(trials)
    frame = kind.frame(size).astype(np.float32)
    for trial in range(trials):
        data = luck.normal(0, 4, size) if trial % 2 else luck.choice((-6.0, 6.0), size)      # grain; sharp and wrong
        assert kind.perfect(size, np.where(frame != 0, 6 * frame, data).astype(np.float32)) is None


@pytest.mark.parametrize(("kind", "name", "size"), [
    (datamatrix, "DataMatrix", (10, 10)), (datamatrix, "DataMatrix", (22, 22)), (qr, "QRCode", (21, 21))])
def test_an_empty_frame_is_no_code(kind, name, size) -> None:
    """Words that are all nought are a right block by the check words: only the text tells that they say nothing."""
    frame = kind.frame(size).astype(np.float32)
    for data in (-6.0, 6.0):
        assert decode(name, size, np.where(frame != 0, 6 * frame, data).astype(np.float32)) is None


@pytest.mark.parametrize(("kind", "size"), [(datamatrix, (22, 22)), (datamatrix, (14, 14)), (qr, (25, 25))])
def test_half_a_symbol_is_no_symbol(kind, size) -> None:
    """The left half true, the right half of another code: whatever comes out must be one of the two, or nothing."""
    one, other = (symbols.data_matrix(f"DF{n}A{n}", size) if kind is datamatrix else symbols.qr(f"HTTPS://E/{n}", 2)
                  for n in (1234, 9876))
    for split in range(1, size[1]):
        mixed = np.where(np.arange(size[1]) < split, one, other)
        found = kind.perfect(size, soft(mixed))
        assert found is None or (found.dark == one).all() or (found.dark == other).all()
