"""POST and GET /capture, POST /events: how events come in."""
from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from app.central import bodies, documents, jobs, ledger
from app.central.answers import VERSION_RANGE, Problem, Refused, answer, empty
from app.central.database import Connection
from app.central.documents import Event
from app.central.faults import Switch
from app.central.ledger import Outcome
from app.central.modes import Mode
from app.central.queries import page, token
from app.central.repository import Repository

BEHAVIOURS = ("rollback", "proceed")


async def options(request: Request) -> Response:
    mode = _switch(request).mode
    return empty(204, {"Allow": "OPTIONS, POST, GET", **VERSION_RANGE, **bodies.limits(mode),
                       "GS1-Capture-Error-Behaviour": "all"})


async def capture(request: Request) -> Response:
    """A document of events: 202 and a job, or what the mode makes of it."""
    mode, repository = _switch(request).mode, _repository(request)
    behaviour = request.headers.get("GS1-Capture-Error-Behaviour", "rollback")
    if behaviour not in BEHAVIOURS:
        raise documents.invalid(
            f"GS1-Capture-Error-Behaviour: expected {' or '.join(BEHAVIOURS)}, got {behaviour[:40]}")
    events = documents.opened(await bodies.body(request, mode))
    if len(events) > mode.max_events:
        raise bodies.too_large(mode, f"up to {mode.max_events} events are accepted in one request, got {len(events)}")
    headers = {"GS1-Capture-Error-Behaviour": behaviour}
    if mode.dedupe == "per-event-report":
        outcome = await repository.write(jobs.capture, events, behaviour, mode)
        return answer({"results": outcome.report}, 200, headers)
    if mode.check == "request":
        problem = next(filter(None, map(ledger.event_problem, events)), None)
        if problem:
            raise Refused(problem)
    if mode.dedupe == "conflict-batch":
        known = await repository.write(ledger.known_ids, events, mode)
        if known:
            raise Refused(Problem(409, "ResourceAlreadyExistsException", "nothing was stored; stored already: "
                                  + " ".join(known[:20]), known[0]))
    if mode.synchronous:
        outcome = await repository.write(jobs.capture, events, behaviour, mode)
        if outcome.problems:
            raise Refused(_summed(outcome))
        return answer({"stored": outcome.stored, "known": outcome.known}, 201, headers)
    job = await repository.write(jobs.accept, events, behaviour)
    repository.start(job)
    return empty(202, {**headers, "Location": _place(request, mode, f"/capture/{job}")})


async def one_event(request: Request) -> Response:
    """POST /events: one event, stored before the answer; 409 where its eventID is stored already."""
    mode, repository = _switch(request).mode, _repository(request)
    event = documents.opened_event(await bodies.body(request, mode))
    outcome = await repository.write(_capture_one, event, mode)
    if outcome.problems:
        raise Refused(outcome.problems[0])
    return answer(event, 201, {"Location": _place(request, mode, f"/events/{event['eventID']}")})


def _capture_one(connection: Connection, event: Event, mode: Mode) -> Outcome:
    outcome = jobs.capture(connection, [event], "rollback", mode)
    if outcome.known and not outcome.problems:
        outcome.problems.append(Problem(409, "ResourceAlreadyExistsException", "this event is stored already",
                                        event["eventID"]))
    return outcome


async def job(request: Request) -> Response:
    found = jobs.told(_repository(request).read, request.path_params["job"])
    if found is None or _switch(request).mode.lose_jobs:
        raise Refused(Problem(404, "NoSuchResourceException", "there is no capture job of this name"))
    return answer(found)


async def job_list(request: Request) -> Response:
    per_page, after = page({name: value for name, value in request.query_params.items()
                            if name in ("perPage", "nextPageToken")})
    found, more = jobs.listed(_repository(request).read, after, per_page)
    link = {"Link": f'</capture?perPage={per_page}&nextPageToken={token(more)}>; rel="next"'} if more else {}
    return answer(found, headers=link)


def _summed(outcome: Outcome) -> Problem:
    """One problem for a synchronous answer: the first one's kind, and what each of the first few says."""
    first = outcome.problems[0]
    told = "; ".join(f"{problem.instance}: {problem.detail}" for problem in outcome.problems[:5])
    return Problem(first.status, first.kind, f"{len(outcome.problems)} refused: {told}", first.instance)


def _place(request: Request, mode: Mode, path: str) -> str:
    return str(request.base_url).rstrip("/") + path if mode.absolute_location else path


def _repository(request: Request) -> Repository:
    repository: Repository = request.app.state.repository
    return repository


def _switch(request: Request) -> Switch:
    switch: Switch = request.app.state.switch
    return switch
