"""Labels of containers: the SSCC they carry, what stands on them, and the station's range of numbers.

Pure. A label counts only once it was scanned back; drawing and sending it is for app/labels and the printer's driver.
"""
from __future__ import annotations

from dataclasses import dataclass, field

from app.domain.codes import identity
from app.domain.codes.checks import mod10
from app.domain.products import Name

ALARM_LEFT = 0.2         # of the range: a new one has to be asked for


@dataclass(frozen=True, slots=True)
class Label:
    """One print job with everything that a template can show."""

    job: int
    level: str
    sscc: str                    # 18 digits
    product: str
    name: Name
    gtin: str                    # 14 digits of the level below ("content of") or "" where it has none
    lot: str
    produced: str                # ISO date or ""
    expiry: str                  # ISO date or ""
    count: int                   # objects of the level below in it
    units: int                   # innermost units in it
    order: str
    number: int                  # which container of its level in this order
    reprint: str = ""            # why it is printed again
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SsccRange:
    """The numbers this station may use: `prefix` is extension digit and company prefix, serials from `first` to `last`.

    Prefix and serial are 17 digits together; the check digit follows.
    """

    prefix: str
    first: int
    last: int

    @property
    def width(self) -> int:
        return 17 - len(self.prefix)

    def problem(self) -> str:
        """What is wrong with the range, in English for the settings; "" when it is sound."""
        if not (self.prefix.isascii() and self.prefix.isdigit() and 5 <= len(self.prefix) <= 13):
            return "the prefix is the extension digit and the company prefix, 5 to 13 digits"
        if not 0 <= self.first <= self.last:
            return "the first number must not be greater than the last"
        if len(str(self.last)) > self.width:
            return f"after this prefix there is room for {self.width} digits"
        return ""

    def sscc(self, serial: int) -> str:
        """The 18 digits of a serial of this range. Raises ValueError outside of it."""
        if not self.first <= serial <= self.last:
            raise ValueError(f"expected a serial from {self.first} to {self.last}, got {serial}")
        digits = f"{self.prefix}{serial:0{self.width}d}"
        return digits + (mod10(digits) or "")

    def left(self, serial: int) -> int:
        """How many numbers are left when `serial` is the next one."""
        return max(0, self.last + 1 - max(serial, self.first))

    def running_out(self, serial: int) -> bool:
        return self.left(serial) <= ALARM_LEFT * (self.last + 1 - self.first)


def sscc_of(epc: str) -> str:
    """The 18 digits of an SSCC's EPC; "" for any other."""
    head = identity.sscc("")
    return epc[len(head):] if epc.startswith(head) and len(epc) == len(head) + 18 else ""
