"""What is inside a simulated label printer: bytes in, labels as images, answers out. Knows the ZPL and TSPL we send.

A pure machine: no line, no thread, no clock. Any command besides is noted in `unknown` and does nothing.
"""
from __future__ import annotations

import base64
import binascii
import re
import zlib
from abc import ABC, abstractmethod

import numpy as np
from PIL import Image

INCH = 25.4
_ZPL_COMMAND = re.compile(rb"[\^~][^\^~]*")
_ZPL_KEPT = {b"^PO", b"^PM", b"^LR", b"^LH", b"^LS", b"^JZ"}        # known, and of no effect on the dots here
_TSPL_KEPT = {b"SET", b"DIRECTION", b"REFERENCE"}
_COUNTS = {**{chr(ord("G") + number): number + 1 for number in range(19)},
           **{chr(ord("g") + number): 20 * (number + 1) for number in range(20)}}


class Firmware(ABC):
    """`labels` are received and not out yet; `flags` are what is wrong with it."""

    def __init__(self, dpi: int) -> None:
        self.dpi = dpi
        self.labels: list[Image.Image] = []
        self.flags = dict.fromkeys(("head_open", "paper_out", "ribbon_out", "paused"), False)
        self.printing = False
        self.unknown: list[bytes] = []
        self.received = bytearray()
        self._rest = b""
        self._page = np.zeros((1, 1), bool)
        self.forget()

    def forget(self) -> None:
        """Power goes: memory and a half-received label are lost."""
        self.labels.clear()
        self.printing = False
        self._rest = b""
        self._page = np.zeros((round(148 * self.dpi / INCH), round(105 * self.dpi / INCH)), bool)

    def take(self, data: bytes) -> bytes:
        """What it answers at once."""
        self.received += data
        self._rest += data
        return self._parsed()

    @abstractmethod
    def _parsed(self) -> bytes:
        """Does the whole commands of what has come, leaves the rest; gives what is answered."""

    def _sized(self, width: int, height: int) -> None:
        self._page = np.zeros((height, width), bool)

    def _dots(self, x: int, y: int, ink: np.ndarray) -> None:
        """Black dots; what is off the label is cut, as a real head does."""
        high, wide = (max(0, min(size, room)) for size, room in
                      zip(ink.shape, (self._page.shape[0] - y, self._page.shape[1] - x), strict=True))
        self._page[y : y + high, x : x + wide] |= ink[:high, :wide]

    def _finished(self, copies: int) -> None:
        self.labels += [Image.fromarray(~self._page)] * copies
        self._page = np.zeros_like(self._page)


class Zpl(Firmware):
    _open = False
    _at = (0, 0)
    _size = (0, 0)
    _copies = 1

    def forget(self) -> None:
        super().forget()
        self._open = False

    def _parsed(self) -> bytes:
        said = b""
        # A command is whole when the next one begins; those without anything behind them are known by their letters.
        while self._rest:
            found = _ZPL_COMMAND.match(self._rest)
            if found is None:
                start = min((at for at in (self._rest.find(b"^"), self._rest.find(b"~")) if at >= 0),
                            default=len(self._rest))
                stray = self._rest[:start].strip(b"\r\n")
                self.unknown += [stray] if stray else []
                self._rest = self._rest[start:]
                continue
            if self._rest[:3] in (b"~HS", b"~JA", b"^XZ", b"^XA"):
                command, self._rest = self._rest[:3], self._rest[3:]
            elif found.end() < len(self._rest):
                command, self._rest = found[0], self._rest[found.end():]
            else:
                break
            said += self._command(command.rstrip(b"\r\n"))
        return said

    def _command(self, command: bytes) -> bytes:
        name, data = command[:3], command[3:]
        if name == b"~HS":
            return self._status()
        if name == b"~JA":
            self.labels.clear()
            self._open = self.printing = False
        elif name == b"^XA":
            self._open = True
        elif not self._open:
            self.unknown.append(command)
        elif name == b"^XZ":
            self._open = False
            self._finished(self._copies)
            self._copies = 1
        elif name == b"^PW":
            self._size = int(data), self._size[1]
        elif name == b"^LL":
            self._size = self._size[0], int(data)
            self._sized(*self._size)
        elif name == b"^FO":
            x, y = data.split(b",")
            self._at = int(x), int(y)
        elif name == b"^GF":
            self._graphic(command)
        elif name == b"^PQ":
            copies, _, more = data.partition(b",")
            if more != b"0,1,N":
                self.unknown.append(command)
            self._copies = int(copies)
        elif name != b"^FS" and name not in _ZPL_KEPT:
            self.unknown.append(command)
        return b""

    def _graphic(self, command: bytes) -> None:
        form, total, _, wide, data = command[3:].split(b",", 4)
        row, size = int(wide), int(total)
        if form != b"A":
            self.unknown.append(command[:40])
            return
        if data.startswith(b":Z64:"):
            _, _, packed, check = data.split(b":")
            if f"{binascii.crc_hqx(packed, 0):04X}".encode("ascii") != check:
                self.unknown.append(b"bad check sum " + check)
                return
            pixels = zlib.decompress(base64.b64decode(packed, validate=True))
        else:
            pixels = bytes.fromhex("".join(_rows(data.decode("ascii"), 2 * row)))
        if len(pixels) != size:
            self.unknown.append(b"%d bytes of a picture of %d" % (len(pixels), size))
            return
        self._dots(*self._at, np.unpackbits(np.frombuffer(pixels, np.uint8).reshape(-1, row), axis=1).astype(bool))

    def _status(self) -> bytes:
        flags = self.flags
        first = (f"030,{flags['paper_out']:d},{flags['paused']:d},{self._page.shape[0]:04d},{len(self.labels):03d},0,0,"
                 f"{self._open:d},000,0,0,0")
        second = f"000,0,{flags['head_open']:d},{flags['ribbon_out']:d},1,2,4,0,00000000,1,000"
        return b"".join(f"\x02{each}\x03\r\n".encode("ascii") for each in (first, second, "1234,0"))


def _rows(data: str, digits: int) -> list[str]:
    """Hex rows out of ZPL's run lengths."""
    rows: list[str] = []
    row, count = "", 0
    for sign in data:
        if sign in _COUNTS:
            count += _COUNTS[sign]
            continue
        if sign == ":":
            rows.append(rows[-1])
        elif sign in ",!":
            row = row.ljust(digits, "0" if sign == "," else "F")
        else:
            row += sign * max(1, count)
            count = 0
        if len(row) >= digits:
            rows.append(row[:digits])
            row = row[digits:]
    return rows


class Tspl(Firmware):
    _wanted = 0                      # bytes of a BITMAP's data that are still to come
    _bitmap = (0, 0, 0, 0)

    def forget(self) -> None:
        super().forget()
        self._wanted = 0

    def _parsed(self) -> bytes:
        said = b""
        while self._rest:
            if not self._wanted and self._rest.startswith(b"\x1b"):
                if len(self._rest) < 3:
                    break
                said += self._at_once(self._rest[2:3])
                self._rest = self._rest[3:]
            elif self._wanted:
                if len(self._rest) < self._wanted:
                    break
                data, self._rest = self._rest[: self._wanted], self._rest[self._wanted :]
                self._wanted = 0
                if b"\x1b!" in data:         # a real one acts on it even here
                    self.unknown.append(b"ESC ! inside of data")
                x, y, wide, _ = self._bitmap
                ink = np.unpackbits(np.frombuffer(data, np.uint8).reshape(-1, wide), axis=1) == 0
                self._dots(x, y, ink)
            elif self._rest.startswith(b"BITMAP "):
                head = re.match(rb"BITMAP (\d+),(\d+),(\d+),(\d+),0,", self._rest)
                if head is None:
                    if len(self._rest) > 60:
                        self.unknown.append(self._rest[:60])
                        self._rest = b""
                    break
                self._bitmap = tuple(int(each) for each in head.groups())  # type: ignore[assignment]
                self._wanted = self._bitmap[2] * self._bitmap[3]
                self._rest = self._rest[head.end():]
            else:
                line, end, rest = self._rest.partition(b"\r\n")
                if not end:
                    break
                self._rest = rest
                self._command(line)
        return said

    def _at_once(self, sign: bytes) -> bytes:
        if sign == b"?":
            bits = {"head_open": 1, "paper_out": 4, "ribbon_out": 8, "paused": 16}
            return bytes([sum(bit for name, bit in bits.items() if self.flags[name]) | 0x20 * bool(self.labels)])
        if sign == b".":
            self.labels.clear()
            self.printing = False
        else:
            self.unknown.append(b"\x1b!" + sign)
        return b""

    def _command(self, line: bytes) -> None:
        name, _, data = line.partition(b" ")
        if name == b"SIZE":
            width, height = (float(each.removesuffix(b" mm")) for each in data.split(b","))
            self._sized(round(width * self.dpi / INCH), round(height * self.dpi / INCH))
        elif name == b"CLS":
            self._page[:] = False
        elif name == b"BAR":
            x, y, wide, high = (int(each) for each in data.split(b","))
            self._dots(x, y, np.ones((high, wide), bool))
        elif name == b"PRINT" and data.startswith(b"1,"):
            self._finished(int(data[2:]))
        elif name and name not in _TSPL_KEPT:
            self.unknown.append(line)


def firmware(speaks: str, dpi: int) -> Firmware:
    """Raises KeyError for a language that is none of "zpl", "tspl"."""
    return {"zpl": Zpl, "tspl": Tspl}[speaks](dpi)
