"""The rule table: order, commands and badges, rows by pattern, and what is said about a sample."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.codes.checks import mod37_36
from app.domain.codes.identity import BadgeCode, Code, CommandCode, Meaning, Refusal
from app.domain.codes.rule import Rule
from app.domain.codes.rules import RuleTable
from app.domain.reasons import Reason

GTIN = "06901234000009"
GTINS = {GTIN: ("MILK", "bottle"), "16901234000006": ("MILK", "case")}
BRAND = Rule(
    "brand",
    "url",
    pattern=r"https?://q\.brand\.example/(?P<level>[bcp])/(?P<serial>[0-9A-Z]{6,20})(?P<check>[0-9A-Z])",
    levels={"b": "bottle", "c": "case", "p": "pallet"},
    check="mod37-36",
    product="MILK",
    role="outer_cap",
)
DIGITS = Rule("site digits", "digits", pattern=r"88(?P<serial>\d{8})", epc="urn:brand:case:{serial}", level="case")
TABLE = RuleTable((BRAND, DIGITS), GTINS)
SERIAL = "7K3M9X2QWE01"
LINK = f"https://q.brand.example/c/{SERIAL}{mod37_36(SERIAL)}"


def code(meaning: Meaning) -> Code:
    assert isinstance(meaning, Code), meaning
    return meaning


def refusal(meaning: Meaning) -> Refusal:
    assert isinstance(meaning, Refusal), meaning
    return meaning


# --- commands and badges --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"%ST:UNDO", CommandCode("UNDO")),
        (b"%st:undo", CommandCode("UNDO")),  # a wedge with CapsLock turned round
        (b"]Q1%ST:HOME", CommandCode("HOME")),
        (b"%ST:ORDER:WO-2026:11/7", CommandCode("ORDER", "WO-2026:11/7")),
        (b"%ST:CLOSE", CommandCode("CLOSE")),
        (b"%ST:CLOSE:tail", CommandCode("CLOSE", "TAIL")),
        (b"%ST:LANG:ZH_CN", CommandCode("LANG", "zh_CN")),
        (b"%ST:BADGE:A 17", BadgeCode("A 17")),
    ],
)
def test_command_barcodes(raw: bytes, expected: Meaning) -> None:
    assert TABLE.read(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [
        b"%ST:",
        b"%ST:FOO",
        b"%ST:UNDO:5",
        b"%ST:ORDER",
        b"%ST:ORDER:",
        b"%ST:CLOSE:WHIM",
        b"%ST:BADGE",
        b"%ST:UNDO ",
        b"%ST:PIN:P1:123456",
        b"%ST:ORDER:" + b"9" * 201,
    ],
)
def test_what_begins_like_a_command_is_never_a_product(raw: bytes) -> None:
    greedy = RuleTable((Rule("all", "digits", pattern=r"(?P<serial>.*)", epc="urn:x:{serial}"),), {})
    assert refusal(greedy.read(raw)).reason == Reason.UNKNOWN_COMMAND


# --- a brand's own URL ----------------------------------------------------------------------------------------------
def test_a_brand_url_gives_level_role_product_and_its_own_identity() -> None:
    read = code(TABLE.read(LINK.encode(), "]Q1"))
    assert (read.epc, read.level, read.role, read.product, read.serial) == (LINK, "case", "outer_cap", "MILK", SERIAL)
    assert (read.raw, read.aim, read.rule) == (LINK.encode(), "]Q1", "brand")


def test_scheme_and_host_are_small_letters_in_the_identity() -> None:
    assert code(TABLE.read(LINK.replace("https://q.brand", "HTTPS://Q.Brand").encode())).epc == LINK


def test_a_wrong_check_character_ends_the_search() -> None:
    later = Rule("takes all", "url", pattern=r"https://(?P<serial>.*)", level="bottle")
    table = RuleTable((BRAND, later), GTINS)
    wrong = LINK[:-1] + ("0" if LINK[-1] != "0" else "1")
    refused = refusal(table.read(wrong.encode()))
    assert refused.reason == Reason.BAD_CHECK_DIGIT
    assert (refused.data["expected"], refused.data["found"]) == (LINK[-1], wrong[-1])
    assert code(table.read(b"https://other.example/x")).rule == "takes all"


@pytest.mark.parametrize(
    "text",
    [
        LINK.replace("/c/", "/x/"),
        LINK + "/",
        LINK + "?a=1",
        LINK.replace("q.brand", "q-brand"),
        " " + LINK,
        LINK.replace("//", "/"),
    ],
)
def test_anything_but_the_whole_pattern_is_not_known(text: str) -> None:
    assert refusal(TABLE.read(text.encode())).reason == Reason.NO_RULE


def test_an_identity_is_always_a_uri() -> None:
    table = RuleTable((Rule("cn", "url", pattern=r"https://cn\.example/(?P<serial>.{1,40})", level="bottle"),), {})
    assert code(table.read("https://cn.example/批 <b>%41".encode())).epc == "https://cn.example/%E6%89%B9%20%3Cb%3E%41"


def test_a_template_is_filled_percent_encoded() -> None:
    rule = Rule("t", "url", pattern=r"https://a\.example/\?s=(?P<serial>.{1,20})", epc="https://a.example/o/{serial}")
    assert code(RuleTable((rule,), {}).read(b"https://a.example/?s=A/B ?")).epc == "https://a.example/o/A%2FB%20%3F"


# --- plain digits ---------------------------------------------------------------------------------------------------
def test_digits_by_pattern() -> None:
    read = code(TABLE.read(b"8812345678", "]C0"))
    assert (read.epc, read.level, read.serial) == ("urn:brand:case:12345678", "case", "12345678")


@pytest.mark.parametrize("text", ["88１２３４５６７８", "8812345²78"])
def test_digits_of_another_writing_are_refused(text: str) -> None:
    refused = refusal(TABLE.read(text.encode()))
    assert refused.reason == Reason.BAD_SYNTAX and refused.data["problem"] == "digits"


def test_a_digits_row_keeps_off_what_is_marked_gs1_unless_it_names_the_symbology() -> None:
    loose = Rule("loose", "digits", pattern=r"(?P<serial>\d{20})", epc="urn:brand:{serial}")
    raw = b"00106141412345678908"
    assert code(RuleTable((loose,), {}).read(raw, "]C1")).rule == "gs1-element-string"
    assert code(RuleTable((loose,), {}).read(raw, "]C0")).rule == "loose"
    named = Rule("named", "digits", pattern=r"(?P<serial>\d{20})", epc="urn:brand:{serial}", symbologies=("]C1",))
    assert code(RuleTable((named,), {}).read(raw, "]C1")).rule == "named"
    assert refusal(RuleTable((named,), {}).read(raw, "]C0")).reason == Reason.NO_RULE


def test_a_row_with_a_gtin_looks_it_up_and_checks_it() -> None:
    row = Rule("g", "digits", pattern=r"(?P<gtin>\d{13})-(?P<serial>\w{1,20})")
    table = RuleTable((row,), GTINS)
    read = code(table.read(b"6901234000009-A1"))
    assert (read.epc, read.gtin, read.product, read.level) == (
        f"https://id.gs1.org/01/{GTIN}/21/A1",
        GTIN,
        "MILK",
        "bottle",
    )
    assert refusal(table.read(b"6901234000008-A1")).reason == Reason.BAD_CHECK_DIGIT
    assert refusal(table.read(b"4006381333931-A1")).reason == Reason.UNKNOWN_PRODUCT


def test_the_first_row_that_accepts_wins() -> None:
    def row(name: str) -> Rule:
        return Rule(name, "digits", pattern=r"(?P<serial>\d+)", epc="urn:x:{serial}")

    assert code(RuleTable((row("a"), row("b")), {}).read(b"12")).rule == "a"
    assert code(RuleTable((row("b"), row("a")), {}).read(b"12")).rule == "b"


def test_order_holds_among_rows_that_begin_differently() -> None:
    def row(name: str, pattern: str) -> Rule:
        return Rule(name, "digits", pattern=pattern, epc="urn:x:{serial}")

    short, long, none = (
        row("short", r"8(?P<serial>\d+)"),
        row("long", r"88(?P<serial>\d+)"),
        row("none", r"(?P<serial>\d+)"),
    )
    for rules in ((short, long, none), (long, short, none), (none, long, short), (long, none, short)):
        assert code(RuleTable(rules, {}).read(b"8812")).rule == rules[0].name
    assert code(RuleTable((long, short), {}).read(b"8712")).rule == "short"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (Rule("r", "odd"), "kind is 'odd', expected gs1"),
        (Rule("r", "url"), "a pattern is expected"),
        (Rule("r", "url", pattern="(a+)+b"), "too many ways"),
        (Rule("r", "url", pattern="(?P<colour>a)"), "group colour"),
        (Rule("r", "url", pattern="a", check="mod10"), "needs a group"),
        (Rule("r", "url", pattern="(?P<check>a)"), "check must be one of"),
        (Rule("r", "url", pattern="(?P<check>a)(?P<serial>b)", check="mod11"), "expected one of luhn, mod10, mod37-36"),
        (Rule("r", "url", pattern="(?P<check>a)", check="mod10"), "checked is serial"),
        (Rule("r", "url", pattern="a", levels={"b": "bottle"}), "levels is given"),
        (Rule("r", "url", pattern="(?P<level>a)", levels={"b": ""}), "expected a level"),
        (Rule("r", "digits", pattern=r"\d"), "epc is empty"),
        (Rule("r", "digits", pattern=r"(?P<serial>\d)", epc="urn:x:{lot}"), "no group of the pattern"),
        (Rule("r", "digits", pattern=r"(?P<serial>\d)", epc="{serial}"), "must give a URI"),
        (Rule("r", "digits", pattern=r"(?P<serial>\d)", epc="urn:x:"), "must hold {serial}"),
        (Rule("r", "digits", pattern=r"(?P<serial>\d)", epc="urn:x:{serial"), "epc"),
        (Rule("r", "digits", pattern=r"(?P<serial>\d)", epc="urn:x:{serial.real}"), "epc"),
        (Rule("r", "digits", pattern=r"(?P<serial>\d)", epc="urn:x:{0}"), "epc"),
        (Rule("r", "digits", pattern=r"(?P<serial>\d)", epc="urn:x:{serial:>9}"), "plain fields"),
        (Rule("r", "digital-link", unmarked=True), "unmarked is for"),
    ],
)
def test_a_wrong_row_is_named_when_the_table_is_built(row: Rule, told: str) -> None:
    with pytest.raises(ValueError, match=r"rule 'r'") as raised:
        RuleTable((row,), {})
    assert told in str(raised.value)


# --- trying out a sample --------------------------------------------------------------------------------------------
def test_explain_tells_what_each_row_said() -> None:
    tried = TABLE.explain(b"8812345678")
    assert [(each.rule, each.passed) for each in tried] == [("brand", "link"), ("site digits", "")]
    assert tried[-1].meaning == TABLE.read(b"8812345678")
    tried = TABLE.explain(b"6901234000009")
    assert [each.passed for each in tried] == ["link", "pattern", "link", "not_marked", ""]
    assert refusal(tried[-1].meaning or BadgeCode("")).reason == Reason.NO_RULE
    assert TABLE.explain(b"%ST:UNDO")[0].meaning == CommandCode("UNDO")
    assert TABLE.explain(b"")[0].meaning == Refusal(b"", "", Reason.EMPTY)


PIECES = st.sampled_from(
    [
        "01",
        "21",
        "00",
        "10",
        "17",
        "02",
        "37",
        "8006",
        "3909",
        "3931",
        GTIN,
        "6901234000009",
        "106141412345678908",
        "271130",
        "\x1d",
        "(01)",
        "(21)",
        "(00)",
        "ABC",
        "/01/",
        "/21/",
        "?17=",
        "%2F",
        "%",
        "https://",
        "http://[",
        "id.gs1.org",
        "%ST:",
        ":",
        "]d2",
        "批",
        "２",
        "https://q.brand.example/b/",
        SERIAL,
        "\u200b",
        " ",
    ]
)
AIMS = st.sampled_from(["", "]C1", "]d2", "]Q3", "]Q1", "]e0", "]E0", "]I1", "]", "]\udc80"])


@given(st.binary(max_size=80), AIMS)
@example(b"http://[::1", "")
@example(b"]", "")
def test_reading_any_bytes_never_raises(raw: bytes, aim: str) -> None:
    read = TABLE.read(raw, aim)
    assert isinstance(read, Code | Refusal | CommandCode | BadgeCode)
    assert TABLE.explain(raw, aim)[-1].meaning == read


@given(st.lists(PIECES, max_size=14), AIMS)
def test_reading_whatever_looks_like_a_code_never_raises(pieces: list[str], aim: str) -> None:
    raw = "".join(pieces).encode()
    read = TABLE.read(raw, aim)
    assert TABLE.explain(raw, aim)[-1].meaning == read
    if isinstance(read, Code):
        assert read.raw == raw and read.epc.isascii() and read.epc.isprintable() and " " not in read.epc
    if isinstance(read, Refusal):
        assert all(str(value).isprintable() for value in read.data.values())
