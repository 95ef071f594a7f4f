"""Reading a request's body without trusting it: form, size and compression, each with its own refusal."""
from __future__ import annotations

import zlib

from starlette.requests import Request

from app.central.answers import Problem, Refused
from app.central.modes import Mode

JSON_TYPES = ("application/json", "application/ld+json")


def limits(mode: Mode) -> dict[str, str]:
    """The two limits as headers."""
    if not mode.announce_limits:
        return {}
    return {"GS1-EPCIS-Capture-Limit": str(mode.max_events), "GS1-EPCIS-Capture-File-Size-Limit": str(mode.max_bytes)}


def too_large(mode: Mode, detail: str) -> Refused:
    return Refused(Problem(413, "CaptureLimitExceededException", detail), limits(mode))


async def body(request: Request, mode: Mode) -> bytes:
    """The body, unpacked. Raises Refused: 406, 413, 415."""
    for name in ("GS1-EPCIS-Version", "GS1-CBV-Version"):
        wanted = request.headers.get(name, "2.0.0")
        if wanted != "2" and not wanted.startswith("2."):
            raise Refused(Problem(406, "NotAcceptableException", f"{name}: 2.0.0 is spoken here, got {wanted[:40]}"))
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in JSON_TYPES:
        raise _form(f"expected {' or '.join(JSON_TYPES)}, got {kind[:100] or 'no Content-Type'}")
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip") or (coding == "gzip" and not mode.gzip):
        raise _form(f"Content-Encoding {coding[:40]} is not accepted here")
    inflate = zlib.decompressobj(wbits=31) if coding == "gzip" else None
    found = bytearray()
    async for chunk in request.stream():
        if inflate is None:
            found += chunk
        else:
            try:
                found += inflate.decompress(chunk, mode.max_bytes + 1 - len(found))
            except zlib.error as error:
                raise _broken(f"the gzip body is damaged: {error}") from error
        if len(found) > mode.max_bytes or (inflate and inflate.unconsumed_tail):
            raise too_large(mode, f"a document of up to {mode.max_bytes} bytes is accepted here")
    if inflate and not inflate.eof:
        raise _broken("the gzip body ends in the middle")
    return bytes(found)


def _form(detail: str) -> Refused:
    return Refused(Problem(415, "UnsupportedMediaTypeException", detail))


def _broken(detail: str) -> Refused:
    return Refused(Problem(400, "ValidationException", detail))
