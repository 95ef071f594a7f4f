"""Commands that move data: import, export, sync, status."""
from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from app.cli.common import home_of, loaded_of, spoken
from app.cli.speech import Speech
from app.home import Home
from app.messages import Answered, DeviceState, MasterChanged, SyncStatus
from app.settings import Settings
from app.store import paper_view
from app.store.database import open_reader, open_writer
from app.store.migrations import migrate
from app.store.queue import Counts, Queue


def status(options: argparse.Namespace) -> int:
    """Counts from the database, beside a running station too."""
    home, settings = home_of(options), loaded_of(options).settings
    speech = spoken(options, settings)
    if not home.database.exists():
        if options.json:
            speech.say(json.dumps(_as_json(settings.station.id, Counts(0, 0, 0, 0, None, None), [], None, home)))
        else:
            speech.say(speech("cli.status.none", home=home.path))
            _tell_crashes(speech, home)
        return 0
    connection = open_reader(home.database)
    try:
        link = Queue(connection).counts()
        refused = connection.execute(
            "SELECT event.id, event.biz_step, quarantine.problem FROM outbox JOIN event ON event.id = outbox.event"
            " JOIN quarantine ON quarantine.event = event.id WHERE outbox.state <> 'done' AND outbox.state = 'refused'"
            " ORDER BY event.id LIMIT 20").fetchall()
        devices = [DeviceState(name, kind, state, detail, datetime.fromisoformat(at) if at else None)
                   for name, kind, state, detail, at in connection.execute(
                       "SELECT name, kind, state, detail, at FROM device ORDER BY name")]
        unknown = paper_view.count_unknown(connection)
    finally:
        connection.close()
    pid = home.holder()
    if options.json:
        speech.say(json.dumps({**_as_json(settings.station.id, link, devices, pid, home), "unsettled": unknown},
                              ensure_ascii=False))
    else:
        _tell(speech, settings.station.id, link, devices, pid, refused)
        if unknown:
            speech.say(speech("cli.status.unsettled", count=unknown))
        _tell_crashes(speech, home)
    return 1 if link.refused else 0


def _as_json(station: str, link: Counts, devices: list[DeviceState], pid: int | None,
             home: Home) -> dict[str, Any]:
    return {"station": station, "running": pid is not None, "queued": link.queued, "in_flight": link.in_flight,
            "accepted": link.accepted, "refused": link.refused,
            "oldest": link.oldest.isoformat() if link.oldest else None,
            "devices": [{**asdict(each), "at": each.at.isoformat() if each.at else None} for each in devices],
            "crashes": [{"file": str(file), "at": at.isoformat()} for file, at in home.crash_files()]}


def _tell(speech: Speech, station: str, link: Counts, devices: list[DeviceState], pid: int | None,
          refused: list[tuple[int, str, str]]) -> None:
    running = speech("cli.status.running", pid=pid) if pid is not None else speech("cli.status.idle")
    speech.say(f"{speech('cli.status.station', station=station)}: {running}")
    speech.say(speech("cli.status.queue", queued=link.queued, in_flight=link.in_flight, accepted=link.accepted,
                      refused=link.refused))
    if link.oldest:
        speech.say(speech("cli.status.oldest", oldest=f"{link.oldest.astimezone():%Y-%m-%d %H:%M:%S}"))
    for event, step, problem in refused:
        said = speech.word("common.biz_step", step)
        speech.say(speech("cli.status.refused", event=event, step=said, problem=problem))
    for each in devices:
        state = speech.word("cli.device_state", each.state)
        said = speech("cli.status.device", name=each.name, kind=each.kind, state=state, detail=each.detail)
        speech.say(said.rstrip())


def _tell_crashes(speech: Speech, home: Home) -> None:
    found = home.crash_files()
    if found:
        newest, at = found[0]
        speech.say(speech("cli.status.crashed", path=newest, folder=home.crashes, count=len(found),
                          at=f"{at.astimezone():%Y-%m-%d %H:%M}"))


def sync(options: argparse.Namespace) -> int:
    """Needs the home for itself: a running station syncs by itself. Refused events are settled beside one, too."""
    from app.sync import Sync

    home, settings = home_of(options), loaded_of(options).settings
    speech = spoken(options, settings)
    if options.resend or options.discard:
        return _settle(options, home, speech)
    if not settings.server.url:
        speech.complain(speech("cli.sync.no_server", file=home.settings_file))
        return 2
    said: list[str] = []

    def tell(notice: SyncStatus | MasterChanged | Answered) -> None:
        if isinstance(notice, SyncStatus):
            line = speech("cli.status.queue", queued=notice.queued, in_flight=notice.in_flight,
                          accepted=notice.accepted, refused=notice.refused)
            if notice.problem:
                line += "  " + speech(f"sync.problem.{notice.problem}", detail=notice.detail)
            if line not in said[-1:]:
                said.append(line)
                speech.say(line)

    with home.lock():
        connection = open_writer(home.database)
        migrate(connection)
        connection.close()
        if options.once:
            return _once(home, settings, speech, tell)
        worker = Sync(home.database, settings.server, tell)
        worker.start()
        try:
            threading.Event().wait()
        finally:
            worker.stop()
    return 0


def _once(home: Home, settings: Settings, speech: Speech, tell: Callable[[SyncStatus], None]) -> int:
    """1 where something was refused or could not be had."""
    from app.bootstrap.once import sync_once

    done = sync_once(home, settings, tell)
    tell(done.status)
    speech.say(speech("cli.sync.records", count=done.records))
    if done.answers:
        speech.say(speech("cli.sync.answers", known=done.answers["known"], unknown=done.answers["unknown"]))
    if done.unanswered:
        speech.say(speech("cli.sync.unanswered", problem=speech(f"sync.problem.{done.unanswered}")))
    if found := done.snapshot:
        speech.say(speech("cli.sync.list_new" if done.is_new else "cli.sync.list_same"))
        speech.say(speech(f"diversion.status.{found.state}", id=found.id, problem=found.problem,
                          issued=speech.moment(found.issued_at), until=speech.moment(found.valid_until)))
    if done.problem:
        room = "device" if done.problem.startswith("snapshot_") else "sync"
        speech.say(speech("cli.sync.list_problem", problem=speech(f"{room}.problem.{done.problem}")))
    return 0 if done.good else 1


def _settle(options: argparse.Namespace, home: Home, speech: Speech) -> int:
    """A person's word on events that the server refused; who said it stays with the event."""
    if not options.by.strip():
        speech.complain(speech("cli.sync.who"))
        return 2
    _need_database(home, speech)
    connection = open_writer(home.database)
    try:
        queue, worst = Queue(connection), 0
        for how, events in (("resend", options.resend), ("discard", options.discard)):
            for event in events:
                done = queue.resolve(event, how, options.by.strip(), datetime.now(UTC))
                speech.say(speech(f"cli.sync.{how}" if done else "cli.sync.not_refused", event=event))
                worst = worst if done else 1
    finally:
        connection.close()
    return worst


def export(options: argparse.Namespace) -> int:
    from app.export import export_events

    home, settings = home_of(options), loaded_of(options).settings
    speech = spoken(options, settings)
    if options.output.exists():
        speech.complain(speech("cli.export.exists", file=options.output))
        return 2
    _need_database(home, speech)
    count = export_events(home.database, options.output, options.format,
                          progress=lambda done: speech.progress(speech("cli.export.progress", count=done)))
    speech.end_progress()
    speech.say(speech("cli.export.done", count=count, file=options.output))
    return 0


def _need_database(home: Home, speech: Speech) -> None:
    if not home.database.exists():
        raise FileNotFoundError(2, speech("cli.status.none", home=home.path), str(home.database))


