"""The nearest block is found where words are of no use, and what chance brings near proves no more than it may."""
from __future__ import annotations

import numpy as np
import pytest

from app.vision.symbol import nearest, qr, solomon
from tests.unit.vision import symbols
from tests.unit.vision.test_symbol_solomon import FIELDS, bits, block

SHAPES = ((solomon.DATA_MATRIX, 3, 5), (solomon.DATA_MATRIX, 8, 10), (solomon.DATA_MATRIX, 30, 20),
          (solomon.QR, 19, 7), (solomon.QR, 28, 16))


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("checks", [5, 10, 16, 20])
def test_the_equations_are_the_syndromes(field, checks) -> None:
    luck = np.random.default_rng(checks)
    words = luck.integers(0, 256, checks + 12, dtype=np.uint8)
    sums = nearest.equations(field, len(words), checks).astype(int) @ np.unpackbits(words) % 2
    assert (np.packbits(sums) == solomon.syndromes(words, checks, field)).all()


@pytest.mark.parametrize(("field", "data", "checks"), [SHAPES[2], SHAPES[4]])
def test_a_bit_wrong_in_nearly_every_word(field, data, checks) -> None:
    """Far beyond what words allow: the wrong bits are believed little, and two of them as much as any other."""
    luck = np.random.default_rng(data)
    for _ in range(10):
        right = block(field, checks, data, luck)
        told = bits(right) * luck.uniform(0.6, 1.4, (len(right), 8))
        spoilt = luck.permutation(len(right))[:checks - 1]
        told[spoilt, luck.integers(0, 8, len(spoilt))] *= -0.1
        told.ravel()[luck.permutation(told.size)[:30]] *= 0.1
        told[np.setdiff1d(np.arange(len(right)), spoilt)[:2], 3] *= -1
        found = nearest.mend(told, checks, field)
        assert found is not None and (found.words == right).all() and found.proof >= solomon.PROVEN
        worded = solomon.mend(told, checks, field)
        assert worded is None or worded.proof < solomon.PROVEN


def test_a_right_block_is_left_alone() -> None:
    right = block(solomon.QR, 16, 28, np.random.default_rng(1))
    found = nearest.mend(bits(right), 16, solomon.QR)
    assert found is not None and (found.words == right).all() and not found.erased and found.proof == pytest.approx(128)


@pytest.mark.parametrize(("field", "data", "checks"), SHAPES)
@pytest.mark.parametrize("sure", [False, True], ids=("grainy", "sure"))
def test_chance_proves_no_more_than_it_may(monkeypatch, field, data, checks, sure) -> None:
    """A proof of so many bits: chance does not get there more often than once in two to that power."""
    monkeypatch.setattr(solomon, "DOUBTFUL", -np.inf)
    luck = np.random.default_rng(data)
    proofs = []
    for _ in range(200 if checks < 16 else 60):
        told = luck.normal(0, 4, (data + checks, 8))
        if sure:
            told = np.sign(told) * np.where(luck.random(told.shape) < 0.3, 0.1, 5)
        proofs.append(nearest.mend(told, checks, field).proof)
    allowed = [len(proofs) * 2.0 ** -least for least in range(4)]
    for least, most in enumerate(allowed):
        assert np.sum(np.array(proofs) >= least) <= most + 3 * most ** 0.5
    assert max(proofs) < 16


@pytest.mark.parametrize("share", [0.15, 0.3, 0.5])
def test_dirt_that_nobody_doubts_never_makes_another_block(share) -> None:
    """Bits are wrong and believed as much as any: mended or not at all."""
    luck = np.random.default_rng(round(share * 100))
    for trial in range(60):
        field, data, checks = SHAPES[trial % len(SHAPES)]
        right = block(field, checks, data, luck)
        told = bits(right) * luck.uniform(0.3, 1, (len(right), 8))
        told[luck.random(told.shape) < share / 2] *= -1
        found = nearest.mend(told, checks, field)
        assert found is None or (found.words == right).all()


def test_modules_that_are_not_this_symbol_say_nothing() -> None:
    """A right symbol laid wrong: turned, shifted by a module, light for dark, of another format."""
    dark = symbols.qr("HTTPS://EXAMPLE.COM/7Q2", 2)
    soft = symbols.soft(dark) * np.random.default_rng(1).uniform(0.2, 1, dark.shape)
    for wrong in (np.rot90(soft), np.roll(soft, 1, 0), np.roll(soft, 1, 1), -soft, soft.T):
        assert qr.perfect(dark.shape, np.ascontiguousarray(wrong), nearest.mend) is None
    right = qr.perfect(dark.shape, soft, nearest.mend)
    assert right is not None and (right.dark == dark).all()
