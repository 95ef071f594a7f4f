"""Reed–Solomon: right up to the limit, silent beyond it, and chance is never taken for proof."""
from __future__ import annotations

import numpy as np
import pytest
import reedsolo
from hypothesis import given
from hypothesis import strategies as st

from app.vision.symbol import solomon

FIELDS = (solomon.DATA_MATRIX, solomon.QR)


def block(field: solomon.Field, checks: int, length: int, luck: np.random.Generator) -> np.ndarray:
    maker = reedsolo.RSCodec(checks, nsize=255, fcr=field.first, prim=field.polynomial)
    return np.frombuffer(bytes(maker.encode(bytes(luck.integers(0, 256, length, dtype=np.uint8)))), np.uint8)


def bits(words: np.ndarray, sure: float = 6.0) -> np.ndarray:
    return np.where(np.unpackbits(words[:, None], axis=1) > 0, sure, -sure).astype(np.float64)


@given(st.sampled_from(FIELDS), st.integers(2, 68), st.integers(1, 150), st.integers(0, 2 ** 32), st.data())
def test_errors_and_erasures_up_to_the_limit_are_mended(field, checks, length, seed, data) -> None:
    luck = np.random.default_rng(seed)
    right = block(field, checks, length, luck)
    erased = data.draw(st.integers(0, min(checks, len(right))))
    wrong = data.draw(st.integers(0, min((checks - erased) // 2, len(right) - erased)))
    places = luck.permutation(len(right))[:erased + wrong]
    read = right.copy()
    read[places] ^= luck.integers(0, 256, len(places), dtype=np.uint8)      # some may be right by chance
    assert not solomon.syndromes(right, checks, field).any()
    found = solomon.solved(read, places[:erased].tolist(), checks, field, solomon.syndromes(read, checks, field))
    assert found is not None and (found == right).all()


@given(st.sampled_from(FIELDS), st.sampled_from((18, 20, 28, 30)), st.integers(0, 2 ** 32))
def test_half_of_the_check_words_may_be_erased_and_a_quarter_be_wrong(field, checks, seed) -> None:
    luck = np.random.default_rng(seed)
    right = block(field, checks, 30, luck)
    erased = checks // 2 if (checks - checks // 2) % 2 == 0 else checks // 2 - 1
    wrong = (checks - erased) // 2 - 1
    places = luck.permutation(len(right))[:erased + wrong]
    read = right.copy()
    read[places] ^= luck.integers(1, 256, len(places), dtype=np.uint8)
    told = bits(read)
    told[places[:erased]] *= 0.02                              # these are not believed
    found = solomon.mend(told, checks, field)
    assert found is not None and (found.words == right).all() and found.erased <= checks // 2


@given(st.sampled_from(FIELDS), st.sampled_from((10, 14, 20, 28)), st.integers(0, 2 ** 32))
def test_beyond_the_limit_nothing_wrong_is_given_out(field, checks, seed) -> None:
    luck = np.random.default_rng(seed)
    right = block(field, checks, 30, luck)
    read = right.copy()
    read[luck.permutation(len(right))[:checks]] ^= luck.integers(1, 256, checks, dtype=np.uint8)
    found = solomon.mend(bits(read), checks, field)
    assert found is None or (found.words == right).all()


@pytest.mark.parametrize("field", FIELDS)
def test_noise_is_never_believed(field) -> None:
    luck = np.random.default_rng(5)
    for trial in range(1500):
        checks = (5, 7, 10, 12, 14)[trial % 5]
        told = luck.normal(0, 4, (checks + 3 + trial % 9, 8))
        assert solomon.mend(told, checks, field) is None


def test_the_proof_shrinks_with_what_is_overruled() -> None:
    luck = np.random.default_rng(1)
    right = block(solomon.DATA_MATRIX, 10, 8, luck)
    told = bits(right)
    proofs = []
    for _ in range(5):
        proofs.append(solomon.proof(told, bits(right), 10))
        told.ravel()[luck.permutation(told.size)[:6]] *= -1
    assert proofs[0] == pytest.approx(80) and proofs == sorted(proofs, reverse=True) and proofs[-1] < solomon.PROVEN


def test_what_was_overruled_at_no_cost_proves_less() -> None:
    right = block(solomon.QR, 10, 16, np.random.default_rng(2))
    told = bits(right)
    told[:6] = 0                                               # six words say nothing at all
    assert solomon.proof(told, bits(right), 10) == pytest.approx(80 - 48, abs=1)


@pytest.mark.parametrize("checks", [5, 7, 10, 11, 20, 28, 68])
def test_numbers_of_erasures(checks) -> None:
    steps = solomon._steps(checks, solomon.TRIES)
    assert steps[0] == 0 and list(steps) == sorted(set(steps)) and max(steps) <= checks - 2
    assert all((checks - each) % 2 == 0 for each in steps[1:])
    assert max(solomon._steps(checks, 2)) <= checks // 2


def test_more_than_half_erased_is_never_sure() -> None:
    right = block(solomon.QR, 16, 28, np.random.default_rng(3))
    told = bits(right)
    told[:13, :2] *= -0.01                                     # thirteen words wrong, and known to be
    found = solomon.mend(told, 16, solomon.QR)
    assert found is not None and (found.words == right).all()
    assert found.erased > 8 and solomon.DOUBTFUL <= found.proof < solomon.PROVEN
