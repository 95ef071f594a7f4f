"""GS1 element strings, bare GTINs and Digital Link through the rule table, as scanners and people give them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.codes.identity import Code, CommandCode, Refusal
from app.domain.codes.rule import Rule
from app.domain.codes.rules import RuleTable
from app.domain.codes.text import pasted
from app.domain.reasons import Reason

GTIN = "06901234000009"
TABLE = RuleTable(
    (), {GTIN: ("MILK", "bottle"), "16901234000006": ("MILK", "case"), "00000096385074": ("TINY", "piece")}
)
SSCC = "106141412345678908"
BOTTLE = f"https://id.gs1.org/01/{GTIN}/21/ABC"


def read(sample: str, aim: str = "]d2", table: RuleTable = TABLE) -> Code:
    meaning = table.read(pasted(sample), aim)
    assert isinstance(meaning, Code), meaning
    return meaning


def refused(sample: str, aim: str = "]d2", table: RuleTable = TABLE) -> Refusal:
    meaning = table.read(pasted(sample), aim)
    assert isinstance(meaning, Refusal), meaning
    return meaning


# --- element strings ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("aim", ["]C1", "]d2", "]Q3", "]e0", "]J1"])
def test_a_bottle_by_any_gs1_symbology(aim: str) -> None:
    code = read(f"01{GTIN}1727113010L-7<GS>21ABC", aim)
    assert (code.epc, code.gtin, code.serial, code.lot) == (BOTTLE, GTIN, "ABC", "L-7")
    assert (code.product, code.level, code.expiry, code.aim) == ("MILK", "bottle", date(2027, 11, 30), aim)


@pytest.mark.parametrize(
    "sample",
    [f"21ABC<GS>01{GTIN}", f"<GS>01{GTIN}21ABC", f"01{GTIN}<GS>21ABC<GS>", f"(01){GTIN}(21)ABC", f"(21)ABC(01){GTIN}"],
)
def test_order_brackets_and_extra_separators_do_not_matter(sample: str) -> None:
    assert read(sample).epc == BOTTLE


@pytest.mark.parametrize(
    "sample", [f"<GS>01{GTIN}21ABC", f"01{GTIN}10L<GS>21ABC", f"]d201{GTIN}21ABC", f"(01){GTIN}(21)ABC"]
)
def test_without_an_identifier_the_marks_in_the_text_tell(sample: str) -> None:
    assert read(sample, "").epc == BOTTLE


@pytest.mark.parametrize("aim", ["", "]C0", "]d1", "]Q1"])
@pytest.mark.parametrize("sample", [f"01{GTIN}21ABC", f"00{SSCC}", "6901234000009", GTIN])
def test_unmarked_digits_are_never_guessed(sample: str, aim: str) -> None:
    assert refused(sample, aim).reason == Reason.NO_RULE


def test_a_pallet() -> None:
    code = read(f"00{SSCC}", "]C1")
    assert (code.epc, code.level, code.product, code.gtin) == (f"https://id.gs1.org/00/{SSCC}", "", "", "")
    assert read(f"00{SSCC}02{GTIN}371152<GS>10L7", "]C1").lot == "L7"


def test_the_level_comes_from_the_catalogue() -> None:
    assert read("011690123400000621C1").level == "case"


def test_a_piece_of_an_item() -> None:
    assert read(f"8006{GTIN}0102<GS>21ABC").epc == f"https://id.gs1.org/8006/{GTIN}0102/21/ABC"


@pytest.mark.parametrize(
    ("element", "expiry"),
    [
        ("17280229", date(2028, 2, 29)),
        ("17280200", date(2028, 2, 29)),
        ("17270200", date(2027, 2, 28)),
        ("15271130", date(2027, 11, 30)),
        ("1727113015270101", date(2027, 11, 30)),
        ("11260101", None),
        ("70032711301530<GS>", date(2027, 11, 30)),
    ],
)
def test_dates(element: str, expiry: date | None) -> None:
    assert read(f"01{GTIN}{element}21ABC").expiry == expiry


@pytest.mark.parametrize("day", ["271300", "270230", "270132", "270001"])
def test_a_day_that_is_none_is_refused(day: str) -> None:
    assert refused(f"01{GTIN}17{day}21ABC").reason == Reason.BAD_SYNTAX


@pytest.mark.parametrize(
    ("sample", "reason", "data"),
    [
        (f"01{GTIN[:-1]}721ABC", Reason.BAD_CHECK_DIGIT, {"expected": "9", "found": "7"}),
        (f"00{SSCC[:-1]}7", Reason.BAD_CHECK_DIGIT, {"expected": "8", "found": "7"}),
        (f"00{SSCC}02{GTIN[:-1]}73712", Reason.BAD_CHECK_DIGIT, {"expected": "9"}),
        ("21ABC", Reason.SERIAL_WITHOUT_GTIN, {"serial": "ABC"}),
        ("21ABC<GS>10L7", Reason.SERIAL_WITHOUT_GTIN, {}),
        (f"00{SSCC}21ABC", Reason.SERIAL_WITHOUT_GTIN, {}),
        (f"01{GTIN}", Reason.NO_SERIAL, {"gtin": GTIN, "product": "MILK"}),
        (f"01{GTIN}10L7", Reason.NO_SERIAL, {"gtin": GTIN}),
        ("10L7<GS>17271130", Reason.NO_SERIAL, {}),
        (f"02{GTIN}3712", Reason.NO_SERIAL, {}),
        (f"02{GTIN}", Reason.BAD_SYNTAX, {"problem": "needs", "ai": "02"}),
        (f"00{SSCC}02{GTIN}", Reason.BAD_SYNTAX, {"problem": "needs", "ai": "02", "needs": "37"}),
        (f"00{SSCC}3712", Reason.BAD_SYNTAX, {"problem": "needs", "ai": "37"}),
        (f"00{SSCC}10L7", Reason.BAD_SYNTAX, {"problem": "needs", "ai": "10", "needs": "01"}),
        (f"01{GTIN}3712<GS>21ABC", Reason.BAD_SYNTAX, {"problem": "together"}),
        (f"01{GTIN}02{GTIN}3712", Reason.BAD_SYNTAX, {"problem": "together"}),
        (f"01{GTIN}21ABC<GS>21ABD", Reason.BAD_SYNTAX, {"problem": "repeated", "ai": "21"}),
        (f"01{GTIN}21{'A' * 21}", Reason.BAD_SYNTAX, {"problem": "separator", "ai": "21"}),
        (f"01{GTIN}10{'A' * 20}21ABC", Reason.BAD_SYNTAX, {"problem": "separator", "ai": "10"}),
        (f"01{GTIN}21AB C", Reason.BAD_SYNTAX, {"problem": "separator"}),
        (f"01{GTIN}21批", Reason.BAD_SYNTAX, {}),
        (f"01{GTIN[:-2]}", Reason.BAD_SYNTAX, {"problem": "element"}),
        ("Hello", Reason.BAD_SYNTAX, {"problem": "element"}),
        ("<GS>", Reason.BAD_SYNTAX, {"problem": "element"}),
        ("(01)123(21)A", Reason.BAD_SYNTAX, {"problem": "element"}),
        ("(0)1(99999)2", Reason.BAD_SYNTAX, {}),
        ("01400638133393121A", Reason.BAD_SYNTAX, {}),
        ("010400638133393121A", Reason.UNKNOWN_PRODUCT, {"gtin": "04006381333931"}),
    ],
)
def test_refusals(sample: str, reason: Reason, data: dict[str, str]) -> None:
    meaning = refused(sample)
    assert meaning.reason == reason, meaning
    assert data.items() <= meaning.data.items()


def test_the_same_value_twice_is_one_value() -> None:
    assert read(f"01{GTIN}21ABC<GS>21ABC").epc == BOTTLE


# --- bare GTINs -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sample", "aim", "gtin", "product"),
    [
        ("6901234000009", "]E0", GTIN, "MILK"),
        ("16901234000006", "]I1", "16901234000006", "MILK"),
        ("96385074", "]E4", "00000096385074", "TINY"),
        ("4006381333931", "]E0", "04006381333931", None),
    ],
)
def test_a_bare_gtin_names_no_single_item(sample: str, aim: str, gtin: str, product: str | None) -> None:
    meaning = refused(sample, aim)
    assert meaning.reason == Reason.NO_SERIAL
    assert (meaning.data["gtin"], meaning.data.get("product")) == (gtin, product)


def test_a_bare_gtin_with_a_wrong_check_digit() -> None:
    assert refused("6901234000008", "]E0").reason == Reason.BAD_CHECK_DIGIT
    assert refused("7899", "]I0").reason == Reason.NO_RULE  # a short false read of ITF


# --- devices that send no mark --------------------------------------------------------------------------------------
UNMARKED = RuleTable((Rule("old scanners", "gs1", unmarked=True),), {GTIN: ("MILK", "bottle")})


def test_a_row_may_take_unmarked_strings_that_are_whole() -> None:
    assert read(f"01{GTIN}21ABC", "", UNMARKED).rule == "old scanners"
    assert read(f"00{SSCC}", "", UNMARKED).epc.endswith(SSCC)


@pytest.mark.parametrize(
    "sample",
    [
        f"01{GTIN}",
        f"01{GTIN[:-1]}721ABC",
        f"00{SSCC[:-1]}7",
        f"21ABC01{GTIN}",
        f"01{GTIN}21{'A' * 25}",
        "6901234000009",
        "0012",
    ],
)
def test_unmarked_strings_that_are_not_whole_are_not_guessed(sample: str) -> None:
    assert refused(sample, "", UNMARKED).reason == Reason.NO_RULE


def test_a_gs1_row_of_a_product_takes_only_its_own() -> None:
    rules = (
        Rule("juice", "gs1", product="JUICE", role="inner_cap"),
        Rule("milk", "gs1", product="MILK", role="outer_cap"),
    )
    code = read(f"01{GTIN}21ABC", "]d2", RuleTable(rules, {GTIN: ("MILK", "bottle")}))
    assert (code.rule, code.role) == ("milk", "outer_cap")


def test_a_row_may_say_what_an_sscc_stands_on() -> None:
    assert read(f"00{SSCC}", "]C1", RuleTable((Rule("site", "gs1", level="pallet"),), {})).level == "pallet"


# --- Digital Link ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "sample",
    [
        f"https://id.gs1.org/01/{GTIN}/21/ABC",
        "http://milk.example/01/6901234000009/21/ABC",
        f"HTTPS://MILK.EXAMPLE/some/path/01/{GTIN}/21/ABC",
        f"https://milk.example/01/{GTIN}/10/L-7/21/ABC?17=271130&lang=zh#top",
        f"https://milk.example/01/{GTIN}/21/ABC/",
        f"https://user@milk.example:8443/01/{GTIN}/21/%41BC",
        f"https://id.gs1.org/01/{GTIN}?21=ABC",
    ],
)
def test_digital_links_of_any_host_are_one_identity(sample: str) -> None:
    code = read(sample, "]Q1")
    assert (code.epc, code.level, code.rule) == (BOTTLE, "bottle", "gs1-digital-link")


def test_a_link_with_lot_date_and_an_encoded_serial() -> None:
    code = read(f"https://milk.example/01/{GTIN}/21/A%2FB%25?17=271100&10=L%2B7")
    assert (code.serial, code.lot, code.expiry) == ("A/B%", "L+7", date(2027, 11, 30))
    assert code.epc == f"https://id.gs1.org/01/{GTIN}/21/A%2FB%25"


def test_a_link_to_a_pallet() -> None:
    assert read(f"https://x.example/00/{SSCC}?02={GTIN}&37=12", "").epc == f"https://id.gs1.org/00/{SSCC}"


@pytest.mark.parametrize(
    ("sample", "reason", "problem"),
    [
        ("https://id.gs1.org/ARHKVAdpQg", Reason.BAD_SYNTAX, "compressed"),
        (f"https://milk.example/01/{GTIN}/ARHKVAdpQg", Reason.BAD_SYNTAX, "path"),
        (f"https://milk.example/gtin/{GTIN}/ser/ABC", Reason.BAD_SYNTAX, "alpha_key"),
        (f"https://milk.example/01/{GTIN}/ser/ABC", Reason.BAD_SYNTAX, "element"),
        (f"https://milk.example/01/{GTIN}/21/A%ZZ", Reason.BAD_SYNTAX, "percent"),
        (f"https://milk.example/01/{GTIN}/21/A%FF", Reason.BAD_SYNTAX, "percent"),
        (f"https://milk.example/01/{GTIN}/21/A%1DB", Reason.BAD_SYNTAX, "element"),
        (f"https://milk.example/01/{GTIN}/21/A%20B", Reason.BAD_SYNTAX, "element"),
        (f"https://milk.example/01/{GTIN}/21/ABC?17=271332", Reason.BAD_SYNTAX, "element"),
        (f"https://milk.example/01/{GTIN[:-1]}7/21/ABC", Reason.BAD_CHECK_DIGIT, None),
        (f"https://milk.example/01/{GTIN}", Reason.NO_SERIAL, None),
        ("https://id.gs1.org/01/12/21/A", Reason.BAD_SYNTAX, "element"),
        ("https://id.gs1.org/414/6901234000009", Reason.NO_SERIAL, None),
        ("https://milk.example/01/04006381333931/21/A", Reason.UNKNOWN_PRODUCT, None),
        ("https://milk.example/news/01/page", Reason.NO_RULE, None),
        ("https://milk.example", Reason.NO_RULE, None),
        ("http://[::1/01/x", Reason.NO_RULE, None),
        ("https://", Reason.NO_RULE, None),
    ],
)
def test_refused_links(sample: str, reason: Reason, problem: str | None) -> None:
    meaning = refused(sample, "]Q1")
    assert (meaning.reason, meaning.data.get("problem")) == (reason, problem), meaning


ALLOWED = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
SERIALS = st.text(ALLOWED, min_size=1, max_size=20)


@given(SERIALS, SERIALS)
def test_every_serial_that_gs1_allows_reads_the_same_from_all_carriers(serial: str, lot: str) -> None:
    code = read_raw(f"01{GTIN}21{serial}\x1d10{lot}", "]d2")
    assert (code.serial, code.lot) == (serial, lot)
    assert read_raw(code.epc, "]Q1").epc == code.epc
    assert read_raw(f"01{GTIN}10{lot}\x1d21{serial}", "]C1").epc == code.epc
    if not set("()") & set(serial + lot):
        assert read_raw(f"(01){GTIN}(21){serial}(10){lot}", "").epc == code.epc


def read_raw(text: str, aim: str) -> Code:
    meaning = TABLE.read(text.encode(), aim)
    assert isinstance(meaning, Code), meaning
    return meaning


# --- shelves --------------------------------------------------------------------------------------------------------
SHELF = "https://id.gs1.org/414/6901234000009/254/A-01"


@pytest.mark.parametrize(("sample", "aim"), [
    ("4146901234000009254A-01", "]C1"), ("254A-01<GS>4146901234000009", "]d2"), ("(414)6901234000009(254)A-01", ""),
    (SHELF, "]Q1"), ("https://Example.com/gs1/414/6901234000009/254/A-01?linkType=x", "]Q1")])
def test_a_shelf_s_label_is_the_command_that_names_it(sample: str, aim: str) -> None:
    assert TABLE.read(pasted(sample), aim) == CommandCode("AT", SHELF)


@given(st.text(st.sampled_from("!%&'()*+,-./0189:;<=>?AZaz_"), min_size=1, max_size=20))
def test_any_shelf_that_gs1_allows_is_read_back(code: str) -> None:
    from urllib.parse import quote
    link = f"https://id.gs1.org/414/6901234000009/254/{quote(code, safe='')}"
    assert TABLE.read(link.encode(), "]Q1") == CommandCode("AT", link)


@pytest.mark.parametrize(("sample", "aim", "reason"), [
    ("4146901234000008254A-01", "]C1", Reason.BAD_CHECK_DIGIT), ("4146901234000009", "]C1", Reason.NO_SERIAL),
    ("254A-01", "]C1", Reason.NO_SERIAL), ("https://id.gs1.org/414/6901234000009", "]Q1", Reason.NO_SERIAL),
    (f"4146901234000009254{'A' * 21}", "]C1", Reason.BAD_SYNTAX)])
def test_half_a_shelf_s_label_names_none(sample: str, aim: str, reason: Reason) -> None:
    assert refused(sample, aim).reason is reason


def test_goods_that_say_where_they_go_are_goods() -> None:
    assert read(f"00{SSCC}4146901234000009254A-01", "]C1").epc.endswith(SSCC)
