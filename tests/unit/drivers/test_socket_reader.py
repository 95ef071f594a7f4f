"""Fixed readers on real sockets: as client and as server, coming and going, several at once."""
from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator

import pytest

from drivers.base import DeviceGone, DeviceRefused, Reading
from drivers.framing import Framing
from drivers.simulated import SimulatedReader
from drivers.socket_reader import MAX_READERS, SocketListener, SocketReader

FRAMING = Framing(suffix=b"\r\n", separator=b",", no_read=b"NoRead")


@pytest.fixture
def reader() -> Iterator[SimulatedReader]:
    device = SimulatedReader()
    yield device
    device.close()


@pytest.fixture
def listener() -> Iterator[SocketListener]:
    driver = SocketListener("127.0.0.1", 0, FRAMING, b"LON\r")
    driver.open()
    yield driver
    driver.close()


def port_of(driver: SocketListener) -> int:
    return int(driver.address.rpartition(":")[2])


def take(read: Callable[[float], list[Reading]], count: int = 1) -> list[Reading]:
    until, readings = time.monotonic() + 3, []
    while len(readings) < count:
        assert time.monotonic() < until, f"expected {count} readings, got {readings}"
        readings += read(0.1)
    return readings


def wait(driver: SocketListener, condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        driver.read(0.05)


def test_a_client_reads_triggers_and_writes(reader: SimulatedReader) -> None:
    driver = SocketReader("127.0.0.1", reader.serve(), FRAMING, b"||>TRIGGER ON\r\n")
    driver.open()
    assert reader.received(15) == b"||>TRIGGER ON\r\n"
    reader.scan(b"]d2A1,B2,NoRead")
    assert take(driver.read, 3) == [Reading(b"A1", "]d2"), Reading(b"B2"), Reading(b"NoRead", no_read=True)]
    driver.write(b"OK")
    assert reader.received(17).endswith(b"OK")
    driver.close()


def test_a_client_survives_a_hang_up_and_a_dead_reader(reader: SimulatedReader) -> None:
    port = reader.serve()
    driver = SocketReader("127.0.0.1", port, FRAMING)
    driver.open()
    reader.send(b"HALF")
    reader.hang_up(listening=False)
    assert take(driver.read) == [Reading(b"HALF", no_read=True)]
    with pytest.raises(DeviceGone, match="closed the connection") as gone:
        driver.read(1)
    assert gone.value.problem == "no_connection"
    driver.close()
    with pytest.raises(DeviceGone, match="does not answer"):
        driver.open()
    driver.close()
    reader.serve(port)
    driver.open()
    reader.scan(b"A1")
    assert take(driver.read) == [Reading(b"A1")]
    driver.close()


def test_a_code_that_only_the_hang_up_ends(reader: SimulatedReader) -> None:
    driver = SocketReader("127.0.0.1", reader.serve(), Framing())
    driver.open()
    reader.send(b"WHOLE")
    reader.hang_up()
    assert take(driver.read) == [Reading(b"WHOLE")]
    driver.close()


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 99_999), ("no.such.host.invalid", 9), ("a" * 70 + ".b", 9)])
def test_addresses_that_cannot_be_called(host: str, port: int) -> None:
    driver = SocketReader(host, port, FRAMING)
    with pytest.raises(DeviceGone, match="does not answer"):
        driver.open()
    with pytest.raises(DeviceGone):
        driver.read(0.1)


def test_a_server_shows_whether_a_reader_is_there(listener: SocketListener, reader: SimulatedReader) -> None:
    trouble = listener.trouble()
    assert isinstance(trouble, DeviceGone) and trouble.problem == "no_reader"
    reader.call(port_of(listener))
    wait(listener, lambda: listener.trouble() is None)
    assert reader.received(4) == b"LON\r"
    reader.hang_up()
    wait(listener, lambda: listener.trouble() is not None)
    assert "closed the connection" in str(listener.trouble())
    reader.call(port_of(listener))
    reader.scan(b"A1")
    assert take(listener.read) == [Reading(b"A1")]


def test_two_readers_at_once_are_not_mixed_up(listener: SocketListener, reader: SimulatedReader) -> None:
    other = SimulatedReader()
    for device in (reader, other):
        device.call(port_of(listener))
    reader.send(b"LEFT-")
    other.send(b"RIGHT-")
    wait(listener, lambda: listener.trouble() is None)
    listener.read(0.05)
    reader.send(b"1\r\n")
    other.send(b"2\r\n")
    assert {reading.raw for reading in take(listener.read, 2)} == {b"LEFT-1", b"RIGHT-2"}
    listener.write(b"OK")
    assert reader.received(6).endswith(b"OK") and other.received(6).endswith(b"OK")
    other.close()
    reader.scan(b"A1")
    assert take(listener.read) == [Reading(b"A1")]
    assert listener.trouble() is None


def test_more_readers_than_allowed_push_the_most_silent_out(listener: SocketListener) -> None:
    readers = [SimulatedReader() for _ in range(MAX_READERS + 3)]
    for device in readers:
        device.call(port_of(listener))
        device.scan(b"HELLO")
        take(listener.read)
    readers[-1].scan(b"LAST")
    assert take(listener.read) == [Reading(b"LAST")]
    for device in readers:
        device.close()


def test_a_taken_port_is_refused_with_the_mend(listener: SocketListener) -> None:
    with pytest.raises(DeviceRefused, match="another program") as refused:
        SocketListener("127.0.0.1", port_of(listener), FRAMING).open()
    assert refused.value.problem == "busy"
    with pytest.raises(DeviceRefused, match="an address of this machine") as refused:
        SocketListener("203.0.113.7", 0, FRAMING).open()
    assert refused.value.problem == "wrong_setting"


def test_a_reset_line_and_a_dead_line_while_writing(listener: SocketListener) -> None:
    rude = socket.create_connection(("127.0.0.1", port_of(listener)))
    wait(listener, lambda: listener.trouble() is None)
    rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")     # close sends RST
    rude.close()
    wait(listener, lambda: listener.trouble() is not None)
    listener.write(b"OK")                       # nobody there: nothing happens
    deaf = socket.create_connection(("127.0.0.1", port_of(listener)))
    wait(listener, lambda: listener.trouble() is None)
    listener.write(b"x" * 20_000_000)           # never read: the line is given up, the listener stays
    assert "took no bytes" in str(listener.trouble())
    deaf.close()


def test_a_wait_is_woken(listener: SocketListener, reader: SimulatedReader) -> None:
    client = SocketReader("127.0.0.1", reader.serve(), FRAMING)
    client.open()
    for driver in (listener, client):
        driver.wake()
        start = time.monotonic()
        assert driver.read(5.0) == []
        assert time.monotonic() - start < 1.0
    client.close()
    client.wake()


def test_silence_ends_a_code_where_the_reader_sends_no_ending(reader: SimulatedReader) -> None:
    driver = SocketReader("127.0.0.1", reader.serve(), Framing(idle_flush_s=0.05))
    driver.open()
    reader.send(b"NO-ENDING")
    assert take(driver.read) == [Reading(b"NO-ENDING")]
    driver.close()
