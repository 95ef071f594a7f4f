"""Starts the training server from the command line and ends it on a signal."""
from __future__ import annotations

import argparse
import ipaddress
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from app.central import master, modes, training
from app.central.answers import Refused
from app.central.database import HomeRefused
from app.central.faults import Switch
from app.central.repository import Repository
from app.central.web import build

PORT = 8480


def main(argv: Sequence[str]) -> int:
    """Runs until a signal ends it. Exit codes: 0 ended, 1 the folder or the address cannot be had, 2 wrong words."""
    arguments = _arguments(argv)
    try:
        mode, seed = modes.from_words(arguments.mode), _seed(arguments.seed)
        _refuse_strangers(arguments.host, arguments.token)
    except (ValueError, OSError, Refused) as error:
        return _sorry(f"station central: {error}", 2)
    try:
        listening = _listening(arguments.host, arguments.port)
    except OSError as error:
        return _sorry(f"station central: {arguments.host}:{arguments.port}: cannot listen here: {error}", 1)
    switch = Switch(mode)
    try:
        repository = Repository(arguments.home, switch, seed)
    except HomeRefused as error:
        listening.close()
        return _sorry(f"station central: {error}", 1)
    port = listening.getsockname()[1]
    config = uvicorn.Config(build(repository, switch, arguments.token), http="h11", ws="none", lifespan="off",
                            log_level="warning", access_log=False, server_header=False, proxy_headers=False,
                            timeout_graceful_shutdown=5)
    server = _Server(config, arguments.ready_file, f"http://{_shown(arguments.host)}:{port}", port)
    for name in ("SIGTERM", "SIGINT"):
        # uvicorn takes the signal, ends in order and raises it again; that must not kill us with a trace.
        signal.signal(getattr(signal, name), lambda *_: None)
    if arguments.until_stdin_closes:
        threading.Thread(target=_end_with_starter, args=(server,), daemon=True).start()
    try:
        server.run(sockets=[listening])
    finally:
        repository.close()
    return 0


def _end_with_starter(server: uvicorn.Server) -> None:
    """Standard input is a pipe that the starter holds open; it closes when that process dies, even by a kill."""
    while os.read(0, 1024):
        pass
    server.should_exit = True


class _Server(uvicorn.Server):
    """Tells where it listens once it does."""

    def __init__(self, config: uvicorn.Config, ready_file: Path | None, url: str, port: int) -> None:
        super().__init__(config)
        self._ready_file, self._url, self._port = ready_file, url, port

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if not self.started:
            return
        if self._ready_file is None:
            print(f"training server, for training and tests only: {self._url}", flush=True)
            return
        part = self._ready_file.with_name(self._ready_file.name + ".part")
        part.write_text(f"{self._port}\n", "ascii")
        os.replace(part, self._ready_file)


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="station central", description=(
        "A small EPCIS 2.0 repository and master-data feed, for training and tests only."))
    parser.add_argument("--home", type=Path, required=True, help="folder for all that the server keeps")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=PORT, help=f"0 takes a free one (default: {PORT})")
    parser.add_argument("--ready-file", type=Path, help="file that gets the port as soon as the server listens")
    parser.add_argument("--token", default="", help="bearer token that every request must bring")
    parser.add_argument("--seed", default="training",
                        help="master data for an empty feed: 'training' (default), 'none' or a JSON file")
    parser.add_argument("--mode", action="append", default=[], metavar="NAME=VALUE",
                        help="how it behaves, such as dedupe=none or job_delay_s=2; again for more")
    parser.add_argument("--until-stdin-closes", action="store_true",
                        help="end with the program that started this one, however that one ends")
    return parser.parse_args(list(argv))


def _seed(wanted: str) -> list[master.Record]:
    if wanted == "none":
        return []
    if wanted == "training":
        return training.training_master()
    try:
        return master.checked(json.loads(Path(wanted).read_text("utf-8")))
    except (ValueError, Refused) as error:
        raise ValueError(f"{wanted}: {error}") from error


def _refuse_strangers(host: str, token: str) -> None:
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local and not token:
        raise ValueError(f"--host {host}: other machines could reach this; give a --token that they must bring")


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named; without it each answer waits 40 ms for an ACK.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        listening.close()
        raise OSError(str(error)) from error
    return listening


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _sorry(text: str, code: int) -> int:
    print(text, file=sys.stderr)
    return code
