"""Printing on simulated printers over TCP and ptys: what comes out, what is told, and what every fault does."""
from __future__ import annotations

import queue
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.domain.packing.labels import Label
from app.labels import Draft, Printing
from app.messages import DeviceState, Message, Printed
from app.settings import DeviceSection, LabelSection
from drivers.simulated_printer import SimulatedPrinter

Make = Callable[..., Label]
Read = Callable[[Image.Image], list[tuple[str, str]]]
SSCCS = ("106141412345678908", "106141412345678915", "106141412345678922", "106141412345678939", "106141412345678946")


class Room:
    """Printers of some settings, their inbox, and all that they said."""

    def __init__(self, *sections: DeviceSection, label: LabelSection | None = None, size: int = 100) -> None:
        self.inbox: queue.Queue[Message] = queue.Queue(size)
        self.said: list[DeviceState] = []
        self.printing = Printing(sections, label or LabelSection(), self.inbox, self.said.append)

    def ended(self, timeout_s: float = 60.0) -> Printed:
        message = self.inbox.get(timeout=timeout_s)
        assert isinstance(message, Printed) and message.at.tzinfo is not None
        return message

    def wait(self, condition: Callable[[], object], seconds: float = 60.0) -> None:
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, self.said
            threading.Event().wait(0.005)

    def wait_for(self, state: str, problem: str = "", name: str = "p") -> None:
        def now() -> DeviceState:
            return next(each for each in self.printing.states() if each.name == name)

        self.wait(lambda: (now().state, now().problem) == (state, problem))


@pytest.fixture
def opened() -> Iterator[Callable[..., Room]]:
    rooms: list[Room] = []

    def make(*sections: DeviceSection, **more: object) -> Room:
        room = Room(*sections, **more)  # type: ignore[arg-type]
        rooms.append(room)
        room.printing.start()
        return room

    yield make
    for room in rooms:
        room.printing.stop()
        assert not any(thread.name.startswith("printer-") for thread in threading.enumerate())


@pytest.fixture
def printer() -> Iterator[Callable[..., SimulatedPrinter]]:
    made: list[SimulatedPrinter] = []

    def make(speaks: str = "zpl", **more: object) -> SimulatedPrinter:
        made.append(SimulatedPrinter(speaks, **more))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for each in made:
        each.stop()


def network(simulated: SimulatedPrinter, name: str = "p", **more: object) -> DeviceSection:
    return DeviceSection(name=name, kind="printer", port=simulated.serve(), **more)  # type: ignore[arg-type]


def out(simulated: SimulatedPrinter, read: Read) -> list[str]:
    """The SSCCs that came out, as a scanner reads them; "?" where it reads none."""
    return [next((text[2:] for aim, text in read(each) if aim == "]C1" and text.startswith("00")), "?")
            for each in simulated.printed]


# --- all well -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("speaks", ["zpl", "zpl-z64", "tspl"])
@pytest.mark.parametrize("dpi", [203, 300])
def test_what_comes_out_is_the_preview(
    opened: Callable[..., Room], printer: Callable[..., SimulatedPrinter], label: Make, read: Read, speaks: str,
    dpi: int,
) -> None:
    simulated = printer(speaks.partition("-")[0], dpi=dpi, label_s=0.02)
    room = opened(network(simulated, speaks=speaks, dpi=dpi))
    room.printing.print((label(),))
    ended = room.ended()
    assert (ended.source, ended.job, ended.outcome, ended.problem) == ("p", 7, "printed", "")
    assert simulated.unknown == [] and room.printing.waiting() == 0
    paper, preview = simulated.printed[0], Draft(LabelSection()).image(label(), dpi)
    assert paper.size == preview.size and (np.asarray(paper) == np.asarray(preview)).all()
    assert read(paper) == [("]C1", "02069012345678923724"), ("]C1", "00" + SSCCS[0])]


@pytest.mark.skipif(sys.platform == "win32", reason="no ptys on Windows")
@pytest.mark.parametrize("speaks", ["zpl", "tspl"])
def test_serial_printers_print_in_order(
    opened: Callable[..., Room], printer: Callable[..., SimulatedPrinter], label: Make, read: Read, speaks: str,
    tmp_path: Path,
) -> None:
    simulated = printer(speaks, label_s=0.03)
    room = opened(DeviceSection(name="p", kind="printer", path=simulated.plug(tmp_path / "p"), speaks=speaks))
    room.printing.print([label(job=job, sscc=sscc) for job, sscc in enumerate(SSCCS)])
    assert [(room.ended().job, room.ended().outcome) for _ in range(2)] == [(0, "printed"), (2, "printed")]
    assert [room.ended().job for _ in range(1)] == [4]
    assert out(simulated, read) == list(SSCCS)


def test_each_level_goes_to_its_printer(
    opened: Callable[..., Room], printer: Callable[..., SimulatedPrinter], label: Make, tmp_path: Path
) -> None:
    cases, pallets = printer(), printer("tspl", label_s=0.02)
    room = opened(network(cases, "c", levels=("case",)), network(pallets, "t", speaks="tspl", levels=("pallet",)))
    room.printing.print((label(job=1), label(job=2, level="pallet"), label(job=3, level="layer")))
    ended = {each.job: each for each in (room.ended(), room.ended(), room.ended())}
    assert [(ended[job].source, ended[job].outcome) for job in (1, 2)] == [("c", "printed"), ("t", "printed")]
    assert (ended[3].outcome, ended[3].problem, ended[3].source) == ("failed", "no_printer", "")
    assert "'layer'" in ended[3].detail
    assert len(cases.printed) == len(pallets.printed) == 1


def test_two_printers_share_a_level_and_one_that_is_gone_is_passed_over(
    opened: Callable[..., Room], printer: Callable[..., SimulatedPrinter], label: Make
) -> None:
    one, other = printer(), printer()
    sections = network(one, "a"), network(other, "b")
    one.power_off()
    room = opened(*sections)
    room.wait(lambda: {each.name: each.state for each in room.printing.states()} == {"a": "gone", "b": "ready"})
    room.printing.print((label(),))
    assert room.ended().source == "b"


@pytest.mark.parametrize("speaks", ["zpl", "tspl"])
def test_copies_are_one_job(
    opened: Callable[..., Room], printer: Callable[..., SimulatedPrinter], label: Make, read: Read, speaks: str
) -> None:
    simulated = printer(speaks, label_s=0.1)
    simulated.load_paper(1)
    room = opened(network(simulated, speaks=speaks, copies=2))
    room.printing.print((label(),))
    room.wait_for("fault", "paper_out")
    assert room.inbox.empty()
    simulated.load_paper()
    assert room.ended().outcome == "printed"
    assert out(simulated, read) == [SSCCS[0], SSCCS[0]]


def test_a_job_is_not_queued_twice(
    opened: Callable[..., Room], printer: Callable[..., SimulatedPrinter], label: Make
) -> None:
    simulated = printer()
    simulated.load_paper(0)
    room = opened(network(simulated))
    room.wait_for("fault", "paper_out")
    for _ in range(3):
        room.printing.print((label(),))
    assert room.printing.waiting() == 1


# --- faults -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("speaks", ["zpl", "tspl"])
def test_paper_out_is_told_and_printing_goes_on_by_itself(
    opened: Callable[..., Room], printer: Callable[..., SimulatedPrinter], label: Make, read: Read, speaks: str
) -> None:
    simulated = printer(speaks, label_s=0.03)
    simulated.load_paper(2)
    room = opened(network(simulated, speaks=speaks))
    room.printing.print([label(job=job, sscc=sscc) for job, sscc in enumerate(SSCCS)])
    room.wait_for("fault", "paper_out")
    assert len(simulated.printed) == 2
    simulated.load_paper()
    assert [room.ended().job for _ in range(5)] == [0, 1, 2, 3, 4]
    assert out(simulated, read) == list(SSCCS), "each once, none lost"
    states = [(each.state, each.problem) for each in room.said]
    assert ("fault", "paper_out") in states and states[-1] == ("ready", "")


@pytest.mark.parametrize(("word", "begin", "end"), [
    ("head_open", SimulatedPrinter.open_head, SimulatedPrinter.close_head),
    ("paused", SimulatedPrinter.pause, lambda each: each.pause(False)),
    ("ribbon_out", SimulatedPrinter.end_ribbon, lambda each: each.end_ribbon(False)),
])
def test_an_open_head_a_pause_and_no_ribbon_are_waited_for(
    opened: Callable[..., Room], printer: Callable[..., SimulatedPrinter], label: Make,
    word: str, begin: Callable[[SimulatedPrinter], None], end: Callable[[SimulatedPrinter], None],
) -> None:
    simulated = printer()
    begin(simulated)
    room = opened(network(simulated))
    room.printing.print((label(),))
    room.wait_for("fault", word)
    assert room.inbox.empty() and not simulated.printed
    end(simulated)
    assert room.ended().outcome == "printed"
    assert len(simulated.printed) == 1


def test_power_lost_in_mid_label_is_told_as_not_printed(
    opened: Callable[..., Room], printer: Callable[..., SimulatedPrinter], label: Make, read: Read
) -> None:
    simulated = printer(label_s=0.05)
    simulated.lose_power_in(2)
    room = opened(network(simulated))
    room.printing.print([label(job=job, sscc=sscc) for job, sscc in enumerate(SSCCS[:3])])
    assert room.ended().outcome == "printed"
    ended = room.ended()
    assert (ended.job, ended.outcome, ended.problem) == (1, "failed", "interrupted")
    room.wait_for("gone", "no_connection")
    simulated.power_on()
    ended = room.ended()
    assert (ended.job, ended.outcome) == (2, "printed")
    assert out(simulated, read) == [SSCCS[0], "?", SSCCS[2]], "half a label reads as none and is not sent again"


def test_a_job_that_failed_may_be_ordered_again_at_once(
    opened: Callable[..., Room], printer: Callable[..., SimulatedPrinter], label: Make
) -> None:
    simulated = printer()
    room = opened(network(simulated))
    for turn in range(20):
        room.printing.print((label(job=1, sscc="1" if turn % 2 else SSCCS[0]),))
        assert room.ended().outcome == ("failed" if turn % 2 else "printed")


def test_a_printer_that_comes_later_gets_what_waits(
    opened: Callable[..., Room], printer: Callable[..., SimulatedPrinter], label: Make
) -> None:
    simulated = printer()
    section = network(simulated)
    simulated.power_off()
    room = opened(section)
    room.printing.print((label(),))
    room.wait_for("gone", "no_connection")
    simulated.power_on()
    assert room.ended().outcome == "printed"


def test_repeated_and_skipped_labels_are_for_the_scanner_to_find(
    opened: Callable[..., Room], printer: Callable[..., SimulatedPrinter], label: Make, read: Read
) -> None:
    simulated = printer()
    simulated.repeat_next()
    room = opened(network(simulated))
    room.printing.print((label(job=0, sscc=SSCCS[0]),))
    room.ended()
    simulated.skip_next()
    room.printing.print([label(job=job, sscc=SSCCS[job]) for job in (1, 2)])
    assert [room.ended().outcome for _ in range(2)] == ["printed", "printed"]
    assert out(simulated, read) == [SSCCS[0], SSCCS[0], SSCCS[2]]


def test_what_cannot_be_drawn_is_told_and_the_next_goes_on(
    opened: Callable[..., Room], printer: Callable[..., SimulatedPrinter], label: Make
) -> None:
    simulated = printer()
    room = opened(network(simulated), label=LabelSection(use={"pallet": "gone"}))
    room.printing.print((label(job=1, sscc="12"), label(job=2, level="pallet"), label(job=3)))
    ended = [room.ended() for _ in range(3)]
    assert [(each.job, each.outcome, each.problem) for each in ended] == [
        (1, "failed", "bad_label"), (2, "failed", "bad_template"), (3, "printed", "")]
    assert "'12'" in ended[0].detail and "gone.toml" in ended[1].detail


def test_a_full_inbox_loses_no_message(
    opened: Callable[..., Room], printer: Callable[..., SimulatedPrinter], label: Make
) -> None:
    simulated = printer()
    room = opened(network(simulated), size=1)
    room.printing.print([label(job=job) for job in range(3)])
    room.wait_for("fault", "inbox_full")
    assert [room.ended().job for _ in range(3)] == [0, 1, 2]
    room.wait_for("ready")


def test_stopping_takes_back_what_is_not_out(
    opened: Callable[..., Room], printer: Callable[..., SimulatedPrinter], label: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.labels.printer.END_S", 0.1)
    simulated = printer(label_s=60)
    section = network(simulated)
    room = opened(section)
    room.printing.print((label(),))
    room.wait(lambda: simulated.held)
    room.printing.stop()
    assert room.inbox.empty(), "still an open job: the station prints it after the next start"
    room.wait(lambda: not simulated.held)
    assert not simulated.printed


def test_folders_get_files(opened: Callable[..., Room], label: Make, read: Read, tmp_path: Path) -> None:
    room = opened(DeviceSection(name="p", kind="printer", folder=str(tmp_path), speaks="pdf"))
    room.printing.print((label(),))
    assert room.ended().outcome == "printed"
    assert [each.name for each in tmp_path.iterdir()] == [f"label-7-{SSCCS[0]}.pdf"]


# --- nothing that a label says is a command -----------------------------------------------------------------------
BOMBS = ("^XZ^XA^FO0,0^GB800,800,800^FS^XZ", "~JA", "~JR", "~HS", "\r\n~JA\r\n", "\x1b!R", "\x1b!.",
         "CLS\r\nPRINT 99\r\n", '"\r\nPRINT 5\r\n"', "\x00\x02\x03\x10\x11\x13", "^CC+", "{lot}{sscc}",
         "%s%n", "\u202e\u2028", "\\[ESC]!R", ":Z64:")


@pytest.mark.parametrize("speaks", ["zpl", "tspl"])
def test_no_field_reaches_the_command_stream(
    opened: Callable[..., Room], printer: Callable[..., SimulatedPrinter], label: Make, read: Read, speaks: str
) -> None:
    simulated = printer(speaks, label_s=0.1)
    room = opened(network(simulated, speaks=speaks), label=LabelSection(company="^XZ~JA\r\nCLS\r\n\x1b!R"))
    for job, bomb in enumerate(BOMBS):
        fields = {"name": {"zh_CN": bomb, "en": bomb}, "product": bomb, "lot": bomb, "order": bomb, "reprint": bomb,
                  "extra": {"a": bomb}}
        room.printing.print((label(job=job, sscc=SSCCS[job % 5], **fields),))
    assert [room.ended(20).outcome for _ in BOMBS] == ["printed"] * len(BOMBS)
    assert simulated.unknown == []
    assert out(simulated, read) == [SSCCS[job % 5] for job in range(len(BOMBS))]
    said = simulated.received
    if speaks == "tspl":
        assert said.count(b"\nPRINT ") == len(BOMBS) and b"\x1b!R" not in said and said.count(b"\x1b!.") == 1
    else:
        commands = set(re.findall(rb"[\^~][A-Za-z0-9]{2}", said))
        assert commands == set(b"^XA ^PO ^PM ^LR ^LH ^LS ^JZ ^PW ^LL ^FO ^GF ^FS ^PQ ^XZ ~HS ~JA".split())
        assert said.count(b"^XZ") == len(BOMBS) and said.count(b"~JA") == 1
