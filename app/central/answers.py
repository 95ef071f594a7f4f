"""What every answer has in common: the GS1 headers, and problems as RFC 7807 with EPCIS exception types."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
NAMESPACE = "https://ns.onecode-station.example/1.0/"
VERSIONS = {
    "GS1-EPCIS-Version": "2.0.0",
    "GS1-CBV-Version": "2.0.0",
    "GS1-Extensions": f"ocs={NAMESPACE}",
}
VERSION_RANGE = {
    "GS1-EPCIS-Min": "2.0.0",
    "GS1-EPCIS-Max": "2.0.0",
    "GS1-CBV-Min": "2.0.0",
    "GS1-CBV-Max": "2.0.0",
    "GS1-Vendor-Version": "onecode-training 1",
    "GS1-EPC-Format": "No_Preference",
}
TITLES = {
    "ValidationException": "The events do not pass the checks",
    "SecurityException": "No or wrong credentials",
    "CaptureLimitExceededException": "Too much for one request",
    "UnsupportedMediaTypeException": "This form of content is not accepted",
    "NotAcceptableException": "This version is not spoken here",
    "NoSuchResourceException": "There is nothing under this name",
    "ResourceAlreadyExistsException": "An event with this eventID is stored already",
    "QueryParameterException": "The query is not understood",
    "URITooLongException": "The query is too long",
    "ImplementationException": "A fault of the server",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. `instance` is the eventID it is about, "" where it is about the whole request."""

    status: int
    kind: str            # a key of TITLES
    detail: str
    instance: str = ""

    def body(self) -> dict[str, Any]:
        found = {"type": f"epcisException:{self.kind}", "title": TITLES[self.kind], "status": self.status,
                 "detail": self.detail}
        return {**found, "instance": self.instance} if self.instance else found


class Refused(Exception):
    """A request that is answered with a problem."""

    def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem.detail)
        self.problem, self.headers = problem, dict(headers or {})


def answer(content: object, status: int = 200, headers: Mapping[str, str] | None = None,
           media_type: str = "application/json") -> Response:
    return Response(msgspec.json.encode(content), status, {**VERSIONS, **(headers or {})}, media_type)


def empty(status: int, headers: Mapping[str, str]) -> Response:
    return Response(status_code=status, headers={**VERSIONS, **headers})


async def gone(_: Request, __: Exception) -> Response:
    """Exception handler: the sender hung up while it sent; nobody reads this answer."""
    return Response(status_code=400)


async def refused(_: Request, error: Exception) -> Response:
    """Exception handler: a Refused becomes problem+json."""
    assert isinstance(error, Refused)
    problem = error.problem
    return answer(problem.body(), problem.status, error.headers, "application/problem+json")
