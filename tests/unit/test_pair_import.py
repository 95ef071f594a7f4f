"""Pair files as makers send them, good and bad; nothing half imported, whatever stops it, and every bad row named."""
from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from app.cli.pairs import _lines
from app.cli.speech import Speech
from app.domain.codes.rule import Rule
from app.importer import pairs as importer
from app.importer import pairs_end, pairs_pieces, pairs_rows, pairs_staged
from app.importer.faults import BadFile
from app.importer.pairs import Imported, ImportRuns, PairImport, all_staged
from app.importer.pairs_pieces import spans
from app.importer.pairs_staged import ImportLock
from app.store.catalogue import Catalogue
from app.store.database import open_writer, transaction
from app.store.migrations import migrate
from app.store.pair_sets import PairSets, there
from app.store.paired import PAIRS as TABLE
from app.store.paired import tie
from app.store.pairs import Pairs

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
SITE = (
    Rule("outer", "url", r"https://q\.brand\.example/(?P<level>[bc])/(?P<serial>[0-9A-Z]{4,12})",
         levels={"b": "bottle", "c": "case"}, role="cap_outer", product="TEA"),
    Rule("inner", "url", r"https://win\.brand\.example/(?P<serial>[0-9A-Za-z]{4,12})", level="bottle", role="cap_inner",
         product="TEA"),
    Rule("silent", "url", r"https://any\.brand\.example/(?P<serial>[0-9A-Za-z,;]{4,12})", level="bottle"),
    Rule("other", "url", r"https://q\.brand\.example/x/(?P<serial>[0-9]{4,12})", level="bottle", product="MILK"),
    Rule("number", "digits", r"88(?P<serial>[0-9]{8})", level="bottle", epc="urn:brand:{serial}", role="cap_inner"),
)


def outer(number: int, level: str = "b") -> str:
    return f"https://q.brand.example/{level}/{number:06}"


def inner(number: int) -> str:
    return f"https://win.brand.example/{number:06}k"


PAIRS = [(outer(n), inner(n)) for n in range(1, 5)]


class Desk:
    """Writes files, imports them, asks for pairs as the station does."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.pairs = folder, folder / "pairs"
        self.database = folder / "station.db"

    def write(self, text: str, name: str = "caps.csv", encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.write_bytes(text.encode(encoding))
        return path

    def rows(self, rows: Sequence[Sequence[str]], heading: str = "cap_outer,cap_inner\n",
             name: str = "caps.csv") -> Path:
        return self.write(heading + "".join(",".join(row) + "\n" for row in rows), name)

    def take(self, path: Path, *roles: str, **more: Any) -> Imported:
        how = {"site": SITE, "processes": 0, **{key: more.pop(key) for key in ("site", "progress") if key in more}}
        return PairImport(self.database, self.pairs, how.pop("site"), now=lambda: NOW, **how).take(
            path, roles=roles, **{"sample": 0, **more})

    def identities(self, *epcs: str) -> dict[str, str]:
        path = self.database if self.database.exists() else self.folder / "asked.db"
        with closing(open_writer(path)) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name='paired'").fetchone():
                connection.executescript(TABLE)
            with closing(Pairs(connection, self.pairs)) as pairs:
                return pairs.identities(epcs)

    def found(self, made: Imported) -> list[tuple[int, str, str]]:
        """(row, column, word) of the bad rows."""
        assert made.about is not None
        return [(fault.row, made.about.roles[fault.column] if fault.column >= 0 else "", fault.word)
                for fault in made.faults]

    def nothing(self) -> bool:
        """True where no set counts."""
        if not there(self.pairs):
            return True
        with closing(PairSets(self.pairs)) as sets:
            return not sets.all() and not list(self.pairs.glob("*.pairs"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


# --- tables as makers send them ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("heading", [
    "cap_outer,cap_inner", "outer cap code,Cap Inner", "盖外码,盖内码", "瓶盖外码,内码"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_headings_and_encodings(desk: Desk, heading: str, encoding: str) -> None:
    text = f"{heading},备注\r\n" + "".join(f"{a},{b},第一卷\r\n" for a, b in PAIRS)
    made = desk.take(desk.write(text, encoding=encoding))
    assert made.set and made.set.state == "live" and (made.rows, made.good, made.bad) == (4, 4, 0)
    assert (made.set.about.roles, made.set.about.level, made.set.about.product) == (
        ("cap_outer", "cap_inner"), "bottle", "TEA")
    assert desk.identities(*(b for _, b in PAIRS), outer(1)) == {b: a for a, b in PAIRS}


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_marks_line_ends_and_quotes(desk: Desk, mark: str, end: str, quote: str) -> None:
    cells = [["No.", "cap_inner", "cap_outer"], *([str(n), b, a] for n, (a, b) in enumerate(PAIRS, 1))]
    text = end.join(mark.join(f"{quote}{cell}{quote}" for cell in row) for row in cells)
    made = desk.take(desk.write(text))
    assert made.set and made.good == 4 and made.set.about.roles == ("cap_inner", "cap_outer")
    assert desk.identities(outer(3)) == {outer(3): inner(3)}, "no plan tells: the first column is the identity"


def test_columns_may_be_told_or_tell_themselves(desk: Desk) -> None:
    path = desk.rows(PAIRS, heading="")
    assert desk.take(path).set, "the codes' rules tell their roles"
    silent = [(f"https://any.brand.example/a{n:04}", "x", f"https://any.brand.example/b{n:04}") for n in range(3)]
    path = desk.rows(silent, heading="", name="silent.csv")
    with pytest.raises(BadFile) as error:
        desk.take(path)
    assert error.value.word == "pair_roles"
    made = desk.take(path, "carton_outside", "-", "carton_inside")
    assert made.set and made.good == 3 and made.set.about.roles == ("carton_outside", "carton_inside")
    more = [[cell.replace("e/a", "e/c").replace("e/b", "e/d") for cell in row] for row in silent]
    assert desk.take(desk.rows(more, heading="left,,right\n", name="more.csv"), "c", "", "d").good == 3
    for roles, word in ((("a", "b", "c", "d"), "pair_columns"), (("a", "-", "a"), "pair_role_twice")):
        with pytest.raises(BadFile) as error:
            desk.take(path, *roles)
        assert error.value.word == word


def test_excels_sep_line_empty_lines_and_printed_forms(desk: Desk) -> None:
    text = f"sep=;\r\n\r\n;;\r\ncap_outer;cap_inner\r\n{outer(1).replace('https', 'HTTPS')}; 8812345678 \r\n;\r\n"
    made = desk.take(desk.write(text))
    assert made.set and made.good == 1
    assert desk.identities("urn:brand:12345678") == {"urn:brand:12345678": outer(1)}
    with closing(PairSets(desk.pairs)) as sets:
        assert sets.open(made.set).place(outer(1)) == (5, 0), "rows count as Excel counts them"


def test_workbooks(desk: Desk) -> None:
    with Workbook(desk.folder / "caps.xlsx") as book:
        for name, start in (("卷一", 1), ("卷二", 50)):
            sheet = book.add_worksheet(name)
            sheet.write_row(1, 0, ["序号", "盖内码", "盖外码"])
            for at in range(3):
                sheet.write_row(2 + 2 * at, 0, [at, inner(start + at), outer(start + at)])      # empty rows between
    made = desk.take(desk.folder / "caps.xlsx")
    assert made.set and made.good == 6
    assert desk.identities(outer(51)) == {outer(51): inner(51)}
    with closing(PairSets(desk.pairs)) as sets:
        place = sets.open(made.set).place(inner(51))
    assert place is not None and made.set.about.place(place[0]) == ("卷二", 5)


def test_what_a_workbook_can_have_wrong(desk: Desk) -> None:
    with Workbook(desk.folder / "caps.xlsx") as book:
        sheet = book.add_worksheet("A")
        sheet.write_row(0, 0, ["cap_outer", "cap_inner"])
        sheet.write_row(1, 0, [outer(1), 8812345678])
        sheet.write_row(2, 0, [outer(2), 12345678901234567])
        sheet.write_formula(3, 0, "=A2")
        sheet.write(3, 1, inner(3))
    made = desk.take(desk.folder / "caps.xlsx")
    assert made.set is None and desk.found(made) == [(3, "cap_inner", "as_text"), (4, "cap_outer", "no_formula")]
    with Workbook(desk.folder / "two.xlsx") as book:
        book.add_worksheet("A").write_row(0, 0, ["cap_outer", "cap_inner"])
        book.add_worksheet("B").write_row(0, 0, ["cap_inner", "cap_outer"])
    with pytest.raises(BadFile) as error:
        desk.take(desk.folder / "two.xlsx")
    assert error.value.word == "pair_sheet"


def test_the_plan_says_which_code_is_the_identity(desk: Desk) -> None:
    with closing(open_writer(desk.database)) as connection:
        migrate(connection)
        with transaction(connection):
            catalogue = Catalogue(connection)
            roles = [{"role": "cap_inner"}, {"role": "cap_outer"}]
            catalogue.put("plan", "P", {"id": "P", "version": 1, "levels": [
                {"level": "bottle", "roles": roles}, {"level": "case", "count": 6}]})
            catalogue.put("product", "TEA", {"id": "TEA", "name": {"en": "Tea"}, "gtins": {}, "plan": "P", "rules": []})
    made = desk.take(desk.rows(PAIRS))
    assert made.set and made.set.about.identity == 1
    assert desk.identities(outer(2)) == {outer(2): inner(2)}


@pytest.mark.parametrize(("data", "word"), [
    (b"", "empty"), (b"\r\n;;\r\n", "empty"), (b"cap_outer,cap_inner\n\xff\xff\xff", "encoding"),
    (b"%PDF-1.7 x", "other_file"), (b"cap_outer,cap_inner\n\0\0", "not_text"), (b"a,b\nc,d\n", "pair_roles"),
    (b'cap_outer,cap_inner\n"x"y,z\n', "csv"), (b"PK\x03\x04nothing", "broken_workbook"),
])
def test_files_that_are_no_table_of_pairs(desk: Desk, data: bytes, word: str) -> None:
    path = desk.folder / "caps.csv"
    path.write_bytes(data)
    with pytest.raises(BadFile) as error:
        desk.take(path)
    assert error.value.word == word and desk.nothing()


# --- bad rows ---------------------------------------------------------------------------------------------------------
BAD = [
    ((outer(9), ""), "cap_inner", "empty"),
    ((outer(9),), "cap_inner", "empty"),
    ((outer(9), "hello"), "cap_inner", "no_rule"),
    ((outer(9), "%ST:UNDO"), "cap_inner", "command"),
    ((inner(9), outer(9)), "cap_outer", "wrong_role"),
    ((outer(9, "c"), inner(9)), "", "two_levels"),
    (("https://q.brand.example/x/1234", inner(9)), "", "two_products"),
    (("https://any.brand.example/same", "https://any.brand.example/same"), "", "both_equal"),
    ((outer(9), inner(2)), "cap_inner", "twice"),
    ((outer(1), inner(1)), "cap_outer", "twice"),
]


@pytest.mark.parametrize(("row", "column", "word"), BAD)
def test_a_bad_row_is_named_and_nothing_of_the_file_counts(desk: Desk, row: tuple[str, ...], column: str, word: str,
                                                           ) -> None:
    path = desk.rows([*PAIRS, row])
    made = desk.take(path)
    assert made.set is None and desk.nothing() and made.good < 5
    assert (6, column, word) in desk.found(made)
    made = desk.take(path, skip_bad=True)
    assert made.set is not None and made.good + made.bad == 5
    assert desk.identities(inner(1)) == {inner(1): outer(1)}
    # Where nobody can say which of two rows is right, neither counts; a row that is only repeated still does.
    assert desk.identities(inner(2)) == ({} if row == (outer(9), inner(2)) else {inner(2): outer(2)})
    assert desk.identities(inner(9)) == {}


def test_a_code_that_is_paired_otherwise_already(desk: Desk) -> None:
    assert desk.take(desk.rows(PAIRS, name="first.csv")).set
    same_again = desk.take(desk.rows([*PAIRS, (outer(7), inner(7))], name="again.csv"))
    assert same_again.set and not same_again.bad, "the same pair twice harms nobody"
    made = desk.take(desk.rows([(outer(1), inner(8)), (outer(9), inner(9)), (outer(8), inner(2))], name="other.csv"))
    assert made.set is None
    assert desk.found(made) == [(2, "cap_outer", "paired"), (4, "cap_inner", "paired")]
    assert {fault.source for fault in made.faults} == {"first.csv"} and made.faults[0].other_row == 2
    with closing(open_writer(desk.database)) as connection:
        migrate(connection)
        tie(connection, outer(30), "cap_inner", inner(30))
        tie(connection, outer(40), "cap_inner", inner(40))
        tie(connection, "urn:bottle:1", "cap_outer", outer(31))
    good = [(outer(30), inner(30)), (outer(31), inner(31))]
    assert desk.take(desk.rows(good, name="line.csv")).set, "what the line says, too"
    made = desk.take(desk.rows([(outer(32), inner(40)), (outer(40), inner(33))], name="against.csv"))
    assert desk.found(made)[:1] == [(2, "cap_inner", "paired")] and (3, "cap_outer", "paired") in desk.found(made)


def test_a_product_that_is_asked_for(desk: Desk) -> None:
    made = desk.take(desk.rows(PAIRS), product="MILK")
    assert made.set is None and {word for _, _, word in desk.found(made)} == {"wrong_product"}


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_reason_is_said_and_no_cell_is_a_formula(desk: Desk, language: str) -> None:
    made = desk.take(desk.rows([*PAIRS, *(row for row, _, _ in BAD), ("=1+1", inner(12))]))
    assert made.about is not None
    lines = list(_lines(Speech(language), made.faults, made.about))
    assert len(lines) >= len(BAD) + 1 and not [line for line in lines if "[" in str(line[4]) or "{" in str(line[4])]
    assert "'=1+1" in [line[3] for line in lines]


CELLS = st.one_of(st.builds(outer, st.integers(1, 9)), st.builds(inner, st.integers(1, 9)),
                  st.text('ab,"\r\n\t =é批0123456789', max_size=8))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=3), max_size=12), st.sampled_from(["utf-8", "gb18030"]), st.booleans())
def test_whatever_stands_in_a_file_only_sound_pairs_count(rows: list[list[str]], encoding: str, skip: bool) -> None:
    with TemporaryDirectory() as name:
        desk = Desk(Path(name))
        path = desk.folder / "caps.csv"
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows([["cap_outer", "cap_inner"], *rows])
        made = desk.take(path, skip_bad=skip)
        read = {at: (row[0].strip(), row[1].strip()) for at, row in enumerate(rows, 2)
                if len(row) > 1 and row[0].startswith("https://q.") and row[1].startswith("https://win.")}
        sound = {at: codes for at, codes in read.items()
                 if not any(set(codes) & set(other) and (other != codes or there_at < at)
                            for there_at, other in read.items() if there_at != at)}
        held = sum(bool("".join(row).strip()) for row in rows)
        assert (made.rows, made.good, made.bad) == (held, len(sound), held - len(sound))
        assert [row for row, _, _ in desk.found(made)] == [
            at for at, row in enumerate(rows, 2) if "".join(row).strip() and at not in sound]
        assert (made.set is not None) == (bool(sound) and (skip or held == len(sound)))
        if made.set:
            assert desk.identities(*(b for _, b in read.values())) == {b: a for a, b in sound.values()}


# --- pieces -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("processes", [0, 2])
def test_many_pieces_give_what_one_gives(desk: Desk, monkeypatch: pytest.MonkeyPatch, processes: int) -> None:
    monkeypatch.setattr(pairs_pieces, "PIECE", 4_000)
    monkeypatch.setattr(pairs_end, "SHARE", 500)
    monkeypatch.setattr(importer, "SMALL", 0)
    monkeypatch.setattr(importer, "FIRST_CHECKPOINT_S", 0.0)
    many = [(outer(n), inner(n)) for n in range(3_000)]
    many[2_000:2_000] = [("x", inner(1)), (f'"{outer(9_000)}"', f'"{inner(9_000)}","a note,\nof two lines"')]
    many.append((outer(7), inner(9_001)))
    path = desk.rows(many)
    told: list[tuple[str, int, int]] = []
    made = PairImport(desk.database, desk.pairs, SITE, now=lambda: NOW, processes=processes,
                      progress=lambda *at: told.append(at)).take(path, sample=0, skip_bad=True)
    assert made.set and (made.rows, made.good) == (3_003, 3_000)
    assert [(row, word) for row, _, word in desk.found(made)] == [(9, "twice"), (2_002, "no_rule"), (3_004, "twice")]
    assert desk.identities(inner(2_999), inner(9_000), inner(7)) == {
        inner(2_999): outer(2_999), inner(9_000): outer(9_000)}
    with closing(PairSets(desk.pairs)) as sets:
        file = sets.open(made.set)
        assert file.whole() and file.place(outer(2_500)) == (2_504, 0)
        assert len(file.hashes) == 2 * made.good and (file.hashes[1:] >= file.hashes[:-1]).all()
    assert {what for what, _, _ in told} == {"read", "sort"} and told[-1][1] == told[-1][2]


def test_pieces_end_at_line_ends_in_no_quotes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs_pieces, "PIECE", 11)
    text = b'a,b\n"c\nd",e\n"f""\n",g\nh,i\n' * 20 + b"last,row"
    path = tmp_path / "x.csv"
    path.write_bytes(text)
    with path.open("rb") as file:
        found = list(spans(file, 0, len(text)))
        pieces = [text[offset:offset + length] for offset, length in found]
    assert b"".join(pieces) == text and len(pieces) > 10
    assert all(piece.count(b'"') % 2 == 0 for piece in pieces)
    path.write_bytes(b'"never closed\n' * 20)
    with path.open("rb") as file:
        assert sum(length for _, length in spans(file, 0, 280)) == 280
    monkeypatch.setattr(pairs_pieces, "MOST_LINE", 64)
    path.write_bytes(b"x" * 1000)
    with path.open("rb") as file, pytest.raises(BadFile):
        list(spans(file, 0, 1000))


# --- stopped and gone on with -----------------------------------------------------------------------------------------
class Stop(Exception):
    """Stands for a kill: nothing more is written."""


@pytest.mark.parametrize("at", range(1, 12))
def test_stopped_anywhere_it_goes_on_and_gives_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """At every step that it tells of; each step of reading is a checkpoint here."""
    monkeypatch.setattr(pairs_pieces, "PIECE", 2_000)
    monkeypatch.setattr(importer, "FIRST_CHECKPOINT_S", 0.0)
    path = desk.rows([(outer(n), inner(n)) for n in range(300)] + [("bad", inner(999))])
    steps = 0

    def stop(*_: object) -> None:
        nonlocal steps
        steps += 1
        if steps == at:
            raise Stop

    with pytest.raises(Stop):
        desk.take(path, skip_bad=True, progress=stop)
    assert desk.nothing() and desk.identities(inner(1)) == {}
    (left,) = all_staged(desk.pairs)
    made = desk.take(path, skip_bad=True)
    assert made.set and (made.good, made.bad, desk.found(made)) == (300, 1, [(302, "cap_outer", "no_rule")])
    assert made.resumed_at == (left.rows if left.offset < left.size else 0) and (at < 3 or left.rows)
    assert desk.identities(*(inner(n) for n in range(300))) == {inner(n): outer(n) for n in range(300)}
    assert not all_staged(desk.pairs)


@pytest.mark.parametrize("step", ["replace", "add"])
def test_killed_in_the_last_steps(desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    path = desk.rows(PAIRS)

    def stop(*_: object) -> None:
        raise Stop

    with monkeypatch.context() as patch, pytest.raises(Stop):
        if step == "add":
            patch.setattr(PairSets, "add", stop)
        else:
            real = os.replace
            patch.setattr(os, "replace", lambda a, b: stop() if str(b).endswith(".pairs") else real(a, b))
        desk.take(path)
    assert desk.identities(inner(1)) == {}
    made = desk.take(path)
    assert made.set and desk.identities(inner(1)) == {inner(1): outer(1)} and not all_staged(desk.pairs)


def test_other_rules_begin_anew(desk: Desk) -> None:
    path = desk.rows([*PAIRS, ("https://late.example/1234", inner(9))])
    assert desk.take(path).set is None and len(all_staged(desk.pairs)) == 1
    late = Rule("late", "url", r"https://late\.example/(?P<serial>[0-9]{4})", level="bottle", role="cap_outer")
    made = desk.take(path, site=(*SITE, late))
    assert made.set and made.good == 5 and not made.resumed_at


def test_the_same_content_is_known_by_any_name_and_a_changed_file_is_another(desk: Desk) -> None:
    first = desk.take(desk.rows(PAIRS))
    again = desk.take(desk.rows(PAIRS, name="renamed.csv"))
    assert first.set and again.known and again.set and again.set.number == first.set.number
    other = desk.take(desk.rows([*PAIRS, (outer(9), inner(9))]))
    assert other.set and not other.known


def test_a_file_that_changes_while_it_is_read_is_refused(desk: Desk) -> None:
    path = desk.rows(PAIRS)
    with pytest.raises(BadFile) as error:
        desk.take(path, progress=lambda *_: os.utime(path, ns=(1, 1)))
    assert error.value.word == "pair_changed" and desk.nothing()


def test_one_import_at_a_time(desk: Desk) -> None:
    path = desk.rows(PAIRS)
    with closing(ImportLock(desk.pairs)), pytest.raises(ImportRuns):
        desk.take(path)
    assert desk.take(path).set


def test_a_sample_is_wanted_unless_none_is(desk: Desk) -> None:
    made = desk.take(desk.rows(PAIRS), sample=2)
    assert made.set and made.set.state == "to_check" and made.set.sampling.wanted == 2
    assert desk.identities(inner(1)) == {}


def test_bad_rows_are_told_up_to_a_limit_and_all_counted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (pairs_rows, pairs_staged, pairs_end):
        monkeypatch.setattr(module, "MOST_TOLD", 5)
    monkeypatch.setattr(pairs_pieces, "PIECE", 500)
    made = desk.take(desk.rows([*PAIRS, *(("bad", inner(n)) for n in range(40)), *PAIRS]))
    assert made.set is None and made.bad == 44 and len(made.faults) == 9


def test_what_was_refused_waits_until_another_file_comes(desk: Desk) -> None:
    assert desk.take(desk.rows([*PAIRS, ("bad", inner(9))], name="bad.csv")).set is None
    assert [each.refused for each in all_staged(desk.pairs)] == [True]
    assert desk.take(desk.rows([("bad", "worse")], name="nothing.csv")).set is None
    assert all_staged(desk.pairs) == []
