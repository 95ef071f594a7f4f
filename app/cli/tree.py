"""Which commands there are and what each takes. Only argparse; the work is in the modules named here."""
from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from app import __version__
from app.cli import archive, checks, count, diversion, document, label, location, order, pairs, recipe, stock
from app.cli.speech import Speech
from app.words import LANGUAGES

Run = Callable[[argparse.Namespace], int]


def build(speech: Speech) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("station", description=speech("cli.about"), epilog=speech("cli.exit_codes"))
    parser.add_argument("--version", action="version", version=f"OneCode Station {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar=speech("cli.command"))

    def command(name: str, run: Run) -> argparse.ArgumentParser:
        about = speech(f"cli.{name}.about")
        sub = commands.add_parser(name, help=about, description=f"{about} {speech(f'cli.{name}.more')}".strip())
        sub.add_argument("--home", type=Path, metavar="DIR", help=speech("cli.help.home"))
        sub.add_argument("--language", choices=LANGUAGES, help=speech("cli.help.language"))
        sub.set_defaults(run=run, speech=speech)
        return sub

    def option(sub: argparse.ArgumentParser, *names: str, word: str, **more: object) -> None:
        sub.add_argument(*names, help=speech(f"cli.help.{word}"), **more)

    sub = command("run", _lazy("run", "run"))
    option(sub, "--headless", word="headless", action="store_true")
    option(sub, "--print-config", word="print_config", action="store_true")
    option(sub, "--full-screen", word="full_screen", action="store_true")
    sub = command("demo", _lazy("play", "demo"))
    option(sub, "--headless", word="demo_headless", action="store_true")
    option(sub, "--shift", word="shift", choices=("SMALL", "FULL"), default="SMALL")
    option(sub, "--report", word="report", type=Path, metavar="FILE.json")
    option(sub, "--no-pictures", word="no_pictures", action="store_true")
    sub = command("decode", _lazy("look", "decode"))
    option(sub, "paths", word="paths", nargs="+", metavar="PATH")
    option(sub, "--json", word="json_lines", action="store_true")
    option(sub, "--engine", word="engine", choices=("zxing", "pyzbar", "tapirscan"), default="zxing")
    option(sub, "--symbology", word="symbology", action="append", default=[], metavar="NAME")
    option(sub, "--expected", word="expected", type=int, default=0, metavar="N")
    option(sub, "--recipe", word="recipe", type=Path, metavar="FILE")
    recipe.arguments(command("recipe", _lazy("recipe", "run")), speech)
    sub = command("import", _lazy("bring", "import_file"))
    option(sub, "files", word="import_files", nargs="*", metavar="FILE")
    option(sub, "--kind", word="kind")
    option(sub, "--dry-run", word="dry_run", action="store_true")
    option(sub, "--template", word="template", metavar="KIND")
    sub = command("export", _lazy("data", "export"))
    option(sub, "what", word="what", choices=("events",))
    option(sub, "--format", word="format", choices=("epcis", "csv"), default="epcis")
    option(sub, "--output", word="output", type=Path, required=True, metavar="FILE")
    sub = command("sync", _lazy("data", "sync"))
    option(sub, "--once", word="once", action="store_true")
    option(sub, "--resend", word="resend", metavar="EVENT", type=int, action="append", default=[])
    option(sub, "--discard", word="discard", metavar="EVENT", type=int, action="append", default=[])
    option(sub, "--by", word="by", metavar="WHO", default="")
    sub = command("status", _lazy("data", "status"))
    option(sub, "--json", word="json", action="store_true")
    command("verify", _lazy("keep", "verify"))
    sub = command("backup", _lazy("keep", "backup"))
    option(sub, "target", word="backup_target", nargs="?", type=Path, metavar="DIR")
    sub = command("restore", _lazy("keep", "restore"))
    option(sub, "source", word="restore_source", nargs="?", type=Path, metavar="BACKUP")
    option(sub, "--rebuild", word="rebuild", action="store_true")
    option(sub, "--force", word="force", action="store_true")
    sub = command("sheet", _lazy("look", "sheet"))
    option(sub, "--output", word="sheet_output", type=Path, metavar="FILE.pdf")
    label.arguments(command("label", _lazy("label", "run")), speech)
    sub = command("rules", _lazy("look", "rules"))
    option(sub, "--test", word="test", metavar="TEXT", action="append", default=[])
    option(sub, "--aim", word="aim", default="", metavar="]XN")
    pairs.arguments(command("pairs", _lazy("pairs", "pairs")), speech)
    order.arguments(command("order", _lazy("order", "run")), speech)
    count.arguments(command("count", _lazy("count", "run")), speech)
    stock.arguments(command("stock", _lazy("stock", "run")), speech)
    checks.arguments(command("checks", _lazy("checks", "run")), speech)
    location.arguments(command("location", _lazy("location", "run")), speech)
    document.arguments(command("document", _lazy("document", "run")), speech)
    archive.arguments(command("archive", _lazy("archive", "run")), speech)
    diversion.arguments(command("diversion", _lazy("diversion", "run")), speech)
    command("central", _lazy("play", "central")).add_help = False
    command("doctor", _lazy("look", "doctor"))
    return parser


def _lazy(module: str, name: str) -> Run:
    """The command's function, its module imported only when it is wanted: `--help` stays quick."""
    def run(options: argparse.Namespace) -> int:
        return getattr(import_module(f"app.cli.{module}"), name)(options)
    return run
