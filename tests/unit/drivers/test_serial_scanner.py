"""A serial scanner on a real pty: codes in, OK/NG out, the plug pulled and put back, and why a port does not open."""
from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.base import DeviceGone, DeviceRefused, Reading
from drivers.framing import Framing
from drivers.serial_scanner import SerialScanner, serial_ports
from drivers.simulated import SimulatedReader, SimulatedScanner

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no ptys on Windows")


@pytest.fixture
def plugged(tmp_path: Path) -> Iterator[SimulatedScanner]:
    device = SimulatedScanner(tmp_path / "scanner")
    device.plug()
    yield device
    device.close()


@pytest.fixture
def scanner(plugged: SimulatedScanner) -> Iterator[SerialScanner]:
    driver = SerialScanner(plugged.path, Framing())
    driver.open()
    yield driver
    driver.close()


def take(read: Callable[[float], list[Reading]], count: int = 1) -> list[Reading]:
    until, readings = time.monotonic() + 3, []
    while len(readings) < count:
        assert time.monotonic() < until, f"expected {count} readings, got {readings}"
        readings += read(0.1)
    return readings


def test_codes_come_as_they_were_sent(plugged: SimulatedScanner, scanner: SerialScanner) -> None:
    plugged.scan(b"]d20106901234567892\x1d21SN1")
    plugged.scan("中文".encode("gb18030"))
    plugged.send(b"\xff\x00\x80\r")
    assert take(scanner.read, 3) == [
        Reading(b"0106901234567892\x1d21SN1", "]d2"), Reading("中文".encode("gb18030")), Reading(b"\xff\x00\x80")]


def test_a_code_in_pieces_and_without_an_ending(plugged: SimulatedScanner, scanner: SerialScanner) -> None:
    plugged.send(b"ABC")
    assert scanner.read(0.0) == []
    plugged.send(b"DEF")
    assert take(scanner.read) == [Reading(b"ABCDEF")]


def test_what_is_written_arrives(plugged: SimulatedScanner, scanner: SerialScanner) -> None:
    scanner.write(b"\x1b[3q")
    assert plugged.received(4) == b"\x1b[3q"


def test_a_read_is_woken_at_once(scanner: SerialScanner) -> None:
    scanner.wake()
    start = time.monotonic()
    assert scanner.read(5.0) == []
    assert time.monotonic() - start < 1.0


def test_unplugged_and_replugged_under_another_number(plugged: SimulatedScanner, scanner: SerialScanner) -> None:
    plugged.send(b"0106901234")
    scanner.read(0.05)
    plugged.unplug()
    assert take(scanner.read) == [Reading(b"0106901234", no_read=True)]
    with pytest.raises(DeviceGone, match="unplugged") as gone:
        scanner.read(1.0)
    assert gone.value.problem == "unplugged"
    scanner.close()
    with pytest.raises(DeviceGone, match="not there") as gone:
        scanner.open()
    assert gone.value.problem == "not_found"
    other = os.openpty()                       # takes the old number
    plugged.plug()
    scanner.open()
    plugged.scan(b"A1")
    assert take(scanner.read) == [Reading(b"A1")]
    for end in other:
        os.close(end)


def test_a_second_program_is_refused_with_the_mend(plugged: SimulatedScanner, scanner: SerialScanner) -> None:
    with pytest.raises(DeviceRefused, match="another program") as refused:
        SerialScanner(plugged.path, Framing()).open()
    assert refused.value.problem == "busy"


def test_no_right_names_the_group(tmp_path: Path) -> None:
    path = tmp_path / "port"
    path.touch(mode=0)
    me = os.geteuid()
    if me == 0:
        os.seteuid(65534)                      # root may open everything
    try:
        with pytest.raises(DeviceRefused, match="dialout") as refused:
            SerialScanner(str(path), Framing()).open()
    finally:
        os.seteuid(me)
    assert refused.value.problem == "no_permission"


def test_a_port_that_takes_no_bytes_says_so(plugged: SimulatedScanner, scanner: SerialScanner) -> None:
    with pytest.raises(DeviceRefused, match="takes no bytes") as refused:
        scanner.write(b"x" * 1_000_000)
    assert refused.value.problem == "not_taking"


@pytest.mark.parametrize(("address", "kind", "problem"), [
    ("/dev/nothing-of-that-name", DeviceGone, "not_found"),
    ("dead:beef", DeviceGone, "not_found"),
    ("dead:beef:SERIAL/1", DeviceGone, "not_found"),
    ("nonsense://x", DeviceRefused, "wrong_setting"),
    ("", DeviceRefused, "wrong_setting"),
    ("a\0b", DeviceRefused, "wrong_setting"),
    ("socket://127.0.0.1:9", DeviceGone, "no_connection"),
    (__file__, DeviceRefused, "wrong_setting"),
])
def test_addresses_that_lead_nowhere(address: str, kind: type[Exception], problem: str) -> None:
    with pytest.raises(kind) as why:
        SerialScanner(address, Framing()).open()
    assert why.value.problem == problem


def test_a_closed_scanner_is_gone_and_closes_twice(scanner: SerialScanner) -> None:
    scanner.close()
    scanner.close()
    scanner.wake()
    with pytest.raises(DeviceGone):
        scanner.read(0.1)


def test_pyserials_socket_url() -> None:
    reader = SimulatedReader()
    scanner = SerialScanner(f"socket://127.0.0.1:{reader.serve()}", Framing())
    scanner.open()
    reader.scan(b"CODE-OVER-TCP")
    assert take(scanner.read) == [Reading(b"CODE-OVER-TCP")]
    scanner.write(b"OK")
    assert reader.received(2) == b"OK"
    reader.close()
    with pytest.raises(DeviceGone):
        take(scanner.read)
    scanner.close()


def test_bytes_written_while_a_read_blocks(plugged: SimulatedScanner, scanner: SerialScanner) -> None:
    """The supervisor's way: wake, then write from the reading thread."""
    asked = threading.Event()

    def serve() -> None:
        while not asked.is_set():
            scanner.read(5.0)
        scanner.write(b"OK")

    thread = threading.Thread(target=serve)
    thread.start()
    asked.set()
    scanner.wake()
    assert plugged.received(2) == b"OK"
    thread.join(2)


def test_the_list_of_ports_can_be_made() -> None:
    assert all(port.path and port.address for port in serial_ports())
