"""Scan to durable verdict with a full store: hand scans, frames of 24, and scans that wait together.

    python -m tests.benchmarks.verdict [--objects 1000000] [--scans 3000] [--home DIR]

Times run from the message's last byte to the return of the commit that holds it (journal fsync and SQLite FULL).
"""
from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from app.domain.people import badge_hash
from app.ids import event_id
from app.messages import Frame, Scan, Seen
from app.station import Place, Station, Surroundings
from app.store.store import Store

SITE = "https://id.gs1.org/414/6901234000009"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--scans", type=int, default=3_000)
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    folder = options.home or Path(tempfile.mkdtemp(prefix="verdict-"))
    try:
        store = Store(folder / "station.db", folder / "journal")
        seconds = fill(store, options.objects)
        print(f"store: {options.objects:,} objects, {(folder / 'station.db').stat().st_size / 1e6:.0f} MB, "
              f"filled in {seconds:.1f} s")
        station = Station(store, Place("BENCH-1", "Bench", f"{SITE}/254/BENCH-1", SITE), Surroundings(
            lambda: datetime.now(UTC).astimezone(), time.monotonic, event_id, lambda _hash, _pin: False))
        hand = [_scan(station, text) for text in _shift(options.scans)]
        print(f"scans : {_figures(hand)}")
        print(f"frames: {_figures(_frames(station, max(options.scans // 24, 20)))}   (24 codes and their case label)")
        print(f"groups: {_figures(_groups(station, options.scans))}   (50 scans waiting, one commit)")
        print(f"memory: {_resident_mb():.0f} MB resident")
        store.close()
    finally:
        if not options.home:
            shutil.rmtree(folder, ignore_errors=True)


def fill(store: Store, count: int) -> float:
    """Master data and `count` objects in cases of 24 that were packed before."""
    began = time.perf_counter()
    run = store.connection.execute
    run("BEGIN IMMEDIATE")
    put = store.catalogue.put
    put("plan", "P", {"id": "P", "version": 1, "levels": [
        {"level": "bottle"}, {"level": "case", "count": 24}, {"level": "pallet", "count": 48}]})
    put("product", "MILK", {"id": "MILK", "name": {"en": "Milk"}, "gtins": {}, "plan": "P", "rules": [
        {"name": "url", "kind": "url", "pattern": r"https://q\.brand\.example/(?P<level>[bcp])/(?P<serial>[0-9]{10})",
         "levels": {"b": "bottle", "c": "case", "p": "pallet"}, "product": "MILK"}]})
    put("order", "WO", {"id": "WO", "product": "MILK", "plan": "P", "plan_version": 1, "lot": "L1",
                        "produced": "2026-11-22", "expiry": "2027-05-22", "planned": 100_000_000})
    put("person", "op", {"id": "op", "name": "Op", "role": "operator", "badge": badge_hash("op", "BADGE")})
    cases = count // 25
    store.connection.executemany(
        "INSERT INTO object(id, epc, level, product, lot, expiry, work_order, status, location, partner)"
        " VALUES (?,?,'case','MILK','L0','','OLD','in_progress',?,'')",
        ((n + 1, f"https://q.brand.example/c/9{n:09d}", SITE) for n in range(cases)))
    store.connection.executemany(
        "INSERT INTO object(epc, level, product, lot, expiry, work_order, status, location, partner, parent)"
        " VALUES (?,'bottle','MILK','L0','','OLD','active',?,'',?)",
        ((f"https://q.brand.example/b/9{n:09d}", SITE, n // 24 + 1) for n in range(cases * 24)))
    run("COMMIT")
    return time.perf_counter() - began


def _shift(count: int) -> list[str]:
    """A clerk's scans: badge, order, 24 bottles and a label again and again, a pallet label when 48 cases stand."""
    texts = ["%ST:BADGE:BADGE", "%ST:ORDER:WO"]
    case = 0
    while len(texts) < count:
        texts += [f"https://q.brand.example/b/{case * 24 + n:010d}" for n in range(24)]
        texts.append(f"https://q.brand.example/c/{case:010d}")
        case += 1
        if case % 48 == 0:
            texts.append(f"https://q.brand.example/p/{case:010d}")
    return texts


def _scan(station: Station, text: str) -> float:
    published = station.handle([Scan("hand", text.encode(), "", datetime.now(UTC), time.monotonic())])
    return published[0].took_ms


def _frames(station: Station, count: int) -> list[float]:
    took = []
    for case in range(count):
        seen = [Seen(f"https://q.brand.example/b/1{case * 24 + n:09d}".encode(), "]Q1") for n in range(24)]
        seen.append(Seen(f"https://q.brand.example/c/1{case:09d}".encode(), "]Q1"))
        published = station.handle([Frame("cam", tuple(seen), datetime.now(UTC), time.monotonic())])[0]
        assert published.verdict.reason == "container_complete", published.verdict
        took.append(published.took_ms)
    return took


def _groups(station: Station, count: int) -> list[float]:
    """Scans of old bottles (duplicates) that waited for the same commit."""
    took = []
    for start in range(0, count, 50):
        now, mono = datetime.now(UTC), time.monotonic()
        scans = [Scan("hand", f"https://q.brand.example/b/9{(start + n) * 97 % 900_000:09d}".encode(), "", now, mono)
                 for n in range(50)]
        took += [each.took_ms for each in station.handle(scans)]
    return took


def _figures(took: list[float]) -> str:
    cuts = statistics.quantiles(took, n=100)
    return f"{len(took):6,} verdicts   p50 {cuts[49]:6.2f} ms   p99 {cuts[98]:6.2f} ms   worst {max(took):6.2f} ms"


def _resident_mb() -> float:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
