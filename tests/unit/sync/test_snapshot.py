"""The list of assignments over a real connection: whole, in parts, not twice, and what is refused not again."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.settings import ServerSection
from app.sync.snapshot import PART, Snapshots
from tests.unit.sync.served import Asked, Said, Served, nobody, reply, served

NOW = datetime(2027, 11, 30, 2, 0, tzinfo=UTC)
WHOLE = bytes(range(256)) * 1000


class Desk:
    """What is around the fetching: a clock, and who takes the package in."""

    def __init__(self, home: Path, url: str, refuses: str = "") -> None:
        self.clock, self.refuses = 0.0, refuses
        self.brought: list[bytes] = []
        self.told: list[tuple[str, str]] = []
        self.home = home
        self.snapshots = Snapshots(home, ServerSection(url=url, timeout_s=5.0), f"{url}/snapshot", bring=self._bring,
                                   told=lambda *said: self.told.append(said), now=lambda: NOW,
                                   mono=lambda: self.clock, jitter=lambda most: most)

    def _bring(self, file: Path) -> str:
        self.brought.append(file.read_bytes())
        return self.refuses

    def step(self) -> float:
        """Asks now, whatever the pace says; gives when it would ask next."""
        self.clock += 100_000.0
        return self.snapshots.step()


Make = Callable[..., Desk]


@pytest.fixture
def server() -> Iterator[Served]:
    with served() as one:
        yield one


@pytest.fixture
def desk_of() -> Iterator[Make]:
    made: list[Desk] = []

    def make(*args: object, **more: object) -> Desk:
        made.append(Desk(*args, **more))      # type: ignore[arg-type]
        return made[-1]

    yield make
    for each in made:
        each.snapshots.stop()


def whole(asked: Asked, etag: str = '"v1"', body: bytes = WHOLE) -> Said:
    """A server that knows ETags and ranges."""
    if asked.headers.get("if-none-match") == etag:
        return reply(304, etag=etag)
    begin = asked.headers.get("range", "")
    if begin and asked.headers.get("if-range") == etag:
        at = int(begin.removeprefix("bytes=").rstrip("-"))
        return reply(206, body[at:], etag=etag, content_range=f"bytes {at}-{len(body) - 1}/{len(body)}")
    return reply(200, body, etag=etag)


def cut(how: Callable[[Asked], Said], after: int) -> Callable[[Asked], Said]:
    """The connection breaks in the middle of the first answer."""
    answers: list[int] = []

    def answering(asked: Asked) -> Said:
        said = how(asked)
        assert isinstance(said, bytes)
        answers.append(1)
        return [said[:after]] if len(answers) == 1 else said

    return answering


def test_it_is_brought_in_once(server: Served, tmp_path: Path, desk_of: Make) -> None:
    server.answer(whole)
    desk = desk_of(tmp_path / "diversion", server.url)
    assert desk.step() == 300.0 and desk.brought == [WHOLE]
    assert desk.step() == 300.0 and desk.brought == [WHOLE]
    assert server.asked[-1].headers["if-none-match"] == '"v1"'
    assert not (desk.home / PART).exists() and desk.told == []
    again = desk_of(desk.home, server.url)                     # and not after a restart either
    assert again.step() == 300.0 and again.brought == []
    server.answer(lambda asked: whole(asked, '"v2"', b"newer"))
    again.step()
    assert again.brought == [b"newer"]


def test_what_was_cut_off_is_gone_on_with(server: Served, tmp_path: Path, desk_of: Make) -> None:
    server.answer(cut(whole, 100_000))
    desk = desk_of(tmp_path / "diversion", server.url)
    assert desk.step() == 0.0 and desk.brought == []
    have = (desk.home / PART).stat().st_size
    assert 0 < have < 100_000
    again = desk_of(desk.home, server.url)                     # over a restart, too
    assert again.step() == 300.0 and again.brought == [WHOLE]
    assert server.asked[-1].headers["range"] == f"bytes={have}-" and server.asked[-1].headers["if-range"] == '"v1"'


def test_half_of_an_old_one_is_no_beginning_of_a_new_one(server: Served, tmp_path: Path, desk_of: Make) -> None:
    server.answer(cut(whole, 100_000))
    desk = desk_of(tmp_path / "diversion", server.url)
    desk.step()
    server.answer(lambda asked: whole(asked, '"v2"', WHOLE[::-1]))
    desk.step()
    assert desk.brought == [WHOLE[::-1]]


def test_a_refused_one_is_told_and_not_fetched_again(server: Served, tmp_path: Path, desk_of: Make) -> None:
    server.answer(whole)
    desk = desk_of(tmp_path / "diversion", server.url, refuses="signature")
    desk.step()
    desk.step()
    assert len(desk.brought) == 1 and desk.told == [("snapshot_refused", "signature")]
    again = desk_of(desk.home, server.url)
    again.step()
    assert again.brought == [] and again.told == [("snapshot_refused", "signature")]
    desk.refuses = ""
    server.answer(lambda asked: whole(asked, '"v2"', b"newer"))
    desk.step()
    assert desk.told[-1] == ("", "")


def test_a_server_without_a_list_is_no_fault(server: Served, tmp_path: Path, desk_of: Make) -> None:
    desk = desk_of(tmp_path / "diversion", server.url)
    assert desk.step() == 900.0 and desk.told == []


@pytest.mark.parametrize("status", [401, 500, 429])
def test_trouble_waits_longer_and_longer(server: Served, tmp_path: Path, desk_of: Make, status: int) -> None:
    server.answer(lambda asked: reply(status, {"title": "no"}))
    desk = desk_of(tmp_path / "diversion", server.url)
    first = desk.step()
    assert 0 < first <= desk.step() and desk.brought == []


def test_nobody_there_and_another_part_than_was_asked_for(server: Served, tmp_path: Path, desk_of: Make) -> None:
    desk = desk_of(tmp_path / "diversion", nobody())
    assert desk.step() > 0 and desk.brought == []
    server.answer(lambda asked: reply(206, b"xyz", etag='"v1"', content_range="bytes 7-9/10"))
    desk = desk_of(tmp_path / "other", server.url)
    assert desk.step() > 0 and desk.brought == []
    server.answer(whole)
    desk.step()
    assert desk.brought == [WHOLE]


def test_a_part_that_is_longer_than_the_whole_is_begun_anew(server: Served, tmp_path: Path, desk_of: Make) -> None:
    server.answer(cut(whole, 200_000))
    desk = desk_of(tmp_path / "diversion", server.url)
    desk.step()
    server.answer(lambda asked: reply(416) if "range" in asked.headers else whole(asked))
    desk.step()
    desk.step()
    assert desk.brought == [WHOLE]
