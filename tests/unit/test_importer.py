"""Import: every kind from CSV and XLSX, in the encodings and headings people have; bad rows named; all or nothing."""
from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from xlsxwriter import Workbook

from app.cli.bring import _fault, _problem
from app.cli.speech import Speech
from app.domain.codes.checks import mod10
from app.domain.codes.rule import Rule
from app.domain.people import badge_hash
from app.domain.warehouse.kinds import KINDS, Kind, PartnerRole
from app.importer import BadFile, Importer, Result, cells, columns, kinds, template_of
from app.importer.faults import MOST_SHOWN
from app.importer.tables import MAX_CELL
from app.store import rows
from app.store.catalogue import Catalogue
from app.store.database import Connection, open_writer
from app.store.migrations import migrate
from app.store.papers import PLACES, STATES
from app.store.records import EXPECTED
from app.store.registry import Registry

LANGUAGES = ("en", "zh_CN")
BUILDING = ("plan", "product", "partner", "location", "order", "document", "issued", "hold", "person", "rule")
TABLES = ("product", "plan", "partner", "location", "work_order", "document", "announced", "hold", "person",
          "rule", "issued", "object", "meta")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    made = open_writer(tmp_path / "station.db")
    migrate(made)
    yield made
    made.close()


@pytest.fixture
def catalogue(connection: Connection) -> Catalogue:
    return Catalogue(connection)


class Desk:
    """Writes files and imports them."""

    def __init__(self, folder: Path, connection: Connection) -> None:
        self.folder, self.connection = folder, connection
        self.hashed: list[str] = []

    def csv(self, text: str, name: str = "table.csv", encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.write_bytes(text.encode(encoding))
        return path

    def xlsx(self, name: str = "book.xlsx", **sheets: Sequence[Sequence[Any]]) -> Path:
        with Workbook(self.folder / name) as book:
            for title, table in sheets.items():
                sheet = book.add_worksheet(title)
                for number, cells in enumerate(table):
                    sheet.write_row(number, 0, cells)
        return self.folder / name

    def importer(self, **more: Any) -> Importer:
        return Importer(self.connection, hash_pin=self._hash, **more)

    def _hash(self, pin: str) -> str:
        self.hashed.append(pin)
        return f"$argon2id${len(pin)}"

    def take(self, *paths: Path, kind: str = "", dry_run: bool = False, **more: Any) -> list[Result]:
        return self.importer(**more).take(paths, kind, dry_run=dry_run)

    def good(self, *paths: Path, **more: Any) -> None:
        for result in self.take(*paths, **more):
            assert result.good, (result.problem, result.faults.shown)

    def faults(self, path: Path, **more: Any) -> list[tuple[int, str, str]]:
        """(row, column, what was expected) of a file that is refused and changes nothing."""
        before = everything(self.connection)
        (result,) = self.take(path, **more)
        assert result.problem is None and not result.good
        assert everything(self.connection) == before
        for language in LANGUAGES:
            for each in result.faults.shown:
                assert "[" not in _fault(Speech(language, strict=True), path, each).replace(each.got, "")
        return [(each.row, each.column, each.expected) for each in result.faults.shown]

    def problem(self, path: Path, **more: Any) -> str:
        (result,) = self.take(path, **more)
        assert result.problem is not None
        for language in LANGUAGES:
            assert _problem(Speech(language, strict=True), result.problem)
        return result.problem.word


def everything(connection: Connection) -> dict[str, list[Any]]:
    return {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in TABLES}


@pytest.fixture
def desk(tmp_path: Path, connection: Connection) -> Desk:
    return Desk(tmp_path, connection)


@pytest.fixture
def stocked(desk: Desk) -> Desk:
    """With the templates' examples in."""
    for kind in BUILDING:
        desk.good(desk.csv(template_of(kind, "en"), f"{kind}.csv", "utf-8-sig"))
    return desk


# --- every kind -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_template_can_be_imported_as_it_is_in_any_order(desk: Desk, catalogue: Catalogue, language: str) -> None:
    files = [desk.csv(template_of(kind, language), f"{number}.csv", "utf-8-sig")
             for number, kind in enumerate(reversed(BUILDING))]
    results = desk.take(*files)
    assert all(each.good for each in results), [(each.path, each.problem, each.faults.shown) for each in results]
    assert {kind for each in results for kind in each.rows} == set(BUILDING)
    plan = catalogue.plan("P24-48", 1)
    assert plan and [(each.level, each.count) for each in plan.levels] == [("bottle", 0), ("case", 24), ("pallet", 48)]
    product = catalogue.product("MILK-250")
    assert product and product.name == {"zh_CN": "纯牛奶 250 ml", "en": "Milk 250 ml"}
    assert product.gtins == {"bottle": "06901234250015", "case": "16901234250012"} and not product.issued_only
    order = catalogue.order("WO-271130-A")
    assert order and order.materials == ("RM-MILK-02", "RM-CAP-88121") and order.planned == 4608
    document = catalogue.document("SO-8841")
    assert document and document.lines[0].quantity == 2304 and document.references[0][0] == "po"
    assert catalogue.holds()[0].lot == "271101"
    assert catalogue.rules()[0].levels == {"b": "bottle", "c": "case"}
    assert Registry(desk.connection).known(["https://id.gs1.org/01/06901234250015/21/A1001"])


def test_every_kind_is_there_and_has_its_words() -> None:
    assert set(kinds()) == {*BUILDING, "announced"}
    for language in LANGUAGES:
        speech = Speech(language, strict=True)
        assert all(speech(f"import.kind.{kind}") for kind in kinds())
        assert all(speech.has(f"import.expected.{word}") for word in EXPECTED)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_reason_role_and_place_can_be_written_as_it_is_read(desk: Desk, language: str) -> None:
    words = Speech(language, strict=True)
    for type, table, names in (("direction", "kind", [each.name for each in KINDS]),
                               ("reason", "reason", sorted({word for each in KINDS for word in each.reasons})),
                               ("partner_role", "partner_role", [str(role) for role in PartnerRole]),
                               ("place", "place", list(PLACES)), ("state", "state", list(STATES))):
        for name in names:
            assert cells.value(type, words(f"document.{table}.{name}")) == name
            assert cells.value(type, name) == name


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_document_of_every_kind_comes_from_a_table(stocked: Desk, catalogue: Catalogue, kind: Kind) -> None:
    stocked.good(*(stocked.csv(f"partner,gln,name,role\nX-{role},6901234000078,{role},{role}\n", f"{role}.csv")
                   for role in PartnerRole))
    words = Speech("zh_CN", strict=True)
    partner = f"X-{kind.roles[0]}" if kind.roles else ""
    reason = words(f"document.reason.{kind.reasons[0]}") if kind.reasons else ""
    named = words(f"document.kind.{kind.name}")
    stocked.good(stocked.csv("单号,单据类型,伙伴编号,产品编号,批号,数量,工位配额,原因,线路\n"
                             f"D1,{named},{partner},MILK-250,,24,,{reason},L1\nD1,,,MILK-250,B1,6,D1=2; D2=4,,\n"
                             f"D2,{named},{partner},,,,,{reason},\n"))
    first, second = catalogue.document("D1"), catalogue.document("D2")
    assert first and second and second.free and (first.does, first.partner) == (kind, partner)
    assert [(each.line, each.lot, each.quantity) for each in first.lines] == [(1, "", 24), (2, "B1", 6)]
    assert [(each.station, each.line, each.quantity) for each in first.quotas] == [("D1", 2, 2), ("D2", 2, 4)]
    assert (first.reason, first.route) == (kind.reasons[0] if kind.reasons else "", "L1")


def test_a_file_of_the_right_kind_knows_itself_in_both_languages() -> None:
    for kind in columns.tables().kind:
        for language in LANGUAGES:
            heading = [getattr(each, language)[0] for each in kind.column]
            assert columns.guess(heading, None) is kind, (kind.name, language)


# --- shapes of files ------------------------------------------------------------------------------------------------
CHINESE = "包装方案{0}版本{0}层级{0}数量\r\nP1{0}1{0}瓶{0}\r\n\r\nP1{0}1{0}箱{0}24\r\n"
ENGLISH = "Plan ID{0}VERSION{0}packaging-level{0}holds\nP1{0}1{0}bottle{0}0\nP1{0}1{0}case{0}24.0\n"


@pytest.mark.parametrize("text", [CHINESE, ENGLISH])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings_and_delimiters(desk: Desk, catalogue: Catalogue, text: str, mark: str, encoding: str) -> None:
    desk.good(desk.csv(text.format(mark), encoding=encoding))
    plan = catalogue.plan("P1", 1)
    assert plan and [(each.level, each.count) for each in plan.levels] == [("bottle", 0), ("case", 24)]


def test_excels_own_mark_for_the_delimiter(desk: Desk, catalogue: Catalogue) -> None:
    desk.good(desk.csv("sep=;\n" + ENGLISH.format(";")))
    assert catalogue.plan("P1", 1)


def test_a_workbook_of_several_sheets_goes_in_at_once(desk: Desk, catalogue: Catalogue) -> None:
    path = desk.xlsx(**{
        "产品": [["产品编号", "产品名称", "包装规格", "GTIN 瓶", "gtin_pallet"], ["A", "甲", "P1", 6901234250015, ""]],
        "空": [[]],
        "plans": [["plan", "version", "level", "count"], ["P1", 1, "瓶", None], ["P1", 1, "垛", 24]]})
    (result,) = desk.take(path)
    assert result.good and result.rows == {"product": 1, "plan": 2}
    product = catalogue.product("A")
    assert product and product.gtins == {"bottle": "06901234250015"}


def test_dates_and_numbers_as_excel_keeps_them(stocked: Desk, catalogue: Catalogue) -> None:
    with Workbook(stocked.folder / "orders.xlsx", {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["order", "product", "lot", "produced", "expiry", "planned"])
        sheet.write_row(1, 0, ["W9", "MILK-250", 271130, "2027年11月30日", "2028/5/28", "4,608"])
        from datetime import date

        sheet.write_datetime(1, 3, date(2027, 11, 30))
    stocked.good(stocked.folder / "orders.xlsx")
    order = catalogue.order("W9")
    assert order and (order.lot, order.produced, order.expiry, order.planned) == (
        "271130", "2027-11-30", "2028-05-28", 4608)
    assert (order.plan, order.plan_version) == ("P24-48", 1), "the product's plan where none is named"


def test_the_kind_is_told_by_the_heading_or_the_name_or_in_words(desk: Desk, catalogue: Catalogue) -> None:
    assert desk.problem(desk.csv("a,b,c\n1,2,3\n")) == "strange_heading"
    assert desk.problem(desk.csv("a,b,c\n1,2,3\n", "my-holds.csv")) == "strange_column", "the name tells"
    assert desk.problem(desk.csv("a,b,c\n1,2,3\n"), kind="plan") == "strange_column"
    text = "id,gln,name\nDC,6901234000078,n\n"
    assert columns.guess(text.splitlines()[0].split(","), None).name == "partner"
    desk.good(desk.csv(text, "holds.csv"))
    assert catalogue.partner("DC"), "a heading that fits counts for more than the name"
    with pytest.raises(BadFile) as caught:
        desk.take(desk.csv(text), kind="nonsense")
    assert caught.value.word == "no_kind"
    assert columns.kind_named("产品").name == columns.kind_named("Products").name == "product"


@pytest.mark.parametrize(("heading", "word"), [
    ("plan,version,level,count,colour", "strange_column"), ("plan,version,level,level", "column_twice"),
    ("plan,level,count", "column_missing"),
])
def test_a_heading_with_a_slip_is_named(desk: Desk, heading: str, word: str) -> None:
    assert desk.problem(desk.csv(f"{heading}\nP,1,bottle,0\n")) == word


# --- no table at all ------------------------------------------------------------------------------------------------
def archive(path: Path, **parts: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return path


WORKBOOK = b"<workbook/>"
SHEET = "xl/worksheets/sheet1.xml"
NO_TABLES: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "empty ": lambda path: path.write_bytes(b"\r\n\r\n,,\r\n"),
    "folder": lambda path: path.mkdir(),
    "not_text": lambda path: path.write_bytes(b"\x7fELF\0\0\0" + bytes(range(256))),
    "encoding": lambda path: path.write_bytes(b"plan,version\nP,1\nP,\xff\xff\n"),
    "other_file": lambda path: path.write_bytes(b"%PDF-1.7 ..."),
    "old_excel": lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
    "password": lambda path: path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")),
    "other_zip": lambda path: archive(path, **{"word/document.xml": b"<a/>"}),
    "macros": lambda path: archive(path, **{"xl/workbook.xml": WORKBOOK, "xl/vbaProject.bin": b"x"}),
    "broken_workbook": lambda path: archive(path, **{"xl/workbook.xml": WORKBOOK}),
    "broken_workbook ": lambda path: path.write_bytes(b"PK\x03\x04 and no more"),
    "broken_workbook  ": lambda path: archive(
        path, **{"xl/workbook.xml": b'<!DOCTYPE a [<!ENTITY b "ha">]><a>&b;</a>'}),
    "bomb": lambda path: archive(path, **{"xl/workbook.xml": WORKBOOK, SHEET: b" " * 30_000_000}),
    "long_line": lambda path: path.write_bytes(b"x" * 1_500_000),
    "csv": lambda path: path.write_bytes(b'epc\n"never closed\n' + b"x\n" * 100_000),
    "csv ": lambda path: path.write_bytes(b'epc\n"closed" too early\n'),
}


@pytest.mark.parametrize("word", NO_TABLES)
def test_what_is_no_table_is_a_sentence(desk: Desk, word: str) -> None:
    path = desk.folder / "thing"
    NO_TABLES[word](path)
    before = everything(desk.connection)
    assert desk.problem(path, kind="plan" if word == "long_line" else "") == word.strip()
    assert everything(desk.connection) == before


def test_any_bytes_of_a_workbook_broken_is_a_sentence(desk: Desk) -> None:
    whole = desk.xlsx(plans=[["plan", "version", "level", "count"], ["P", 1, "bottle", 0], ["P", 1, "case", 6]])
    data = whole.read_bytes()
    with zipfile.ZipFile(whole) as parts:
        texts = {name: parts.read(name) for name in parts.namelist()}
    for name, text in texts.items():
        for broken in (b"", text[: len(text) // 2], text.replace(b"<", b"<<", 3), text.replace(b"1", b"9" * 30)):
            archive(whole, **{**texts, name: broken})
            (result,) = desk.take(whole, dry_run=True)
            assert result.good or result.problem or result.faults.count
    for at in range(0, len(data), 97):
        whole.write_bytes(data[:at] + b"\xff" + data[at + 1:])
        (result,) = desk.take(whole, dry_run=True)
        assert result.good or result.problem or result.faults.count


# --- bad rows -------------------------------------------------------------------------------------------------------
def test_a_formula_is_never_worked_out(desk: Desk) -> None:
    path = desk.folder / "formulas.xlsx"
    with Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["plan", "version", "level", "count"])
        sheet.write_row(1, 0, ["P", 1, "bottle", 0])
        sheet.write_row(2, 0, ["P", 1, "case"])
        sheet.write_formula(2, 3, "=SUM(12,12)", None, 24)
        sheet.write_row(3, 0, ["P", 1, "pallet"])
        sheet.write_array_formula(3, 3, 3, 3, "{=SUM(1,2)}", None, 3)
    assert desk.faults(path) == [(3, "D count", "no_formula"), (4, "D count", "no_formula")]
    assert desk.faults(desk.csv("plan,version,level,count\nP,1,bottle,=1+1\nP,1,case,6\n")) == [(2, "D count", "whole")]


def test_numbers_that_excel_has_cut_are_refused(stocked: Desk) -> None:
    heading = ["product", "name_en", "plan", "gtin_bottle"]
    assert stocked.faults(stocked.xlsx(s=[heading, [1234567890123456789, "n", "P24-48", ""]])) == [
        (2, "A product", "as_text")]
    assert stocked.faults(stocked.csv(",".join(heading) + "\nX,n,P24-48,6.90123E+12\n")) == [
        (2, "D gtin_bottle", "as_text")]


BAD_ROWS: dict[str, tuple[str, list[tuple[int, str, str]]]] = {
    "plan": ("""plan,version,level,count
P,1,bottle,0
P,x,case,24
P,1,Üben,2
""", [
        (3, "B version", "whole"), (4, "C level", "level")]),
    "plan ": ("""plan,version,level,count
P,1,bottle,0
P,1,case,0
""", [
        (2, "", "plan")]),
    "plan  ": ("""plan,version,level,count
P,1,bottle,0
P,1,case,999999
""", [
        (3, "D count", "number")]),
    "product": ("""product,name_en,plan,gtin_bottle,gtin_tun
A,n,P0,,
B,n,P24-48,6901234250016,
C,,P24-48,,
D,n,P24-48,06901234250015,
E,n,P24-48,,06901234100013
E,n,P24-48,,
F,n,P24-48,,,6
G,n
""", [
        (7, "A product", "once_in_file"), (8, "F", "no_more_cells"), (9, "C plan", "filled"),
        (2, "C plan", "plan_known"), (3, "D gtin_bottle", "gtin"), (4, "B name_en", "name"),
        (5, "D gtin_bottle", "gtin_free"), (6, "E gtin_tun", "plan_level")]),
    "partner": ("""partner,gln,name
A,6901234000079,n
B,123,n
""", [
        (2, "B gln", "gln"), (3, "B gln", "gln")]),
    "order": ("""order,product,lot,produced,expiry,planned,state,plan
A,NO,L,2027-11-30,2028-11-30,1,,
B,MILK-250,L,30.11.2027,2028-11-30,1,,
C,MILK-250,L,2027-11-30,2026-11-30,1,,
D,MILK-250,L,2027-11-30,2028-11-30,0,,
E,MILK-250,L,2027-11-30,2028-11-30,1,done,
F,MILK-250,L,2027-11-30,2028-11-30,1,,P0
""", [
        (6, "G state", "choice"), (2, "B product", "product_known"), (3, "D produced", "date"),
        (4, "E expiry", "date_order"), (5, "F planned", "number"), (7, "H plan", "plan_known")]),
    "document": ("""document,kind,partner,line,product,quantity,references
A,发货,DC-07,1,MILK-250,x,
A,,,2,NO,1,
A,ship,DC-07,3,MILK-250,0,
A,收货,,4,MILK-250,1,
B,,DC-07,1,MILK-250,1,
C,ship,NO,1,MILK-250,1,
D,ship,DC-07,1,MILK-250,1,po=x y
D,,,1,NO,1,
E,ship,DC-07,1,MILK-250,1,po
""", [
        (2, "F quantity", "whole"), (5, "B kind", "same_as"), (6, "B kind", "filled"), (10, "G references", "pairs"),
        (7, "C partner", "partner_known"), (9, "D line", "line"), (8, "G references", "uri")]),
    "location": ("""location,name,kind,products
A 01,n,,
A-02,n,roof,
A-03,,,
A-04,n,货架,NO
""", [
        (3, "C kind", "choice"), (2, "A location", "extension"), (4, "B name", "name"),
        (5, "D products", "product_known")]),
    " document": ("""document,kind,partner,product,quantity,quotas,reason,territory
A,销售出库,R-33018,MILK-250,9,D1=5; D2=5,,
A,,,MILK-250,9,D1=5,,
B,Sale,DC-07,MILK-250,9,,,
C,gift_out,R-33018,MILK-250,9,,促销,
D,调拨出库,DC-07,MILK-250,9,,破损,
E,退货入库,R-33018,,,,滞销,
F,报废出库,DC-07,,,,Damaged,
G,scrap_out,,,,,boredom,
H,ship,DC-07,MILK-250,,,,51 01
I,gift_out,DC-07,,,,,
J,ship,,,,,,
""", [
        (9, "G reason", "choice"), (10, "E quantity", "filled"), (2, "F quotas", "quota_sum"),
        (4, "C partner", "role_fits"), (5, "B kind", "kind_allowed"), (6, "G reason", "no_reason"),
        (8, "C partner", "no_partner"), (10, "H territory", "territory"), (11, "G reason", "choice"),
        (12, "C partner", "partner_wanted")]),
    "announced": ("""document,epc,level,product,expiry,parent
SO-8841,https://x.example/1,pallet,,,
SO-8841,https://x.example/2,case,MILK-250,2028-13-01,https://x.example/1
SO-8841,https://x.example/3,case,NO,,https://x.example/1
SO-8841,https://x.example/4,tun,MILK-250,,
SO-8841,https://x.example/5,case,MILK-250,,https://x.example/9
SO-8841,x y,case,MILK-250,,
SO-8841,https://x.example/5,case,MILK-250,,
NO,https://x.example/6,case,MILK-250,,
SO-8841,https://x.example/7,tun,MILK-250,,
SO-8841,https://x.example/8,case,MILK-250,,https://x.example/7
""", [
        (7, "B epc", "code"), (3, "E expiry", "date"), (8, "B epc", "once"), (4, "D product", "product_known"),
        (5, "C level", "plan_level"), (6, "F parent", "parent"), (10, "C level", "plan_level"),
        (9, "A document", "document_known")]),
    "issued": ("""epc
https://x.example/1
(01)06901234250016(21)A
no code
""", [
        (3, "A epc", "code"), (4, "A epc", "code")]),
    "hold": ("""hold,reason,product,active
A,r,,
B,,MILK-250,
C,r,NO,
D,r,MILK-250,perhaps
""", [
        (3, "B reason", "filled"), (5, "D active", "boolean"), (2, "C product", "target"),
        (4, "C product", "product_known")]),
    "rule": ("""name,kind,pattern,product
A,url,((,
B,magic,,
C,url,https://x/(?P<serial>a),NO
""", [
        (2, "C pattern", "rule"), (3, "C pattern", "rule"), (4, "D product", "product_known")]),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_every_bad_row_is_named_and_nothing_goes_in(stocked: Desk, name: str) -> None:
    text, expected = BAD_ROWS[name]
    path, kind = stocked.csv(text), name.strip()
    assert stocked.faults(path, kind=kind) == expected
    (dry,) = stocked.take(path, kind=kind, dry_run=True)
    assert [(each.row, each.column, each.expected) for each in dry.faults.shown] == expected


def test_the_first_hundred_are_shown_and_the_rest_counted(desk: Desk) -> None:
    (result,) = desk.take(desk.csv("epc\n" + "no code\n" * 250))
    assert (len(result.faults.shown), result.faults.count, result.rows) == (MOST_SHOWN, 250, {"issued": 250})


def test_control_characters_and_huge_cells_are_refused_and_shown_escaped(stocked: Desk) -> None:
    path = stocked.csv(f"hold,reason,product\nA,\x1b[31m<b>,MILK-250\nB,{'x' * (MAX_CELL + 1)},MILK-250\n")
    (result,) = stocked.take(path)
    said = [_fault(Speech("en", strict=True), path, each) for each in result.faults.shown]
    assert [each.expected for each in result.faults.shown] == ["huge", "text"]
    assert "\x1b" not in "".join(said) and "\\x1b[31m<b>" in said[1]


# --- all or nothing -------------------------------------------------------------------------------------------------
def test_a_good_file_goes_in_beside_a_bad_one(desk: Desk, catalogue: Catalogue) -> None:
    plans = desk.csv(template_of("plan", "en"), "plans.csv")
    products = desk.csv("product,name_en,plan\nA,n,P24-48\nB,n,P0\n", "products.csv")
    first, second = desk.take(products, plans)
    assert (first.path, first.good) == (plans, True) and not second.good
    assert catalogue.plan("P24-48") and not catalogue.products()


def test_a_dry_run_knows_of_the_files_before_and_changes_nothing(desk: Desk) -> None:
    before = everything(desk.connection)
    files = [desk.csv(template_of(kind, "en"), f"{kind}.csv") for kind in BUILDING]
    assert all(each.good for each in desk.take(*files, dry_run=True))
    assert everything(desk.connection) == before and not desk.hashed


def test_in_a_dry_run_too_a_bad_file_is_not_there_for_the_others(desk: Desk) -> None:
    plans = desk.csv(f"{template_of('plan', 'en')}P2,1,bottle,0\n", "plans.csv")
    products = desk.csv(template_of("product", "en"), "products.csv")
    for dry_run in (True, False):
        told = desk.take(plans, products, dry_run=dry_run)
        assert [[each.expected for each in result.faults.shown] for result in told] == [["plan"], ["plan_known"]]


def test_importing_twice_changes_nothing_more(stocked: Desk) -> None:
    before = everything(stocked.connection)
    for kind in BUILDING:
        stocked.good(stocked.csv(template_of(kind, "en")))
    after = everything(stocked.connection)
    assert rows.number(stocked.connection, "catalogue", 0) == 2 * len(BUILDING), "a running station sees each one"
    assert {**after, "meta": []} == {**before, "meta": []}


def test_what_a_table_does_not_tell_is_kept(stocked: Desk, catalogue: Catalogue) -> None:
    rule = {"name": "r", "kind": "url", "pattern": "https://x/(?P<serial>[0-9]{9})", "level": "bottle"}
    catalogue.put("product", "M", {"name": {"en": "n"}, "gtins": {}, "plan": "P24-48", "rules": [rule]})
    stocked.good(stocked.csv("product,name_en,plan\nM,new,P24-48\n"))
    product = catalogue.product("M")
    assert product and product.name["en"] == "new" and product.rules[0].name == "r"
    stocked.good(stocked.csv("document,epc,level,product\nSO-8841,https://x.example/1,case,MILK-250\n"))
    stocked.good(stocked.csv(template_of("document", "en")))
    document = catalogue.document("SO-8841")
    assert document and [each.epc for each in catalogue.announced("SO-8841")] == ["https://x.example/1"]
    known = stocked.connection.execute("SELECT status, implied FROM object WHERE epc='https://x.example/1'").fetchone()
    assert known == ("announced", 1)


def test_beside_a_running_station_nothing_takes_long(stocked: Desk) -> None:
    lines = "".join(f"SO-1,https://x.example/{number},case,MILK-250\n" for number in range(20_001))
    stocked.good(stocked.csv("document,kind,partner,product,quantity\nSO-1,receive,DC-07,MILK-250,9\n"), beside=True)
    path = stocked.csv(f"document,epc,level,product\n{lines}")
    assert stocked.problem(path, beside=True) == "too_long_beside"
    assert stocked.problem(path, beside=True, dry_run=True) == "too_long_beside"
    stocked.good(stocked.csv("code\n" + "".join(f"https://x.example/{n}\n" for n in range(12_000))), beside=True)
    assert stocked.connection.execute("SELECT count(*) FROM issued").fetchone() == (12_001,)


# --- people ---------------------------------------------------------------------------------------------------------
def test_badges_and_pins_are_kept_as_hashes_only(desk: Desk, catalogue: Catalogue) -> None:
    path = desk.csv("工号,姓名,岗位,工牌,PIN\nli,李娜,操作员,%ST:BADGE:B-77812,739182\nwa,王强,班长,B-2,\n")
    (result,) = desk.take(path)
    assert result.good and result.secrets and desk.hashed == ["739182"]
    person = catalogue.person("li")
    assert person and person.badge == badge_hash("li", "B-77812") and person.pin == "$argon2id$6"
    stored = b"".join(each.read_bytes() for each in desk.folder.glob("station.db*"))
    assert b"739182" not in stored and b"B-77812" not in stored and person.badge.encode() in stored
    desk.good(desk.csv("person,name,role\nli,Li,operator\n"))
    renamed = catalogue.person("li")
    assert renamed and (renamed.name, renamed.badge, renamed.pin) == ("Li", person.badge, person.pin)


def test_weak_pins_and_taken_badges_are_refused_and_nothing_secret_is_said(desk: Desk) -> None:
    desk.good(desk.csv("person,name,role,badge\nold,O,operator,B-OLD\n"))
    path = desk.csv("person,name,role,badge,pin\na,A,operator,,123456\nb,B,operator,,7391\nc,C,operator,,73918x\n"
                    "d,D,operator,B-OLD,\ne,E,operator,B-1,\nf,F,operator,B-1,\ng,G,boss,B-9,739182,739182\n"
                    f"h,H,operator,,{'7' * (MAX_CELL + 1)}\n")
    (result,) = desk.take(path)
    assert [(each.row, each.expected) for each in result.faults.shown] == [
        (8, "no_more_cells"), (8, "choice"), (9, "huge"), (2, "pin_common"), (3, "pin_short"), (4, "pin_digits"),
        (5, "badge_free"), (7, "badge_free")]
    said = "".join(_fault(Speech("en", strict=True), path, each) for each in result.faults.shown)
    assert not any(secret in said for secret in ("123456", "7391", "B-OLD", "B-1", "777")) and not desk.hashed


# --- codes ----------------------------------------------------------------------------------------------------------
def test_codes_are_known_as_the_station_would_read_them(stocked: Desk) -> None:
    sscc = "06901234000000001"
    sscc += mod10(sscc) or ""
    site = Rule("lid", "digits", r"(?P<serial>[0-9]{10})", level="bottle", epc="https://q.brand.example/lid/{serial}")
    stocked.good(stocked.csv(f"""code
(01)06901234250015(21)B7
]d20106901234250015\x1d21B8
https://dl.example/01/06901234250015/21/B9?17=280528
(00){sscc}
1234567890
urn:epc:id:sgtin:6901234.025001.1
"""), site=[site])
    registry = Registry(stocked.connection)
    dl = "https://id.gs1.org/01/06901234250015/21/"
    wanted = {f"{dl}B7", f"{dl}B9", f"https://id.gs1.org/00/{sscc}", "https://q.brand.example/lid/1234567890",
              "urn:epc:id:sgtin:6901234.025001.1"}
    assert registry.known(wanted) == wanted


def test_a_plan_with_the_codes_of_each_object_and_what_is_printed_here(desk: Desk, catalogue: Catalogue) -> None:
    (result,) = desk.take(desk.csv("plan,version,level,count,roles,label\n"
                                   "W,1,bottle,0,cap_outer cap_inner:line;sleeve:file,\nW,1,case,6,,sscc\n"))
    plan = catalogue.plan("W")
    assert result.good and plan is not None and plan.levels[1].label == "sscc"
    assert [(each.role, each.joined) for each in plan.levels[0].roles] == [
        ("cap_outer", "file"), ("cap_inner", "line"), ("sleeve", "file")]
    (bad,) = desk.take(desk.csv("plan,version,level,count,roles\nX,1,bottle,0,a b:nobody\nX,1,case,6,\n"))
    assert not bad.good and catalogue.plan("X") is None
