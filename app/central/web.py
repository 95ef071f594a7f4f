"""The server's addresses. Capture is in capture.py; here are queries, master data, pages and training switches."""
from __future__ import annotations

import hmac
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

import msgspec
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from app.central import capture, documents, faults, master, objects, pages, queries, snapshot
from app.central.answers import VERSION_RANGE, Problem, Refused, answer, empty, gone, refused
from app.central.faults import Switch
from app.central.jobs import moment
from app.central.modes import Mode, changed
from app.central.repository import Repository

MOST_URL = 32_000
OPEN = ("/", "/health")      # what needs no token
Endpoint = Callable[[Request], Awaitable[Response]]


def build(repository: Repository, switch: Switch, token: str = "") -> faults.App:
    """The server as an ASGI application. A token, where given, is asked of every request."""

    def guarded(path: str, endpoint: Endpoint, *methods: str) -> Route:
        async def checked(request: Request) -> Response:
            _admitted(request, token)
            return await endpoint(request)
        return Route(path, checked, methods=list(methods), name=endpoint.__name__)

    app = Starlette(exception_handlers={Refused: refused, ClientDisconnect: gone}, routes=[
        guarded("/capture", capture.options, "OPTIONS"), guarded("/capture", capture.capture, "POST"),
        guarded("/capture", capture.job_list, "GET"), guarded("/capture/{job}", capture.job, "GET"),
        guarded("/events", _events_options, "OPTIONS"), guarded("/events", capture.one_event, "POST"),
        guarded("/events", events, "GET"), guarded("/events/{event_id:path}", event, "GET"),
        guarded("/epcs/{epc:path}/state", state, "GET"),
        guarded("/master/changes", master_changes, "GET"), guarded("/master", master_put, "POST"),
        guarded("/snapshot", snapshot.get, "GET"), guarded("/snapshot", snapshot.put, "PUT"),
        guarded("/training/mode", training_mode, "GET", "POST", "DELETE"),
        guarded("/training/counts", training_counts, "GET"),
        guarded("/health", health, "GET"), guarded("/", front, "GET"),
    ])
    app.state.repository, app.state.switch = repository, switch
    return faults.layer(app, switch)


def _admitted(request: Request, token: str) -> None:
    if not token or request.url.path in OPEN:
        return
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode("utf-8"), f"Bearer {token}".encode()):
        raise Refused(Problem(401, "SecurityException", "expected the header Authorization: Bearer with this server's "
                              f"token, got {'another token' if given else 'none'}"), {"WWW-Authenticate": "Bearer"})


async def _events_options(_: Request) -> Response:
    return empty(204, {"Allow": "OPTIONS, GET, POST", **VERSION_RANGE})


async def events(request: Request) -> Response:
    if len(str(request.url)) > MOST_URL:
        raise Refused(Problem(414, "URITooLongException", f"up to {MOST_URL} characters are read; ask in parts"))
    query = queries.parsed(request.query_params.multi_items())
    found, more = queries.run(_read(request), query, _mode(request).query_lag_s)
    if not more:
        return answer(queries.document(found))
    asked = [pair for pair in request.query_params.multi_items() if pair[0] != "nextPageToken"]
    link = f'</events?{urlencode([*asked, ("nextPageToken", queries.token(more))])}>; rel="next"'
    return answer(queries.document(found), headers={"Link": link})


async def event(request: Request) -> Response:
    """The event under this eventID, with its error declaration where there is one."""
    query = queries.parsed([("EQ_eventID", request.path_params["event_id"]), ("perPage", "1000")])
    found, _ = queries.run(_read(request), query, _mode(request).query_lag_s)
    if not found:
        raise Refused(Problem(404, "NoSuchResourceException", "there is no event under this eventID"))
    return answer(queries.document(found))


async def state(request: Request) -> Response:
    found = objects.state(_read(request), request.path_params["epc"])
    if found is None:
        raise Refused(Problem(404, "NoSuchResourceException", "no event told of this object"))
    return answer(found)


async def master_changes(request: Request) -> Response:
    numbers = {"cursor": 0, "limit": 500}
    for name, value in request.query_params.items():
        if name not in numbers or not (value.isascii() and value.isdigit() and len(value) < 16):
            raise Refused(Problem(400, "QueryParameterException",
                                  f"{name[:40]}: expected cursor or limit with a whole number, got {value[:40]!r}"))
        numbers[name] = int(value)
    limit = min(max(numbers["limit"], 1), master.MOST_CHANGES)
    return answer(master.changes(_read(request), numbers["cursor"], limit))


async def master_put(request: Request) -> Response:
    """Training only: takes records in. `?unchecked=true` lets rubbish through, for tests."""
    try:
        wanted = msgspec.json.decode(await request.body())
    except (msgspec.DecodeError, RecursionError) as error:
        raise documents.invalid(f"expected JSON in UTF-8: {error}") from error
    sound = request.query_params.get("unchecked") != "true"
    records = master.checked(wanted) if sound else master.unchecked(wanted)

    def put(connection: object) -> int:
        return master.put(connection, records, sound=sound)

    return answer({"cursor": await request.app.state.repository.write(put)})


async def training_mode(request: Request) -> Response:
    """GET shows the switches, POST sets some, DELETE sets all as they were at the start."""
    switch: Switch = request.app.state.switch
    if request.method == "DELETE":
        switch.set(switch.start)
    elif request.method == "POST":
        try:
            switch.set(changed(switch.mode, msgspec.json.decode(await request.body())))
        except (msgspec.DecodeError, RecursionError, ValueError) as error:
            raise documents.invalid(str(error)) from error
    return answer(switch.mode)


async def training_counts(request: Request) -> Response:
    return answer({**queries.counts(_read(request)), "requests": request.app.state.switch.seen})


async def health(request: Request) -> Response:
    """Alive, and what time it is here (a station estimates its clock's offset from it)."""
    _read(request).execute("SELECT 1 FROM event LIMIT 1").fetchone()
    return answer({"status": "ok", "training": True, "time": moment(int(time.time() * 1000))})


async def front(request: Request) -> Response:
    read = _read(request)
    found = {name: read.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for name, table in
             (("events", "event"), ("open", "job WHERE finished IS NULL"), ("changes", "change"))}
    return HTMLResponse(pages.front(found))


def _read(request: Request):  # type: ignore[no-untyped-def]
    return request.app.state.repository.read


def _mode(request: Request) -> Mode:
    mode: Mode = request.app.state.switch.mode
    return mode
