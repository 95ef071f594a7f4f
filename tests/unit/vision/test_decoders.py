"""What the engines hand over is what a scanner would send, whatever the symbology."""
from __future__ import annotations

import sys

import numpy as np
import pytest
import zxingcpp

from app.vision.decoders import (
    EVERYTHING,
    EngineMissing,
    Pyzbar,
    UnknownSymbology,
    VisionRefused,
    Zxing,
    engine,
    known,
)

ELEMENTS = "[01]06901234567892[10]LOT1[21]SER1"
AS_SENT = b"010690123456789210LOT1\x1d21SER1"


def symbol(content: str | bytes, kind: str, *, gs1: bool = False) -> np.ndarray:
    drawn = zxingcpp.create_barcode(content, zxingcpp.barcode_format_from_str(kind), **({"gs1": True} if gs1 else {}))
    return np.pad(np.array(drawn.to_image(scale=4, add_quiet_zones=True)), 20, constant_values=255)


@pytest.mark.parametrize(("kind", "aim"), [
    ("QRCode", "]Q3"), ("DataMatrix", "]d2"), ("Code128", "]C1"), ("DataBarExp", "]e0"), ("DataBarExpStk", "]e0"),
])
def test_gs1_symbols_come_as_a_scanner_sends_them(kind: str, aim: str) -> None:
    found, = Zxing().read(symbol(ELEMENTS, kind, gs1=True), EVERYTHING)
    assert (found.raw, found.aim, found.symbology) == (AS_SENT, aim, kind)


@pytest.mark.parametrize(("content", "kind", "aim", "raw"), [
    ("https://q.brand.example/b/0001", "QRCode", "]Q1", b"https://q.brand.example/b/0001"),
    ("0106901234567892\x1d10L", "DataMatrix", "]d1", b"0106901234567892\x1d10L"),
    (b"\xd6\xd0\xce\xc4", "QRCode", "]Q1", b"\xd6\xd0\xce\xc4"),
    ("0106901234567892", "Code128", "]C0", b"0106901234567892"),
    ("6901234567892", "EAN13", "]E0", b"6901234567892"),
    ("16901234567899", "ITF14", "]I1", b"16901234567899"),
    ("ABC-12", "Code39", "]A0", b"ABC-12"),
])
def test_plain_symbols_keep_their_bytes(content: str | bytes, kind: str, aim: str, raw: bytes) -> None:
    found, = Zxing().read(symbol(content, kind), EVERYTHING)
    assert (found.raw, found.aim, found.symbology) == (raw, aim, kind)


def test_corners_follow_the_symbol_round() -> None:
    upright = symbol("https://q.brand.example/b/0001", "QRCode")
    size = upright.shape[0]
    for quarters in range(4):
        found, = Zxing().read(np.rot90(upright, quarters), ("QRCode",))
        x, y = found.corners[0]
        assert (x < size / 2) == (quarters in (0, 1)) and (y < size / 2) == (quarters in (0, 3)), found.corners
        a, b, c = (np.array(found.corners[i]) for i in (0, 1, 2))
        assert (b - a)[0] * (c - b)[1] > (b - a)[1] * (c - b)[0], "clockwise on the screen"


def test_short_pieces_of_itf_are_nothing() -> None:
    assert Zxing().read(symbol("123456", "ITF"), EVERYTHING) == []
    assert Zxing().read(symbol("16901234567891", "ITF"), ("ITF14",)) == [], "wrong check digit"
    found, = Zxing().read(symbol("123456", "ITF"), ("ITF",))
    assert found.raw == b"123456"


def test_only_what_is_asked_for_is_read() -> None:
    both = np.hstack([symbol("A1", "DataMatrix"), np.full((symbol("A1", "DataMatrix").shape[0], 30), 255, np.uint8)])
    assert Zxing().read(both, ("QRCode", "Code128")) == []
    assert len(Zxing().read(both, ("DataMatrix",))) == 1


def test_names_are_understood_as_people_write_them() -> None:
    assert known(("qr code", "ITF-14", "ean_13")) == ("QRCode", "ITF14", "EAN13")
    assert known(()) == EVERYTHING and "ITF" not in EVERYTHING
    with pytest.raises(UnknownSymbology, match=r"no symbology 'DotCode'; expected one of .*DataMatrix"):
        known(("DotCode",))


def test_engines_are_refused_in_words() -> None:
    with pytest.raises(EngineMissing, match=r"no engine 'magic'; expected one of zxing, pyzbar"):
        engine("magic")
    assert issubclass(EngineMissing, VisionRefused) and issubclass(UnknownSymbology, VisionRefused)


def test_pyzbar_without_its_library_names_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyzbar", None)
    with pytest.raises(EngineMissing, match="libzbar0"):
        engine("pyzbar")


@pytest.fixture(scope="module")
def zbar() -> Pyzbar:
    try:
        return Pyzbar()
    except EngineMissing as missing:
        pytest.skip(str(missing))


def test_pyzbar_reads_the_same_bytes_and_claims_no_more_than_it_knows(zbar: Pyzbar) -> None:
    for content, kind, gs1 in ((ELEMENTS, "QRCode", True), (ELEMENTS, "Code128", True),
                               ("6901234567892", "EAN13", False), ("16901234567899", "ITF14", False),
                               ("06901234567892", "DataBarOmni", False)):
        picture = symbol(content, kind, gs1=gs1)
        ours, = Zxing().read(picture, EVERYTHING)
        theirs, = zbar.read(picture, EVERYTHING)
        assert theirs.raw == ours.raw and theirs.symbology == ours.symbology
        assert theirs.aim == ("" if gs1 else ours.aim), "it cannot tell GS1 from plain"
        if kind != "DataBarOmni":      # of which the first engine gives only the half that it needed
            assert np.abs(np.array(theirs.corners) - np.array(ours.corners)).max() < 20


def test_upc_has_thirteen_digits_with_either_engine(zbar: Pyzbar) -> None:
    for found in (Zxing().read(symbol("036000291452", "UPCA"), ("UPCA", "EAN13")),
                  zbar.read(symbol("036000291452", "UPCA"), ("UPCA", "EAN13"))):
        assert [(code.raw, code.aim) for code in found] == [(b"0036000291452", "]E0")]


def test_pyzbar_leaves_alone_what_it_gets_wrong(zbar: Pyzbar) -> None:
    assert zbar.read(symbol(ELEMENTS, "DataBarExp", gs1=True), EVERYTHING) == []
    assert zbar.read(symbol(ELEMENTS, "DataMatrix", gs1=True), ("DataMatrix",)) == []
