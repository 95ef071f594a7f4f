"""Labels in a printer's bytes and back, over TCP and a pty: the same dots come out, and nothing else is ever said."""
from __future__ import annotations

import os
import re
import socket
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image

from drivers.base import DeviceGone, DeviceProblem, DeviceRefused
from drivers.printer import LinePrinter, Status, tspl_status, zpl_status
from drivers.printer_language import LANGUAGES, pdf, tspl, zpl, zpl_z64
from drivers.simulated_firmware import firmware
from drivers.simulated_printer import SimulatedPrinter
from drivers.system_printer import FolderPrinter, QueuePrinter

SPEAKS = ("zpl", "zpl-z64", "tspl")
ZPL = re.compile(
    rb"\^XA\^PON\^PMN\^LRN\^LH0,0\^LS0\^JZY\^PW\d+\^LL\d+\r\n"
    rb"\^FO\d+,\d+\^GFA,(\d+),\1,\d+,(?:[0-9A-Yg-z,!:]+|:Z64:[A-Za-z0-9+/=]+:[0-9A-F]{4})\^FS\r\n\^PQ1,0,1,N\^XZ\r\n")
TSPL_LINE = re.compile(
    rb"(?:SIZE [\d.]+ mm,[\d.]+ mm|SET REPRINT ON|DIRECTION 0|REFERENCE 0,0|CLS|BAR \d+,\d+,\d+,\d+|PRINT 1,1|)\r\n")
TSPL_BITMAP = re.compile(rb"BITMAP \d+,\d+,(\d+),(\d+),0,")


def wait(condition: Callable[[], object], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        threading.Event().wait(0.005)


def noise(seed: int = 0, width: int = 240, height: int = 160) -> Image.Image:
    ink = np.random.default_rng(seed).random((height, width)) < 0.5
    ink[20:60, :] = ink[20]
    ink[70:100, :] = False
    ink[110:140, :] = True
    return Image.fromarray(~ink)


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and bool((np.asarray(one) == np.asarray(other)).all())


def only_ours(data: bytes, speaks: str) -> bool:
    """True where the bytes are nothing but the commands that the station writes, and pixels."""
    if speaks != "tspl":
        return ZPL.fullmatch(data) is not None
    while data:
        found = TSPL_BITMAP.match(data)
        if found:
            end = found.end() + int(found[1]) * int(found[2])
            if b"\x1b!" in data[found.end() : end]:
                return False
            data = data[end:]
        else:
            line = TSPL_LINE.match(data)
            if line is None:
                return False
            data = data[line.end():]
    return True


# --- the bytes ----------------------------------------------------------------------------------------------------
@given(ink=npst.arrays(bool, st.tuples(st.integers(1, 40), st.integers(1, 70))), speaks=st.sampled_from(SPEAKS))
def test_any_picture_comes_out_dot_by_dot(ink: np.ndarray, speaks: str) -> None:
    ink = np.pad(ink, ((3, 30), (5, 60)))
    image = Image.fromarray(~ink)
    data = LANGUAGES[speaks](image, 254)
    assert only_ours(data, speaks)
    made = firmware(speaks.partition("-")[0], 254)
    assert made.take(data) == b""
    assert made.unknown == [] and len(made.labels) == 1 and same(made.labels[0], image)


@given(npst.arrays(np.uint8, st.tuples(st.integers(1, 30), st.integers(1, 6)),
                   elements=st.sampled_from([0x1B, 0x21, 0xE4, 0xDE, 0])))
def test_dots_never_are_a_command_of_tspl(rows: np.ndarray) -> None:
    image = Image.fromarray(np.unpackbits(rows, axis=1).astype(bool))
    data = tspl(image, 203)
    assert only_ours(data, "tspl")
    made = firmware("tspl", 203)
    for at in range(0, len(data), 7):                 # however the line cuts it
        assert made.take(data[at : at + 7]) == b""
    assert made.unknown == []
    printed = np.asarray(made.labels[0])[: image.height, : image.width]
    assert (printed == np.asarray(image)[: printed.shape[0], : printed.shape[1]]).all()


def test_copies_are_pages_of_a_pdf() -> None:
    assert pdf(noise(), 203, 3).count(b"/MediaBox") == 3


def test_a_white_label_and_a_wrong_picture() -> None:
    white = Image.new("1", (80, 40), 1)
    for speaks in SPEAKS:
        made = firmware(speaks.partition("-")[0], 203)
        made.take(LANGUAGES[speaks](white, 203))
        assert same(made.labels[0], white) and made.unknown == []
    with pytest.raises(ValueError, match="mode 1"):
        zpl(Image.new("L", (8, 8)), 203)


def test_z64_is_shorter_and_a_pdf_has_the_labels_size() -> None:
    image = noise()
    assert len(zpl_z64(image, 203)) < len(zpl(image, 203))
    box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf(image, 203))
    assert box is not None
    assert (float(box[1]), float(box[2])) == pytest.approx((240 * 72 / 203, 160 * 72 / 203))


# --- status -------------------------------------------------------------------------------------------------------
def hs(paper: int = 0, pause: int = 0, formats: int = 0, head: int = 0, ribbon: int = 0, left: int = 0) -> bytes:
    return (f"\x02030,{paper},{pause},1183,{formats:03d},0,0,0,000,0,0,0\x03\r\n"
            f"\x02000,0,{head},{ribbon},1,2,4,0,{left:08d},1,000\x03\r\n\x021234,0\x03\r\n").encode("ascii")


@pytest.mark.parametrize(("heard", "problem", "waiting"), [
    (hs(), "", 0), (hs(paper=1, formats=1), "paper_out", 1), (hs(pause=1), "paused", 0), (hs(head=1), "head_open", 0),
    (hs(ribbon=1), "ribbon_out", 0), (hs(left=3, formats=2), "", 5),
    (b"noise\r\n" + hs(head=1, pause=1), "head_open", 0),
    (hs().replace(b"030,0", b"030,x"), "printer_fault", 0),
])
def test_what_zpl_says(heard: bytes, problem: str, waiting: int) -> None:
    status = zpl_status(heard)
    assert status is not None and (status.problem, status.waiting) == (problem, waiting)


def test_half_an_answer_is_none() -> None:
    whole = hs()
    assert all(zpl_status(whole[:end]) is None for end in range(whole.rindex(b"\x03")))
    assert tspl_status(b"") is None


@pytest.mark.parametrize(("byte", "problem", "waiting"), [
    (0x00, "", 0), (0x20, "", 1), (0x01, "head_open", 0), (0x04, "paper_out", 0), (0x0C, "paper_out", 0),
    (0x05, "head_open", 0), (0x08, "ribbon_out", 0), (0x10, "paused", 0), (0x02, "paper_jam", 0),
    (0x80, "printer_fault", 0),
])
def test_what_tspl_says(byte: int, problem: str, waiting: int) -> None:
    status = tspl_status(bytes([byte]))
    assert status is not None and (status.problem, status.waiting) == (problem, waiting)


# --- on a line ----------------------------------------------------------------------------------------------------
@pytest.fixture(params=["tcp", "pty"])
def how(request: pytest.FixtureRequest) -> str:
    if request.param == "pty" and sys.platform == "win32":
        pytest.skip("no ptys on Windows")
    return str(request.param)


@pytest.fixture
def plug(how: str, tmp_path: Path) -> Iterator[Callable[..., tuple[SimulatedPrinter, LinePrinter]]]:
    made: list[tuple[SimulatedPrinter, LinePrinter]] = []

    def plug(speaks: str = "zpl", **more: object) -> tuple[SimulatedPrinter, LinePrinter]:
        printer = SimulatedPrinter(speaks.partition("-")[0], **more)  # type: ignore[arg-type]
        address = (f"socket://127.0.0.1:{printer.serve()}" if how == "tcp"
                   else printer.plug(tmp_path / f"printer{len(made)}"))
        made.append((printer, LinePrinter(address, speaks)))
        return made[-1]

    yield plug
    for printer, driver in made:
        driver.close()
        printer.stop()


@pytest.mark.parametrize("speaks", SPEAKS)
def test_a_label_goes_over_the_line(plug: Callable[..., tuple[SimulatedPrinter, LinePrinter]], speaks: str) -> None:
    printer, driver = plug(speaks, label_s=0.05)
    driver.open()
    image = noise(1)
    driver.send(LANGUAGES[speaks](image, 203))
    assert driver.status().waiting == 1
    wait(lambda: not driver.status().waiting)
    assert len(printer.printed) == 1 and printer.unknown == []
    assert (np.asarray(printer.printed[0])[:160, :240] == np.asarray(image)[:, : printer.printed[0].width]).all()


@pytest.mark.parametrize("speaks", ["zpl", "tspl"])
def test_every_fault_is_told_and_over_when_it_is_over(
    plug: Callable[..., tuple[SimulatedPrinter, LinePrinter]], speaks: str
) -> None:
    printer, driver = plug(speaks)
    driver.open()
    assert driver.status().problem == ""
    for word, begin, end in (
        ("head_open", printer.open_head, printer.close_head), ("paused", printer.pause, lambda: printer.pause(False)),
        ("ribbon_out", printer.end_ribbon, lambda: printer.end_ribbon(False)),
        ("paper_out", lambda: printer.load_paper(0), printer.load_paper),
    ):
        begin()
        wait(lambda word=word: driver.status().problem == word)
        end()
        wait(lambda: driver.status().problem == "")


@pytest.mark.parametrize("speaks", ["zpl", "tspl"])
def test_what_was_left_in_it_never_comes_out(
    plug: Callable[..., tuple[SimulatedPrinter, LinePrinter]], speaks: str
) -> None:
    printer, driver = plug(speaks)
    driver.open()
    printer.load_paper(0)
    wait(lambda: driver.status().problem)
    driver.send(LANGUAGES[speaks](noise(), 203))
    wait(lambda: printer.held == 1)
    driver.close()
    driver.open()
    assert printer.held == 0
    printer.load_paper()
    wait(lambda: not driver.status().problem)
    driver.send(LANGUAGES[speaks](noise(), 203))
    driver.cancel()
    assert driver.status().waiting == 0


def test_power_lost_in_mid_label_is_noticed(plug: Callable[..., tuple[SimulatedPrinter, LinePrinter]]) -> None:
    printer, driver = plug("zpl", label_s=0.05)
    driver.open()
    printer.lose_power_in(1)
    driver.send(zpl(noise(), 203))
    with pytest.raises(DeviceGone) as gone:
        wait(lambda: not driver.status().waiting)
    assert gone.value.problem in ("no_connection", "unplugged")
    assert not printer.on and printer.held == 0


def test_repeated_and_skipped_labels_look_well_to_the_printer(
    plug: Callable[..., tuple[SimulatedPrinter, LinePrinter]]
) -> None:
    printer, driver = plug("zpl")
    driver.open()
    for number, doing in enumerate((printer.repeat_next, printer.skip_next, lambda: None)):
        doing()
        driver.send(zpl(noise(number), 203))
        wait(lambda: not printer.held)
    wait(lambda: len(printer.printed) == 3)
    assert driver.status() == Status("", 0, driver.status().detail)
    assert same(printer.printed[0], printer.printed[1]) and not same(printer.printed[1], printer.printed[2])


# --- a printer that is not as expected ----------------------------------------------------------------------------
def test_nobody_is_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for address, problem in ((f"socket://127.0.0.1:{port}", "no_connection"), (str(tmp_path / "no"), "not_found")):
        with pytest.raises(DeviceGone) as gone:
            LinePrinter(address, "zpl").open()
        assert gone.value.problem == problem and address in str(gone.value)
    with pytest.raises(DeviceRefused):
        LinePrinter(str(tmp_path), "zpl").open()
    with pytest.raises(DeviceGone, match="not open"):
        LinePrinter("socket://127.0.0.1:1", "zpl").status()


def test_one_that_does_not_answer_is_told_unless_it_need_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.printer.ANSWER_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"socket://127.0.0.1:{deaf.getsockname()[1]}"
        driver = LinePrinter(address, "zpl")
        with pytest.raises(DeviceRefused, match="answers = false") as refused:
            driver.open()
        assert refused.value.problem == "no_status"
        driver.close()
        silent = LinePrinter(address, "zpl", answers=False)
        silent.open()
        silent.send(b"^XA^XZ")
        assert silent.status() == Status()
        silent.close()
        connection, _ = deaf.accept()
        assert connection.recv(100) == b"~HS"
        connection.close()
        connection, _ = deaf.accept()
        assert connection.recv(100) == b"^XA^XZ"
        connection.close()


def test_one_that_speaks_another_language_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.printer.ANSWER_S", 0.1)
    printer = SimulatedPrinter("tspl")
    driver = LinePrinter(f"socket://127.0.0.1:{printer.serve()}", "zpl")
    with pytest.raises(DeviceRefused, match="ZPL"):
        driver.open()
    driver.close()
    printer.stop()


# --- printers without a line --------------------------------------------------------------------------------------
def test_a_folder_gets_a_file_a_label(tmp_path: Path) -> None:
    printer = FolderPrinter(tmp_path / "out", "pdf")
    printer.open()
    printer.send(b"%PDF", "label-7-../etc")
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["label-7-.._etc.pdf"]
    assert printer.status() == Status()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DeviceRefused, match="expected a folder"):
        FolderPrinter(tmp_path / "file", "zpl").open()


LP = r"""#!/bin/sh
case "$(basename "$0") $*" in
"lp "*) cat > "$SPOOL/job"; echo "$*" > "$SPOOL/options"; echo "request id is A4-12 (0 file(s))";;
"lpstat -p A4") if [ -e "$SPOOL/stopped" ]
    then echo "printer A4 disabled since now -"; else echo "printer A4 is idle."; fi;;
"lpstat -o") if [ -e "$SPOOL/job" ]; then echo "A4-12  root  1024  now"; fi;;
"cancel A4-12") rm "$SPOOL/job";;
*) echo "Unknown destination" >&2; exit 1;;
esac
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no lp on Windows")
def test_a_queue_of_this_computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("lp", "lpstat", "cancel"):
        (tmp_path / name).write_text(LP, "utf-8")
        (tmp_path / name).chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SPOOL", str(tmp_path))
    printer = QueuePrinter("A4", "zpl")
    printer.open()
    printer.send(b"\x00^XA\xff", "label-1")
    assert (tmp_path / "job").read_bytes() == b"\x00^XA\xff"
    assert (tmp_path / "options").read_text().strip() == "-d A4 -o raw -t label-1"
    assert printer.status().waiting == 1
    (tmp_path / "stopped").touch()
    assert printer.status().problem == "paused"
    printer.cancel()
    assert printer.status().waiting == 0
    with pytest.raises(DeviceGone, match="Unknown destination"):
        QueuePrinter("A5", "pdf").open()
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(DeviceProblem, match="cups-client"):
        printer.open()
