"""A shelf's code as a place and back; what a count is about."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.warehouse.shelf import scope_uri, shelf_of, shelf_uri
from tests.unit.domain.line import HERE


@given(st.text(min_size=1, max_size=20))
def test_a_code_comes_back_whatever_is_in_it(code: str) -> None:
    code = code.encode("utf-8", "replace").decode()
    assert shelf_of(HERE, shelf_uri(HERE, code)) == code


@pytest.mark.parametrize(("scope", "place"), [
    ("", HERE), ("A-01", f"{HERE}/254/A-01"), ("A-*", f"{HERE}/254/A-*"), ("A/1*", f"{HERE}/254/A%2F1*"),
    ("https://id.gs1.org/414/1/254/B*", "https://id.gs1.org/414/1/254/B*")])
def test_what_a_count_is_about(scope: str, place: str) -> None:
    assert scope_uri(HERE, scope) == place
