"""How the report fills its pages: one where all of it fits, nothing cut while there is room, signatures never alone."""
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.reports.paper import BOTTOM, PAGES, ROWS, SIGN, TOP, Plan, Section, planned

BEGIN = 110.0                # where the first table begins, under the facts and the sums


def section(total: int, least: int = 8) -> Section:
    return Section("x", ("x",), (182.0,), lambda most: iter([("x",)] * most), total, least)


def rows(*totals: int) -> tuple[Section, ...]:
    return tuple(section(total) for total in totals)


def test_a_little_more_than_a_page_is_set_closer() -> None:
    assert planned(rows(4, 4, 4), BEGIN) == Plan((4, 4, 4), ROWS[0])
    close = planned(rows(7, 7, 8), BEGIN)
    assert close.row < ROWS[0] and close.end(rows(7, 7, 8), BEGIN)[0] == 1
    assert planned((), BEGIN) == Plan((), ROWS[0])


def test_signatures_never_stand_alone() -> None:
    plan = planned(rows(8, 8, 9), BEGIN)
    assert plan.begins == 2 and plan.rows == (8, 8, 9)
    page, end = plan.end(rows(8, 8, 9), BEGIN)
    assert page == 2 and end > TOP


def test_one_row_is_never_cut_from_a_page_that_is_half_empty() -> None:
    assert planned(rows(4, 18, 11, 4), BEGIN).rows == (4, 18, 11, 4)


@given(st.lists(st.integers(1, 90), max_size=4))
def test_two_pages_hold_what_they_can(totals: list[int]) -> None:
    sections = rows(*totals)
    plan = planned(sections, BEGIN)
    page, end = plan.end(sections, BEGIN)
    assert page <= PAGES and end + SIGN <= BOTTOM
    assert all(shown >= min(each.total, each.least) for shown, each in zip(plan.rows, sections, strict=True))
    for at, each in enumerate(sections):
        if plan.rows[at] < each.total:
            longer = Plan((*plan.rows[:at], plan.rows[at] + 1, *plan.rows[at + 1 :]), plan.row)
            page, end = longer.end(sections, BEGIN)
            assert page > PAGES or page == PAGES and end + SIGN > BOTTOM, "rows are cut only for want of room"
