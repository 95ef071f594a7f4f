"""The faults a station must live with, played on purpose: an ASGI layer round the whole server."""
from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from app.central.answers import Problem
from app.central.modes import NO_FAULT, Mode, Part, changed

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

HUGE = 20_000_000
PAGE = (b"<!DOCTYPE html><html><head><title>Sign in</title></head>"
        b"<body><h1>Guest network: please sign in</h1></body></html>")
RUBBISH = b'{"hello": [1, 2, {"x": null}], "captureID": 7, "running": "perhaps", "changes": "none"}'
KINDS = {401: "SecurityException", 403: "SecurityException", 404: "NoSuchResourceException"}


class Switch:
    """The mode in force. Read and set on the server's event loop only."""

    def __init__(self, mode: Mode) -> None:
        self.start = self.mode = mode
        self.left = mode.times
        self.seen: dict[str, int] = {}       # requests by part, faulty ones included

    def set(self, mode: Mode) -> None:
        self.mode, self.left = mode, mode.times

    def fault_for(self, part: Part | None) -> Mode | None:
        """The mode, if its fault meets a request to this part; counts it off."""
        mode = self.mode
        if part is None or not mode.faulty or (mode.only and part not in mode.only):
            return None
        if mode.times:
            self.left -= 1
            if self.left == 0:
                self.mode = changed(mode, NO_FAULT)
        return mode


def part_of(path: str, method: str) -> Part | None:
    """Which part of the server a request is for; None for pages, health and the training switches."""
    if path.startswith("/capture"):
        return "job" if method == "GET" else "capture"
    if path.startswith(("/events", "/epcs")):
        return "capture" if path == "/events" and method == "POST" else "events"
    return "master" if path.startswith("/master") else None


def layer(app: App, switch: Switch) -> App:
    """The server with its faults."""

    async def faulty(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        part = part_of(scope["path"], scope["method"])
        if part:
            switch.seen[part] = switch.seen.get(part, 0) + 1
        mode = switch.fault_for(part)
        if mode is None:
            return await app(scope, receive, send)
        await asyncio.sleep(mode.slow_s)
        if not (mode.status or mode.drop or mode.garble):
            return await app(scope, receive, send)
        done: list[Message] = []
        if mode.when == "after" or mode.garble:
            await app(scope, receive, _keeper(done))
        if mode.drop:
            return await _cut(receive, send)
        if mode.status:
            return await _status(mode, send)
        return await _garbled(mode.garble, done, send)

    return faulty


def _keeper(done: list[Message]) -> Send:
    async def keep(message: Message) -> None:
        done.append(message)
    return keep


async def _cut(receive: Receive, send: Send) -> None:
    """Closes the connection without a word. ASGI has no way to say this, so it takes uvicorn's own transport."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise RuntimeError("drop: expected to run under uvicorn")
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _status(mode: Mode, send: Send) -> None:
    problem = Problem(mode.status, KINDS.get(mode.status, "ImplementationException"), "a fault played on purpose")
    headers = [(b"content-type", b"application/problem+json")]
    if mode.retry_after:
        headers.append((b"retry-after", mode.retry_after.encode("latin-1")))
    if mode.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await _whole(send, mode.status, headers, msgspec.json.encode(problem.body()))


async def _garbled(garble: str, done: list[Message], send: Send) -> None:
    json_type = [(b"content-type", b"application/json")]
    if garble == "html":
        await _whole(send, 200, [(b"content-type", b"text/html; charset=utf-8")], PAGE)
    elif garble == "rubbish":
        await _whole(send, 200, json_type, RUBBISH)
    elif garble == "empty":
        await _whole(send, 200, json_type, b"")
    elif garble == "redirect":
        await _whole(send, 307, [(b"location", b"https://elsewhere.example/capture")], b"")
    elif garble == "truncated":
        body = b"".join(message.get("body", b"") for message in done) or RUBBISH
        await _whole(send, done[0]["status"], json_type, body[: len(body) // 2])
    elif garble == "huge":
        await send({"type": "http.response.start", "status": 200, "headers": json_type})
        for _ in range(0, HUGE, 100_000):
            await send({"type": "http.response.body", "body": b" " * 100_000, "more_body": True})
            await asyncio.sleep(0)               # so that a client that has had enough is seen to be gone
        await send({"type": "http.response.body", "body": b"{}", "more_body": False})


async def _whole(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body, "more_body": False})
