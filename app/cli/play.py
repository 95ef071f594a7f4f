"""`station demo` and `station central`: the shift that plays itself, and the server it plays against."""
from __future__ import annotations

import argparse
from pathlib import Path

from app.home import Home


def demo(options: argparse.Namespace) -> int:
    from app.demo.ground import HomeTaken, refuse_taken
    from app.demo.show import show

    speech = options.speech
    home = Home(options.home.absolute()) if options.home else Home(Home.default().path / "demo")
    report = options.report or home.path / "report.json"
    try:
        refuse_taken(home)
    except HomeTaken as error:
        speech.complain(speech("demo.home_taken", file=error.args[0]))
        return 2
    with home.lock():
        return show(home, speech, shift=options.shift, report=Path(report), headless=options.headless,
                    pictures=not options.no_pictures)


def central(options: argparse.Namespace) -> int:
    from app.central.server import main

    home = options.home or Home.default().path / "central"
    rest = [each for each in options.rest if each != "--"]
    return main(["--home", str(home), *rest])
