"""Issued codes, 10^8 of them: which codes were ever handed to a printer. Only 16-byte fingerprints are kept.

The key is BLAKE2b of the EPC, so a row costs about 29 bytes and the codes themselves cannot be read back.
"""
from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from app.store.database import Connection


class Registry:
    """On the caller's connection; writing needs the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, epcs: Iterable[str]) -> int:
        """Takes the codes in and gives how many were new. They are sorted in memory: bring some 100,000 at once."""
        return self.add_fingerprints(map(fingerprint, epcs))

    def add_fingerprints(self, keys: Iterable[bytes]) -> int:
        """The same, of codes whose fingerprints were taken before."""
        before = self._connection.total_changes
        self._connection.executemany("INSERT OR IGNORE INTO issued(code) VALUES (?)", ((key,) for key in sorted(keys)))
        return self._connection.total_changes - before

    def known(self, epcs: Iterable[str]) -> set[str]:
        """Of these codes, the issued ones."""
        run = self._connection.execute
        return {epc for epc in epcs if run("SELECT 1 FROM issued WHERE code=?", (fingerprint(epc),)).fetchone()}

    def empty(self) -> bool:
        return self._connection.execute("SELECT 1 FROM issued LIMIT 1").fetchone() is None


def fingerprint(epc: str) -> bytes:
    """16 bytes that stand for a code."""
    return blake2b(epc.encode("utf-8", "surrogatepass"), digest_size=16).digest()
