"""`--help` of every command and act: whole in both languages, and what is alike is said alike."""
from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

import pytest

from app.cli.speech import Speech
from app.cli.tree import build
from app.words import LANGUAGES

CHINESE = re.compile(r"[\u4e00-\u9fff]")
NAMED_BY_ARGPARSE = ("help", "version")       # its own words


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from parsers(each)


def shown(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [each for each in parser._actions if each.help != argparse.SUPPRESS and each.dest not in NAMED_BY_ARGPARSE
            and not isinstance(each, argparse._SubParsersAction)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_can_be_typed_is_explained_in_the_language(language: str) -> None:
    every = list(parsers(build(Speech(language, strict=True))))
    assert len(every) > 40
    for parser in every:
        assert parser.format_help() and parser.description, parser.prog
        assert bool(CHINESE.search(parser.description)) == (language == "zh_CN"), parser.prog
        for action in shown(parser):
            assert action.help, (parser.prog, action.dest)
            # Names of columns are told in both languages.
            assert CHINESE.search(action.help) if language == "zh_CN" else not CHINESE.match(action.help), action


def test_a_file_that_is_written_is_always_named_by_output() -> None:
    written = {parser.prog for parser in parsers(build(Speech("en", strict=True)))
               if any("--output" in each.option_strings for each in shown(parser))}
    assert {"station export", "station sheet", "station checks", "station stock", "station order report",
            "station count export", "station document export", "station document unsettled",
            "station diversion evidence", "station location sheet", "station label"} <= written
    for parser in parsers(build(Speech("en"))):
        strange = {option for each in shown(parser) for option in each.option_strings} & {
            "--xlsx", "--csv", "--pdf", "--export", "--file"}
        assert not strange, (parser.prog, strange)


@pytest.mark.parametrize(("words", "output"), [
    ("count export C1 --output a.pdf", "a.pdf"), ("stock --csv a.csv --xlsx b.xlsx", "a.csv b.xlsx"),
    ("stock --output a.csv", "a.csv"), ("order report W --pdf a.pdf", "a.pdf"),
    ("order report W --output a.pdf --output b.xlsx", "a.pdf b.xlsx"), ("diversion evidence --export a.zip", "a.zip"),
    ("diversion evidence --output a.zip", "a.zip"), ("stock", ""), ("order report W", "")])
def test_the_earlier_spellings_are_still_taken(words: str, output: str) -> None:
    options = build(Speech("en")).parse_args(words.split())
    found = options.output if isinstance(options.output, list) else [options.output]
    assert " ".join(map(str, found)) == output


def test_the_language_is_one_of_ours_for_every_act(capsys: pytest.CaptureFixture[str]) -> None:
    for parser in parsers(build(Speech("en"))):
        for action in parser._actions:
            if "--language" in action.option_strings:
                assert tuple(action.choices or ()) == LANGUAGES, parser.prog
