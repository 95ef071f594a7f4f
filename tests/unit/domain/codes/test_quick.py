"""The short way through the rule table: whatever it is sure of, the long way says the same."""
from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.codes.checks import mod10, mod37_36
from app.domain.codes.identity import Code
from app.domain.codes.rule import Rule
from app.domain.codes.rules import RuleTable

GTIN = "06901234000009"
GTINS = {GTIN: ("MILK", "bottle"), "16901234000006": ("TEA", "case"), "06901234000008": ("MISTYPED", "case")}
HOST = r"https://q\.brand\.example/"
TABLES = tuple(RuleTable(rules, GTINS) for rules in (
    (),
    (Rule("plain", "url", HOST + r"b/(?P<serial>[0-9A-Z]{6,9})", level="bottle", role="cap_outer", product="MILK"),
     Rule("check", "url", r"https?://q\.brand\.example/(?P<level>[bcp])/(?P<serial>[0-9A-Z]{6,9})(?P<check>[0-9A-Z])",
          levels={"b": "bottle", "c": "case"}, check="mod37-36", role="cap_inner")),
    (Rule("any level", "url", HOST + r"(?P<level>[a-z]{0,3})/(?P<product>[A-Z]{0,3})(?P<serial>[0-9]{2,9})"),
     Rule("template", "url", HOST + r"t\?s=(?P<serial>.{1,20})", epc="https://a.example/{serial}")),
    (Rule("scanner's own", "url", HOST + r"b/(?P<serial>.{1,20})", symbologies=("]Q",), level="bottle"),
     Rule("number", "url", HOST + r"(?P<gtin>[0-9]{14})/(?P<serial>[0-9]{1,9})"),
     Rule("later", "url", HOST + r"(?P<serial>.{1,40})", level="bottle")),
    (Rule("levels", "url", HOST + r"(?P<level>[a-z]{1,2})/(?P<serial>[0-9A-Z]{2,10})", levels={"b": "bottle"}),
     Rule("all the others", "url", HOST + r"(?P<serial>.{1,40})", level="case", role="carton_outside")),
    (Rule("digits", "digits", r"https://(?P<serial>.{1,30})", epc="urn:x:{serial}"),),
    (Rule("tea only", "digital-link", product="TEA", level="sleeve"), Rule("milk", "digital-link", product="MILK")),
))
SERIALS = st.one_of(st.text("0123456789ABCXYZ", min_size=5, max_size=10), st.text("0123456789", min_size=2, max_size=9))
TEXTS = st.one_of(
    st.builds(lambda level, serial: f"https://q.brand.example/{level}/{serial}", st.sampled_from(["b", "c", "p", "ab"]),
              SERIALS),
    st.builds(lambda number, serial: f"https://id.gs1.org/01/{number}/21/{serial}", st.sampled_from(list(GTINS)),
              SERIALS),
    st.builds(lambda head, level, serial, tail: f"{head}{level}/{serial}{tail}",
              st.sampled_from(["https://q.brand.example/", "http://q.brand.example/", "HTTPS://Q.brand.example/",
                               "https://q.brand.example//", "https://q.brand.example:80/", " https://q.brand.example/"]),
              st.sampled_from(["b", "c", "x", "", GTIN, "06901234000008", "t?s="]),
              st.text("0123456789ABCXYZabc.-_~%é批\x1d<\\{", max_size=12),
              st.sampled_from(["", "", "/", "?a=1", "\n", "<GS>"])),
    st.builds(lambda host, key, number, serial, tail: f"{host}/{key}/{number}/21/{serial}{tail}",
              st.sampled_from(["https://id.gs1.org", "http://brand.example", "https://brand.example:8080", "https:///"]),
              st.sampled_from(["01", "01", "gtin", "00", "8006"]),
              st.sampled_from([*GTINS, "06901234000008", "00000000000000", "6901234000009", "0690123400000９"]),
              st.text("0123456789ABCabc._-~%/ ()é", max_size=22), st.sampled_from(["", "", "?17=271130", "/10/L1"])),
    st.text(max_size=40),
)


@settings(max_examples=600)
@given(st.sampled_from(TABLES), TEXTS)
@example(TABLES[1], f"https://q.brand.example/c/ABC1234{mod37_36('ABC1234')}")
@example(TABLES[1], "https://q.brand.example/b/ABC1234")
@example(TABLES[3], "https://q.brand.example/b/ABC1234")
@example(TABLES[0], f"https://id.gs1.org/01/{GTIN}/21/.")
def test_what_it_is_sure_of_is_right(table: RuleTable, text: str) -> None:
    quick = table.quick(text)
    if quick is not None:
        meaning = table.read(text.encode("utf-8", "surrogatepass"))
        assert isinstance(meaning, Code), (text, quick, meaning)
        assert quick == (meaning.epc, meaning.level, meaning.role, meaning.product)


@given(st.text("0123456789ABCDEFXYZ", min_size=6, max_size=9), st.from_regex(r"[0-9]{13}", fullmatch=True))
def test_it_is_sure_of_what_makers_print(serial: str, digits: str) -> None:
    assert TABLES[1].quick(f"https://q.brand.example/b/{serial}") is not None
    assert TABLES[1].quick(f"https://q.brand.example/c/{serial}{mod37_36(serial)}") is not None
    assert TABLES[0].quick(f"https://id.gs1.org/01/{GTIN}/21/{serial}") == (
        f"https://id.gs1.org/01/{GTIN}/21/{serial}", "bottle", "label", "MILK")
    gtin = digits + str(mod10(digits))
    known = RuleTable((), {gtin: ("P", "bottle")})
    text = f"https://brand.example/01/{gtin}/21/{serial}"
    assert isinstance(known.read(text.encode()), Code) == (known.quick(text) is not None)
