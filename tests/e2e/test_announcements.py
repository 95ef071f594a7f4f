"""A document that announces very many objects, from the real feed: in parts, each in a short transaction."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.settings import ServerSection
from app.store.catalogue import Catalogue
from app.store.database import Connection
from app.sync import Sync
from tests.e2e.training_server import Running, running

CASES, BOTTLES = 250, 24
PALLET = "https://id.gs1.org/00/369012340000900016"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("central") / "home") as found:
        yield found


def part(number: int, announced: list[dict[str, str]]) -> dict[str, Any]:
    id = f"PO-9000/{number}"
    return {"kind": "announced", "id": id, "data": {"id": id, "document": "PO-9000", "announced": announced}}


def test_a_long_announcement_comes_through_the_feed_in_parts(server: Running, connection: Connection,
                                                            tmp_path: Path) -> None:
    about = {"product": "MILK-250", "lot": "271130A"}
    cases = [f"https://q.brand.example/c/long-{at}" for at in range(CASES)]
    bottles = [{"epc": f"https://q.brand.example/b/long-{at}-{place}", "level": "bottle", "parent": cases[at], **about}
               for at in range(CASES) for place in range(BOTTLES)]
    document = {"id": "PO-9000", "kind": "purchase_in", "partner": "SUP-03", "lines": [
        {"line": 1, "product": "MILK-250", "quantity": CASES * BOTTLES}]}
    records = [{"kind": "document", "id": "PO-9000", "data": document},
               part(1, [{"epc": PALLET, "level": "pallet"},
                        *({"epc": epc, "level": "case", "parent": PALLET, **about} for epc in cases)]),
               *(part(2 + at // 3000, bottles[at : at + 3000]) for at in range(0, len(bottles), 3000))]
    for record in records:
        answer = server.http.post("/master", json={"records": [record]})
        assert answer.status_code == 200, answer.text
    told: list[object] = []
    sync = Sync(tmp_path / "station.db", ServerSection(url=server.url, query_lag_s=0.0), told.append)
    assert sync.once(300).problem == ""
    catalogue = Catalogue(connection)
    found = catalogue.document("PO-9000")
    assert found and found.announces and len(catalogue.announced("PO-9000")) == 1 + CASES + CASES * BOTTLES
    inside = connection.execute("SELECT count(*) FROM object JOIN object AS above ON above.id = object.parent"
                                " WHERE above.epc LIKE 'https://q.brand.example/c/long-%'").fetchone()
    assert inside == (CASES * BOTTLES,) and catalogue.count_aside() == 0
    state = server.http.get(f"/epcs/{cases[0]}/state").json()
    assert (state["origin"], state["parent"], state["children"]) == ("announced", PALLET, BOTTLES)
    gone = server.http.post("/master", json={"records": [{"kind": "document", "id": "PO-9000", "deleted": True}]})
    assert gone.status_code == 200 and sync.once(300).problem == ""
    assert catalogue.document("PO-9000") is None and not catalogue.announced("PO-9000")
    assert connection.execute("SELECT count(*) FROM object WHERE epc LIKE '%/long-%'").fetchone() == (0,)
