"""Every goal of the reader on one table, for the open engines and for ours, on the same pictures and cores.

    python -m tests.benchmarks.vision [--quick] [--only crates,line] [--seeds 1,2,3] [--engines ours,zxing]
                                      [--conditions typical,line] [--repeats 3] [--keep DIR] [--json FILE]
                                      [--markdown FILE] [--markdown-zh FILE]

Of each picture the shortest of the repeats counts (one with --quick, and a dozen photographs of a group; one where it
took more than a second). Rendering is not timed. "complete": pictures on which every code was read; "wrong": texts
that are on no code of the picture, in any repeat; "cpu": of all threads, on the mean.
--keep saves what ours failed on, with marks (or, where one engine alone runs, that one's). --markdown writes the
figures as a table, in English or Chinese.
"""
from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections import defaultdict
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tests.benchmarks.vision import machine, marks, shots, table
from tests.benchmarks.vision.peers import PEERS, Absent, Look
from tests.benchmarks.vision.rows import NO_GOAL, ROWS, Options, Row, told
from tests.benchmarks.vision.score import Score, figures, measure
from tests.benchmarks.vision.shots import Ask
from tests.crates import CONDITIONS

HEAD = " " * 14 + "shots  codes  read%   all% wrong   median      p90      cpu    later     p90"
PACKAGES = ("zxing-cpp", "pyzbar", "tapirscan", "codarascan", "opencv-python-headless", "numpy")
NAMES = (*(row.name for row in ROWS), *machine.ROWS)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.vision", description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", help=f"of {','.join(NAMES)}")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--engines", default="", help=f"of {','.join(PEERS)}")
    parser.add_argument("--conditions", default="", help="of " + ", ".join(CONDITIONS))
    parser.add_argument("--budget", type=float, default=1.0, help="times the reader's, on a machine that is busy")
    parser.add_argument("--repeats", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--markdown-zh", type=Path)
    parser.add_argument("--probe", nargs=2, metavar=("WHAT", "ENGINE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.probe:
        return machine.probe(*given.probe)
    wanted = _some(parser, given.only, NAMES)
    engines = _some(parser, given.engines, tuple(PEERS))
    options = Options(tuple(int(seed) for seed in given.seeds.split(",")), given.quick,
                      _some(parser, given.conditions, tuple(CONDITIONS)))
    if given.quick:
        options = Options(options.seeds[:1], True, options.conditions)
    run = Run(options, engines, given.repeats or (1 if given.quick else 3), given.keep,
              given.budget)
    run.told["machine"] = _machine()
    run.told["seeds"], run.told["repeats"] = options.seeds, run.repeats
    print(run.told["machine"], flush=True)
    for row in ROWS:
        if row.name in wanted:
            run.row(row)
    for name, measured in machine.ROWS.items():
        if name in wanted:
            print(f"\n{name}: {measured.__doc__}")
            run.told["whole"][name] = {}
            for engine in engines:
                run.told["whole"][name][engine] = measured(engine, given.quick)
                print(f"{engine:14}{run.told['whole'][name][engine]}", flush=True)
    run.misreads()
    if given.json:
        given.json.write_text(json.dumps(run.told, indent=1) + "\n", "utf-8")
    for path, language in ((given.markdown, "en"), (given.markdown_zh, "zh_CN")):
        if path:
            path.write_text(table.markdown(run.told, language), "utf-8")
    return 0


def _some(parser: argparse.ArgumentParser, asked: str, known: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(name.strip() for name in asked.split(",") if name.strip()) or known
    for name in names:
        if name not in known:
            parser.error(f"no {name!r}; expected some of {', '.join(known)}")
    return names


def _machine() -> str:
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.processor()) if Path("/proc/cpuinfo").exists() else ""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    parts = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    return (f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {model}, {cores} cores{load}; "
            f"Python {platform.python_version()}, {parts}")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


class Run:
    """Goes through the rows. A picture is in memory only while all engines read it."""

    def __init__(self, options: Options, engines: tuple[str, ...], repeats: int, keep: Path | None,
                 budget: float) -> None:
        self._options, self._engines, self.repeats, self._keep = options, engines, repeats, keep
        self._budget = budget
        self._wrong: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
        self.told: dict[str, Any] = {"views": [], "whole": {}, "misreads": {}, "conditions": {}, "scores": {}}

    def row(self, row: Row) -> None:
        absence = shots.missing() if row.photographs else ""
        if absence:
            print(f"\n{row.name}: left out, {absence}", flush=True)
            return
        scores: dict[str, list[Score]] = {engine: [] for engine in self._engines}
        looks: dict[tuple[str, Ask], Look | Absent] = {}
        drawing = 0.0
        began = time.perf_counter()
        for shot in row.shots(self._options):
            drawing += time.perf_counter() - began
            for engine in self._engines:
                look = looks.get((engine, shot.ask)) or _made(
                    engine, replace(shot.ask, budget_s=shot.ask.budget_s * self._budget))
                looks[engine, shot.ask] = look
                if isinstance(look, Absent):
                    continue
                score, reads = measure(shot, look, self.repeats)
                scores[engine].append(score)
                self._wrong[engine] += [(shot.name, raw) for raw in score.wrong]
                if self._keep and (engine == "ours" or len(self._engines) == 1) and (
                        score.wrong or not score.complete):
                    marks.keep(self._keep / row.name, engine, shot, reads, score.wrong)
            began = time.perf_counter()
        why = {engine: str(look) for (engine, _), look in looks.items() if isinstance(look, Absent)}
        self._print(row, scores, why, drawing)

    def _print(self, row: Row, scores: dict[str, list[Score]], why: dict[str, str], drawing: float) -> None:
        for view in row.views:
            print(f"\n{row.name}: {view.name}; goal {view.goal}\n{HEAD}")
            lines: dict[str, dict[str, Any]] = {}
            for engine, mine in scores.items():
                line, found = told(view, mine)
                notes = []
                if not mine:
                    line = why.get(engine, "no pictures")
                elif engine in why:
                    notes.append(f"in part: {why[engine]}")
                broke = [score.fault for score in mine if score.fault and view.counts(score)]
                if broke:
                    notes.append(f"broke off {len(broke)} times: {broke[0][:60]}")
                met = found is not None and view.goal != NO_GOAL and view.met(found)
                lines[engine] = {"figures": found and asdict(found), "met": met, "notes": notes,
                                 "line": "" if found else line}
                print(f"{engine:14}{line}{''.join(f'  ({note})' for note in notes)}{'  goal met' * met}", flush=True)
            self.told["views"].append({"row": row.name, "view": view.name, "goal": view.goal, "later": view.later,
                                       "engines": lines})
        if row.by_condition and any(scores.values()):
            self._conditions(row, scores)
        print(f"({row.name}: opened or drawn in {drawing:.0f} s)", flush=True)
        self.told["scores"][row.name] = {engine: [{**asdict(score), "wrong": [raw.hex() for raw in score.wrong]}
                                                  for score in mine] for engine, mine in scores.items()}

    def _conditions(self, row: Row, scores: dict[str, list[Score]]) -> None:
        """Read % (complete %) by condition; of ours the times as well."""
        names = list(dict.fromkeys(score.condition for mine in scores.values() for score in mine))
        there = [engine for engine, mine in scores.items() if mine]
        head = "".join(f"{engine:>15}" for engine in there) + ("   ours: median   p90 ms" if "ours" in there else "")
        print(f"\n{row.name}, read % (complete %)".ljust(35) + head)
        kept = self.told["conditions"][row.name] = {}
        for name in names:
            cells, times, kept[name] = "", "", {}
            for engine in there:
                mine = [score for score in scores[engine] if score.condition == name]
                if not mine:
                    cells += f"{'-':>15}"
                    continue
                f = figures(mine)
                cells += f"{f.read:9.1f} ({f.complete:3.0f})"
                kept[name][engine] = f.read, f.complete
                if engine == "ours":
                    times = f"{f.median_ms:15.1f}{f.p90_ms:9.1f}"
            print(f"{name:34}{cells}{times}", flush=True)

    def misreads(self) -> None:
        print("\nmisreads, everything above (texts that are on no code of the picture); goal 0")
        for engine in self._engines:
            wrong = self._wrong[engine]
            self.told["misreads"][engine] = len(wrong)
            print(f"{engine:14}{len(wrong):5}  " + "; ".join(f"{shot}: {raw[:40]!r}" for shot, raw in wrong[:8]))


def _made(engine: str, ask: Ask) -> Look | Absent:
    try:
        return PEERS[engine](ask)
    except Absent as e:
        return e


if __name__ == "__main__":
    sys.exit(main())
