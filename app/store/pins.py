"""PIN tries, counted on the disk before the PIN is looked at, so that neither a kill nor a new clock gives more."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.domain.people import wait_s
from app.store.database import Connection, transaction

LOCK = timedelta(hours=1)        # after the last free try; then one try an hour


class PinTries:
    """Shares the station's writing connection; each count is a transaction of its own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def locked_until(self, person: str, now: datetime) -> datetime | None:
        """When the next try is allowed; None means now. A clock set back counts as no time passed."""
        row = self._connection.execute("SELECT failures, last_at FROM pin_try WHERE person=?", (person,)).fetchone()
        if row is None:
            return None
        seconds = wait_s(row[0])
        free = datetime.fromisoformat(row[1]) + (LOCK if seconds is None else timedelta(seconds=seconds))
        return None if now >= free else free

    def wait_s(self, person: str, now: datetime) -> int:
        """Seconds until the next try is allowed, rounded up; 0 means now."""
        free = self.locked_until(person, now)
        return -int((now - free).total_seconds() // 1) if free else 0

    def attempt(self, person: str, now: datetime) -> bool:
        """Whether the PIN may be looked at; then this try is counted, durably. Raises DiskFull."""
        if self.locked_until(person, now):
            return False
        with transaction(self._connection):
            self._connection.execute(
                "INSERT INTO pin_try(person, failures, last_at) VALUES (?,1,?) ON CONFLICT DO UPDATE"
                " SET failures=failures+1, last_at=max(last_at, excluded.last_at)",
                (person, now.astimezone(UTC).isoformat(timespec="microseconds")))
        return True

    def forget(self, person: str) -> None:
        """The PIN was right: the count starts anew. Inside the caller's transaction or alone."""
        self._connection.execute("DELETE FROM pin_try WHERE person=?", (person,))
