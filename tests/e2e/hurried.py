"""An outbox between a station's database and the training server, on a clock that is hurried."""
from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Any

from app.messages import SyncStatus
from app.settings import ServerSection
from app.store.database import Connection
from app.sync.capture import Capture
from app.sync.outbox import Outbox
from tests.e2e.training_server import Running


class Hurried:
    """An outbox against the training server whose clock runs FASTER times faster: a bad hour passes in seconds."""

    FASTER = 250

    def __init__(self, connection: Connection, server: Running, **section: Any) -> None:
        self.section = ServerSection(url=server.url, **{"timeout_s": 0.5, "query_lag_s": 15.0, **section})
        self.client = Capture(self.section, lambda: datetime.now(UTC))
        self.outbox = Outbox(connection, self.client, self.section, now=lambda: datetime.now(UTC),
                             mono=lambda: time.monotonic() * self.FASTER, jitter=lambda most: most)

    def run(self, until_s: float = 30.0) -> SyncStatus:
        """Until nothing is left to do."""
        end, pause = time.monotonic() + until_s, threading.Event()
        while time.monotonic() < end:
            wait = self.outbox.step()
            if self.outbox.idle():
                return self.outbox.status()
            pause.wait(wait / self.FASTER)
        raise AssertionError(self.outbox.status())
