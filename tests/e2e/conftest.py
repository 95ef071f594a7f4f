"""What several of these tests stand on: a training server of the module, and a station's database."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.store.database import Connection
from tests.e2e.hurried import Hurried
from tests.e2e.training_server import Running, running
from tests.unit.sync.stock import made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("central") / "home") as server:
        yield server


@pytest.fixture
def server(shared: Running) -> Iterator[Running]:
    yield shared
    assert shared.http.delete("/training/mode").status_code == 200


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    opened = made(tmp_path / "station.db")
    yield opened
    opened.close()


@pytest.fixture
def hurried(connection: Connection, server: Running) -> Iterator[Callable[..., Hurried]]:
    made_ones: list[Hurried] = []

    def make(**section: Any) -> Hurried:
        made_ones.append(Hurried(connection, server, **section))
        return made_ones[-1]

    yield make
    for each in made_ones:
        each.client.close()
