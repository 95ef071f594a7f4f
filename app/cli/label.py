"""`station label preview|print`: for whoever sets up a printer. A test label, or one with what is given.

Nothing is kept and no SSCC of the range is taken: without --sscc the label says TEST and its number is all zeros.
"""
from __future__ import annotations

import argparse
import queue
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.speech import Speech

if TYPE_CHECKING:            # `station --help` reads this file and has to stay quick
    from app.domain.packing.labels import Label
    from app.settings import DeviceSection, LabelSection, Settings

TEST_SSCC, TEST_GTIN = "0" * 18, "06901234567892"


def arguments(sub: argparse.ArgumentParser, speech: Speech) -> None:
    """Declares what `station label` takes."""
    def option(name: str, **more: object) -> None:
        sub.add_argument(name, help=speech(f"label.help.{name.lstrip('-').replace('-', '_')}"), **more)

    option("what", choices=("preview", "print", "templates"))
    option("--template", metavar="NAME", default="")
    option("--printer", metavar="NAME", default="")
    option("--level", metavar="LEVEL", default="case")
    option("--sscc", metavar="DIGITS", default=TEST_SSCC)
    option("--gtin", metavar="DIGITS", default=TEST_GTIN)
    option("--lot", metavar="TEXT", default="TEST")
    option("--count", type=int, metavar="N", default=24)
    option("--dpi", type=int, metavar="N", default=0)
    option("--output", type=Path, metavar="FILE", default=Path("label.png"))
    option("--wait", type=float, metavar="SECONDS", default=60.0)


def run(options: argparse.Namespace) -> int:
    from app.cli.common import loaded_of, spoken
    from app.fonts import FontMissing
    from app.labels import LabelProblem, TemplateRefused

    settings = loaded_of(options).settings
    speech = spoken(options, settings)
    printers = [each for each in settings.device if each.kind == "printer"]
    named = next((each for each in printers if not options.printer or each.name == options.printer), None)
    if named is None and (options.printer or options.what == "print"):
        speech.complain(speech("label.no_such_printer", name=options.printer,
                               names=", ".join(each.name for each in printers)))
        return 2
    try:
        work: dict[str, Callable[..., int]] = {"preview": _preview, "print": _print, "templates": _templates}
        return work[options.what](options, settings, named, speech)
    except (TemplateRefused, LabelProblem, FontMissing) as problem:
        speech.complain(str(problem))
        return 2


def _templates(options: argparse.Namespace, settings: Settings, named: DeviceSection | None, speech: Speech) -> int:
    """Lists them; copies the one that is named, for a start of one's own."""
    from app.labels import built_in, names, source

    folder = settings.label.templates
    if options.template:
        file = options.output.with_suffix(".toml")
        text = source(options.template, folder)
        with open(file, "xb") as copy:
            copy.write(text)
        speech.say(speech("label.copied", name=options.template, file=file))
        return 0
    for name in names(folder):
        speech.say(speech(f"label.{'built_in' if name in built_in() else 'own'}", name=name))
    return 0


def _label(options: argparse.Namespace) -> Label:
    from app.domain.packing.labels import Label

    today = date.today()  # noqa: DTZ011 - a day for the eye, in the place's own time
    name = {"zh_CN": "测试标签 500 ml", "en": "TEST LABEL, not goods"}
    return Label(1, options.level, options.sscc, "TEST", name, options.gtin, options.lot, today.isoformat(),
                 (today + timedelta(days=730)).isoformat(), options.count, options.count, "TEST", 1)


def _section(options: argparse.Namespace, settings: Settings) -> LabelSection:
    """[label] with the template that was asked for on the command line."""
    import msgspec

    use = {**settings.label.use, **({options.level: options.template} if options.template else {})}
    return msgspec.structs.replace(settings.label, use=use)


def _preview(options: argparse.Namespace, settings: Settings, named: DeviceSection | None, speech: Speech) -> int:
    from app.labels import Draft, png

    dpi = options.dpi or (named.dpi if named is not None else 203)
    image = Draft(_section(options, settings)).image(_label(options), dpi)
    options.output.write_bytes(png(image, dpi))
    speech.say(speech("label.written", file=options.output, width=image.width, height=image.height, dpi=dpi))
    return 0


def _print(options: argparse.Namespace, settings: Settings, named: DeviceSection, speech: Speech) -> int:
    import msgspec

    from app.labels import Draft, Printing
    from app.messages import DeviceState, Message, Printed

    section = msgspec.structs.replace(named, levels=(), dpi=options.dpi or named.dpi)
    label = _label(options)
    Draft(_section(options, settings)).image(label, section.dpi)       # what is wrong with it is said here, at once
    inbox: queue.Queue[Message] = queue.Queue()

    def say(state: DeviceState) -> None:
        speech.say(speech(f"device.problem.{state.problem}" if state.problem else f"device.{state.state}",
                          name=state.name))
        if state.detail:
            speech.complain(state.detail)

    printing = Printing((section,), _section(options, settings), inbox, say)
    started = time.monotonic()
    printing.start()
    printing.print((label,))
    try:
        ended = inbox.get(timeout=options.wait)
    except queue.Empty:
        speech.complain(speech("label.not_in_time", name=named.name, seconds=round(options.wait)))
        return 1
    finally:
        printing.stop()
    if isinstance(ended, Printed) and ended.outcome == "printed":
        speech.say(speech("label.printed", name=named.name, seconds=round(time.monotonic() - started, 1)))
        return 0
    if isinstance(ended, Printed):
        speech.complain(speech(f"device.problem.{ended.problem}", name=named.name))
        speech.complain(ended.detail)
    return 1
