"""Which columns of a pair file hold which code: by their headings, by --roles, or by what the codes themselves say."""
from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from app.domain.codes.text import safe
from app.importer.columns import plain
from app.importer.faults import BadFile

MARKS = ",;\t"
SKIPPED = ("", "-")          # in --roles: a column that holds no code
# What makers write above a column: one line a code, first the words that roles are called by in rules and plans.
_HEADINGS = (
    ("cap_outer", "outer_cap", "cap outer", "outer cap code", "盖外码", "外盖码", "瓶盖外码", "盖外", "外码"),
    ("cap_inner", "inner_cap", "cap inner", "inner cap code", "盖内码", "内盖码", "瓶盖内码", "盖内", "内码"),
    ("bottle", "body", "bottle code", "瓶码", "瓶身码", "罐码"),
    ("box", "box_outer", "gift box", "盒码", "盒外码"),
    ("box_inner", "盒内码"),
    ("carton_outside", "carton_outer", "case_outer", "carton outside", "outer carton code", "箱外码", "箱码", "外箱码"),
    ("carton_inside", "carton_inner", "case_inner", "carton inside", "inner carton code", "箱内码", "内箱码"),
    ("pallet", "pallet code", "垛码", "托盘码"),
    ("label", "label code", "标签码"),
)
_DIGITS = re.compile(r"[0-9].*[0-9].*[0-9].*[0-9].*[0-9].*[0-9]")
Told = Callable[[str], str | None]        # a cell → the role that its code tells; None where it is no code


@dataclass(frozen=True, slots=True)
class Columns:
    """`places` are those of the roles' columns, from 0; `heading`: the first row is none of the pairs."""

    roles: tuple[str, ...]
    places: tuple[int, ...]
    heading: bool


def columns(first: Sequence[str], told: Told, asked: Sequence[str] = (), known: Collection[str] = ()) -> Columns:
    """By the first row that holds anything; `known` are the roles of rules and plans. Raises BadFile."""
    cells = [cell.strip() for cell in first]
    codes = [told(cell) if cell else None for cell in cells]
    heading = not any(code is not None for code in codes) and not any(_like_code(cell) for cell in cells)
    if asked:
        roles = tuple(asked)
        if len(roles) > len(cells):
            raise BadFile("pair_columns", roles=", ".join(asked), found=len(cells))
    elif heading:
        roles = tuple(_role(cell, known) for cell in cells)
    else:
        roles = tuple(code if code and code != "label" else "" for code in codes)
    places = tuple(place for place, role in enumerate(roles) if role not in SKIPPED)
    named = tuple(roles[place] for place in places)
    if len(named) < 2:
        raise BadFile("pair_roles", got=", ".join(safe(cell, 40) for cell in cells[:8]))
    if len(set(named)) != len(named):
        raise BadFile("pair_role_twice", got=", ".join(named))
    return Columns(named, places, heading)


def delimiter(line: str, told: Told, known: Collection[str] = ()) -> str:
    """The mark that parts the most codes or headings that are known, else the most cells."""
    def score(mark: str) -> tuple[int, int]:
        try:
            cells = [cell.strip() for cell in next(csv.reader([line], delimiter=mark), [])]
        except csv.Error:
            return 0, 0
        return sum(1 for cell in cells if cell and (_role(cell, known) or told(cell) is not None)), len(cells)

    return max(MARKS, key=score)


def _role(cell: str, known: Collection[str]) -> str:
    """The role that a heading names, in the word that rules or plans use for it; "" for any other heading."""
    if cell in known:
        return cell
    wanted = plain(cell)
    for names in _HEADINGS:
        if wanted and wanted in [plain(name) for name in names]:
            return next((name for name in names if name in known), names[0])
    return next((role for role in known if plain(role) == wanted), "") if wanted else ""


def _like_code(cell: str) -> bool:
    return "://" in cell or _DIGITS.search(cell) is not None
