"""Master data in: pages of the server's feed into the catalogue, each change once, the cursor kept beside them.

A record that cannot be used is kept aside with the reason and never stops the others; when more is known it is tried
again. The feed is described in resources/master-data.openapi.yaml.
"""
from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from app.settings import ServerSection
from app.store.catalogue import TABLES, BadRecord, Catalogue
from app.store.database import Connection, transaction
from app.store.records import check_epc
from app.store.registry import Registry
from app.sync.answers import Answer, Broken, Busy, Unauthorised
from app.sync.pace import Pace
from app.sync.transport import Misdirected, Reply, Transport, Unclear, retry_after_s

LIMIT = 500
LOCK_S = 0.05             # so long at most a transaction keeps the station from writing
MOST_ASIDE_TRIED = 200
_ORDER = {kind: place for place, kind in enumerate(("plan", "product", "partner", "location"))}      # then as they came


class Master:
    """One feed. Not for more than one thread."""

    def __init__(self, connection: Connection, server: ServerSection, *, now: Callable[[], datetime],
                 mono: Callable[[], float], jitter: Callable[[float], float], changed: Callable[[], None]) -> None:
        """`changed` is called after anything was taken in. Raises BadServerSetting."""
        self._connection, self._server, self._now, self._changed = connection, server, now, changed
        self._url = (server.master_url or server.url).rstrip("/")
        self._transport = Transport(server, self._url, now)
        self._catalogue, self._registry = Catalogue(connection), Registry(connection)
        self.pace = Pace(mono, jitter, 0.0, 0.0)
        self.read = False        # True once the feed was read to its end
        self.records = 0         # that have come

    def close(self) -> None:
        self._transport.close()

    def aside(self) -> int:
        """How many records of the feed could not be used."""
        return self._catalogue.count_aside()

    def step(self) -> float:
        """Reads one page where it is time. Gives the seconds until the next is due; 0 where more is waiting."""
        if wait := self.pace.wait_s():
            return wait
        name, cursor = self._catalogue.feed(self._url)
        reply = self._transport.exchange("GET", f"{self._url}/master/changes",
                                         params={"cursor": str(cursor), "limit": str(LIMIT)})
        if not isinstance(reply, Reply):
            return self._trouble(reply)
        if reply.status == 410 and cursor:
            return self._from_the_start()
        if reply.status != 200:
            return self._trouble(self._meaning(reply))
        page = reply.json()
        if not _is_page(page) or page["more"] and page["cursor"] <= cursor:
            return self._trouble(Unclear(f"expected a page of master data, got {reply.shown()}"))
        if cursor and page.get("feed", name) != name:
            return self._from_the_start()
        self._take(page)
        self.pace.good()
        self.read = not page["more"]
        return 0.0 if page["more"] else self.pace.after(self._server.master_every_s)

    def _from_the_start(self) -> float:
        """The server was made anew or restored: everything is read again, which does no harm."""
        with transaction(self._connection):
            self._catalogue.set_feed(self._url, "", 0)
        return 0.0

    def _trouble(self, answer: Answer) -> float:
        # Many EPCIS servers have no feed; that is no fault unless the settings name one.
        if isinstance(answer, Misdirected) and not self._server.master_url:
            self.read = True
            return self.pace.after(max(self._server.master_every_s, 900.0))
        return self.pace.trouble(answer, "no_master" if isinstance(answer, Misdirected) else "")

    def _meaning(self, reply: Reply) -> Answer:
        if reply.status in (401, 403, 407):
            return Unauthorised(reply.shown())
        wait = retry_after_s(reply.headers.get("retry-after", ""), self._now())
        if reply.status == 429:
            return Busy(reply.shown(), wait)
        return Broken(reply.shown(), wait) if reply.status >= 500 else Misdirected(reply.shown())

    def _take(self, page: dict[str, Any]) -> None:
        """A page in short transactions; the last one carries the cursor, so a crash only repeats some of them."""
        changes = sorted(page["changes"], key=lambda each: _ORDER.get(_text(each, "kind"), len(_ORDER)))
        place = 0
        while True:
            with transaction(self._connection):
                end = time.monotonic() + LOCK_S
                while place < len(changes) and time.monotonic() < end:
                    self._change(changes[place])
                    place += 1
                if place == len(changes):
                    if changes and not page["more"]:
                        self._try_again()
                    self._catalogue.set_feed(self._url, str(page.get("feed", "")), page["cursor"])
                    break
        self.records += len(changes)
        if changes:
            self._changed()

    def _change(self, change: object) -> None:
        kind, id = _text(change, "kind"), _text(change, "id")
        data = change.get("data") if isinstance(change, dict) else change
        try:
            if not isinstance(change, dict) or not kind or not id:
                raise BadRecord("change", "object", change)
            if change.get("deleted") is True:
                if kind in TABLES:
                    self._catalogue.delete(kind, id)
            else:
                self._put(kind, id, data)
            self._catalogue.take_back(kind, id)
        except BadRecord as error:
            self._catalogue.set_aside(kind, id, data, str(error), self._now().isoformat())

    def _put(self, kind: str, id: str, data: object) -> None:
        if kind == "issued":
            epcs = data.get("epcs") if isinstance(data, dict) else None
            if not isinstance(epcs, list) or not all(isinstance(each, str) for each in epcs):
                raise BadRecord("epcs", "shape", epcs, detail="a list of codes")
            for each in epcs:
                check_epc("epcs", each)
            self._registry.add(epcs)
        elif kind in TABLES:
            self._catalogue.put(kind, id, data)
        else:
            raise BadRecord("kind", "choice", kind, choices=", ".join([*TABLES, "issued"]))

    def _try_again(self) -> None:
        """What was set aside may have waited for something that has come now."""
        for kind, id, data, _ in self._catalogue.aside(MOST_ASIDE_TRIED):
            self._change({"kind": kind, "id": id, "data": data})


def _is_page(page: object) -> bool:
    return (isinstance(page, dict) and isinstance(page.get("changes"), list) and isinstance(page.get("more"), bool)
            and type(page.get("cursor")) is int and 0 <= page["cursor"] < 1 << 62
            and isinstance(page.get("feed", ""), str))


def _text(change: object, key: str) -> str:
    found = change.get(key) if isinstance(change, dict) else None
    return found if isinstance(found, str) else ""
