"""Query parameters, pages and places in lists: what is asked, and what is said of a wrong question."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.central.answers import Refused
from app.central.queries import MOST_PER_PAGE, PER_PAGE, page, parsed, token


@pytest.mark.parametrize(("name", "value", "says"), [
    ("EQ_colour", "red", "EQ_colour: this parameter is not known"),
    ("GE_eventTime", "yesterday", "GE_eventTime: expected a time"),
    ("GE_eventTime", "2027-11-30T00:15:30", "with its zone"),
    ("EXISTS_errorDeclaration", "yes", "true or false"),
    ("perPage", "0", "at least 1"), ("perPage", "many", "at least 1"),
    ("nextPageToken", "!!", "Link header"), ("nextPageToken", "cC0x", "Link header"), ("nextPageToken", "é", "Link"),
])
def test_a_wrong_question_is_named(name: str, value: str, says: str) -> None:
    with pytest.raises(Refused, match=says) as refused:
        parsed([(name, value)])
    assert (refused.value.problem.status, refused.value.problem.kind) == (400, "QueryParameterException")


def test_the_page_is_cut_to_what_is_served() -> None:
    assert page({}) == (PER_PAGE, 0) and page({"perPage": "99999999"}) == (MOST_PER_PAGE, 0)


@given(st.integers(1, 2**61))
def test_a_token_leads_back_to_its_place(place: int) -> None:
    assert page({"nextPageToken": token(place)})[1] == place


@given(st.text(max_size=40))
def test_no_token_breaks_anything(text: str) -> None:
    try:
        page({"nextPageToken": text})
    except Refused as refused:
        assert refused.problem.status == 400
