"""Event ids: UUID version 7 (RFC 9562), made once at the scan; random bits come from the system."""
from __future__ import annotations

import os
import uuid
from datetime import datetime


def event_id(at: datetime) -> str:
    """ "urn:uuid:…" whose first 48 bits are the milliseconds of `at`."""
    milliseconds = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    random = int.from_bytes(os.urandom(10), "big")
    value = milliseconds << 80 | 0x7 << 76 | (random >> 64 & 0xFFF) << 64 | 0b10 << 62 | random & ((1 << 62) - 1)
    return f"urn:uuid:{uuid.UUID(int=value)}"
