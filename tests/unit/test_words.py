"""Sentences: the two languages match key by key and field by field, and nothing an operator sees can fail."""

import re
import tomllib
from datetime import UTC
from importlib.resources import files
from string import Formatter

import pytest

from app.domain.codes.gs1 import __file__ as gs1_file
from app.domain.codes.rows import __file__ as rows_file
from app.domain.codes.rules import __file__ as rules_file
from app.domain.commands import BY_NAME, INSTRUCTIONS, parsed
from app.domain.people import Right, Role
from app.domain.reasons import Outcome, Reason
from app.words import LANGUAGES, Words, fields, sentences, short

EN, ZH = sentences("en"), sentences("zh_CN")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
MINE = ("reason", "outcome", "common")
TITLE_ROOM = 28  # what fits on one line of the verdict strip


@pytest.fixture(params=LANGUAGES)
def words(request: pytest.FixtureRequest) -> Words:
    return Words(request.param, strict=True, zone=UTC)


def test_what_cannot_be_judged_is_told_what_helps() -> None:
    """A station that has a valid list is not told to fetch one."""
    said = {why: Words("en").reason("not_judged", {"unjudged": why}).todo
            for why in ("no_snapshot", "snapshot_expired", "not_listed", "no_place", "")}
    assert "F2" in said["no_place"] and "diversion import" not in said["no_place"]
    assert "diversion import" in said["no_snapshot"] and said[""] == said["no_snapshot"]


def test_both_languages_have_the_same_keys() -> None:
    assert EN.keys() == ZH.keys()


def test_both_languages_have_the_same_fields() -> None:
    unlike = {
        key: (fields(EN[key]), fields(ZH[key])) for key in EN.keys() & ZH.keys() if fields(EN[key]) != fields(ZH[key])
    }
    assert not unlike


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_well_made(language: str) -> None:
    for key, sentence in sentences(language).items():
        assert sentence == sentence.strip() or key.split(".")[0] not in MINE, key
        assert sentence.count("[[") == sentence.count("]]"), key
        for _, name, _, conversion in Formatter().parse(re.sub(r"\[\[|\]\]", "", sentence)):
            assert name is None or name.isidentifier(), f"{key}: {name!r}"
            assert not conversion, f"{key}: {conversion!r}"


def test_the_chinese_is_chinese_with_chinese_punctuation() -> None:
    for table in ("reason", "outcome"):
        for key in (key for key in ZH if key.startswith(f"{table}.")):
            plain = re.sub(r"\{\w+\}", "", ZH[key])
            assert not plain or CHINESE.search(plain) or "{" in ZH[key], key
            assert not re.search(r"[\u4e00-\u9fff][,;:!?]", plain), key


def test_the_files_hold_text_only() -> None:
    for language in LANGUAGES:
        for file in (files("resources") / "i18n" / language).iterdir():
            tomllib.loads(file.read_text("utf-8"))
            assert not file.read_bytes().startswith(b"\xef\xbb\xbf"), file.name


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_says_what_and_what_to_do_even_without_data(words: Words, reason: Reason) -> None:
    said = words.reason(reason, {"name": "UNDO"} if reason == Reason.COMMAND_TAKEN else {})
    assert said.title and said.text
    assert said.todo or reason in (Reason.COMMAND_TAKEN, Reason.LOOKED_UP)
    assert len(said.title) <= TITLE_ROOM
    assert "[" not in said.title + said.text + said.todo and "{" not in said.title + said.text + said.todo


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_a_word(words: Words, outcome: Outcome) -> None:
    assert 0 < len(words(f"outcome.{outcome}.title")) <= 12
    assert words(f"outcome.{outcome}.text")
    assert words.has(f"outcome.{outcome}.todo")


def test_no_sentence_is_left_over() -> None:
    assert {key.split(".")[1] for key in EN if key.startswith("reason.")} == set(Reason)
    assert {key.split(".")[1] for key in EN if key.startswith("outcome.")} == set(Outcome)


def test_commands_roles_rights_and_choices_have_names(words: Words) -> None:
    for instruction in INSTRUCTIONS:
        assert words(f"common.command.{instruction.name}") and words(f"common.command_does.{instruction.name}")
        for word in instruction.choices if instruction.name != "LANG" else ():
            assert words(f"common.choice.{word}")
    for role in Role:
        assert words(f"common.role.{role}")
    for right in Right:
        assert words(f"common.right.{right}")


def test_the_words_of_the_line_and_of_an_orders_life_have_names(words: Words) -> None:
    from app.domain.packing import line_queue as queue
    from app.domain.packing import order_life, rework, row

    stops = (queue.JAM, queue.READER, queue.PACKER, queue.REJECT, queue.SHORT, queue.OVERRUN, queue.PROBE, queue.SIGNAL)
    wanted = {
        "queue_stop": stops,
        "queue_step": ("remove", "probe_head", "probe_tail", "run"),
        "slot": (row.GOOD, row.NO_READ, row.BAD, row.DOUBTFUL),
        "slot_left": (queue.PACKED, queue.REJECTED, queue.REMOVED),
        "order_state": ("open", order_life.STARTED, order_life.PAUSED, order_life.FINISHED, order_life.CLOSED),
        "fate": (*(fate for fate, *_ in rework.ENDS.values()), "relabelled", "repacked", "replaced", "returned"),
        "account": ("issued", "packed", "scrapped", "sampled", "returned", "open", "undone", "removed", "unseen"),
    }
    for table, names in wanted.items():
        assert all(words.has(f"common.{table}.{name}") for name in names), table


def test_problems_and_passed_words_of_the_rule_table_have_sentences(words: Words) -> None:
    def found(file: str, pattern: str) -> set[str]:
        with open(file, encoding="utf-8") as source:
            return set(re.findall(pattern, source.read()))

    problems = set.union(
        *(
            found(file, r'_bad\("(\w+)"|"problem": "(\w+)"')  # type: ignore[arg-type]
            for file in (gs1_file, rows_file, rules_file)
        )
    )
    named = {word for pair in problems for word in pair if word}
    assert len(named) >= 10 and all(words.has(f"common.problem.{word}") for word in named), named
    passed = found(rows_file, r'return "(\w+)"') | found(rules_file, r'return "(\w+)"') | {"digital_link"}
    assert len(passed) >= 8 and all(words.has(f"common.passed.{word}") for word in passed), passed


# --- how a sentence is made -----------------------------------------------------------------------------------------
def test_optional_parts_fall_away(words: Words) -> None:
    whole = words("reason.wrong_batch", lot="L1", expected="L2")
    assert "L1" in whole and "L2" in whole
    assert "L2" not in words("reason.wrong_batch", lot="L1", expected="") and "L1" in words(
        "reason.wrong_batch", lot="L1"
    )
    assert words("reason.wrong_batch") == words("reason.wrong_batch.text", lot=None)


def test_words_in_the_data_are_said_in_the_language() -> None:
    data: dict[str, str | int] = {"level": "case", "have": 18, "target": 24, "missing": 6, "unread": 0}
    assert Words("en").reason("container_short", data).text == "This case is not full yet: 18 of 24, 6 missing."
    assert Words("zh_CN").reason("container_short", data).text == "这一箱还没装满：18/24，差 6 个。"
    assert Words("en").reason("container_complete", data).title == "Case complete"
    assert Words("zh_CN").reason("scan_label", {"level": "pallet"}).title == "请扫垛码"
    assert "(10) needs (01)" in Words("en").reason("bad_syntax", {"problem": "needs", "ai": "10", "needs": "01"}).text
    assert "Wrong batch" in Words("en").reason("held", {"because": "wrong_batch", "held": 2}).text
    assert Words("en").reason("command_taken", {"name": "CLOSE", "argument": "TAIL"}).title == "Close case"
    assert "clearing a stop" in Words("en").reason("not_allowed", {"right": "clear_stop"}).text
    assert "应该扫：瓶" in Words("zh_CN").reason("wrong_level", {"expected": "bottle"}).text


def test_reasons_roles_and_acts_are_said_in_the_language() -> None:
    en, zh = Words("en", strict=True), Words("zh_CN", strict=True)
    half: dict[str, str | int] = {"level": "bottle", "role": "cap_outer", "wanted": "cap_inner bottle"}
    assert "outer cap code" in en.reason("half_read", half).text
    assert "of the same bottle: inner cap code, bottle code." in en.reason("half_read", half).todo
    assert "已读到一个码：盖外码，还有另一个码没读：盖内码、瓶码" in zh.reason("half_read", half).text
    scrapped: dict[str, str | int] = {"code": "https://id.gs1.org/01/06901234000009/21/A1", "reason": "UNREADABLE"}
    assert zh.reason("scrapped", scrapped).text == "码已作废：A1。原因：读不出。"
    assert en.reason("removed", {"level": "bottle", "why": "WRONG"}).text == "This bottle is out. Reason: Wrong one."
    assert en.reason("reason_needed", {"name": "SAMPLE"}).text == "This is not done without a reason: Sample."
    closing: dict[str, str | int] = {"name": "CLOSE-ORDER", "order": "WO-1", "count": 3}
    assert "一个人不能做：关闭工单，WO-1，差异 3 个。" in zh.reason("second_person", closing).text
    assert "alone: a code typed in by hand, A1. " in en.reason("second_person", {"code": "https://x.example/A1"}).text
    assert "Same code twice" in en.reason("queue_stopped", {"reason": "duplicate_in_frame", "count": 9}).text
    assert "现在是：未开工" in zh.reason("order_closed", {"state": "open"}).text
    assert "12 of 24" in en.reason("document_closed", {"document": "D1", "done": 12, "wanted": 24}).text
    assert en.reason("on_hold", {"hold": "seal, broken"}).text == "These goods are blocked: seal, broken."


def test_one_that_is_named_is_not_counted() -> None:
    for reason in ("undone", "sampled", "scrapped", "destroyed", "returned"):
        assert "1 in all" not in Words("en").reason(reason, {"code": "A1", "count": 1}).text
        assert "B7" in Words("en").reason(reason, {"code": "B7", "count": 24}).text
    assert "B7, 24 in all" in Words("en").reason("scrapped", {"code": "B7", "count": 24}).text


def test_an_empty_level_is_some_container() -> None:
    assert Words("en").reason("not_paired", {"level": "", "code": "A1"}).text.endswith("which container it belongs to.")


def test_a_printers_trouble_is_told_with_its_name() -> None:
    said = Words("en", strict=True).reason("print_failed", {"level": "pallet", "printer": "LP1", "problem": "busy"})
    assert said.text == ("The label did not come out of LP1. "
                         "LP1 is used by another program. Close that program; the station goes on by itself.")
    assert "LP1" in Words("zh_CN").reason("print_failed", {"printer": "LP1", "problem": "busy"}).text
    assert Words("en").reason("label_swapped", {"label": "https://id.gs1.org/00/106141412345678908"}).text.endswith(
        "wanted is 106141412345678908.")


def test_a_parent_is_named_short_and_a_time_by_the_clock_of_the_place() -> None:
    data: dict[str, str | int] = {
        "parent": "https://id.gs1.org/00/106141412345678908",
        "at": "2026-11-22T23:05:09+08:00",
    }
    text = Words("en", zone=UTC).reason("packed_before", data).text
    assert "in 106141412345678908, on 2026-11-22 15:05" in text
    assert short("https://id.gs1.org/01/06901234000009/21/A%2FB%E2%80%AE") == "A/B\\u202e"


def test_odd_data_does_no_harm(words: Words) -> None:
    data: dict[str, str | int] = {
        "lot": "{expected} <b>",
        "problem": "never heard of",
        "at": "yesterday",
        "level": "skid",
    }
    assert "{expected} <b>" in words.reason("wrong_batch", data).text
    assert "skid" in words.reason("container_empty", data).text
    assert "yesterday" in words.reason("packed_before", data).text
    assert "never heard of" in words.reason("bad_syntax", data).text


def test_a_missing_word_shows_and_is_an_error_in_tests() -> None:
    assert Words("en")("reason.no_such.title") == "[reason.no_such.title]"
    assert Words("en")("common.problem.repeated") == "([ai]) stands there twice with different values"
    with pytest.raises(KeyError, match=r"en: reason\.no_such"):
        Words("en", strict=True)("reason.no_such")
    with pytest.raises(KeyError, match="field ai"):
        Words("en", strict=True)("common.problem.repeated")


def test_an_unknown_language_is_named() -> None:
    with pytest.raises(ValueError, match="'fr': expected one of zh_CN, en"):
        Words("fr")
    assert set(Words("en").languages) == {"en", "zh_CN"}


# --- help -----------------------------------------------------------------------------------------------------------
NAMED = re.compile(r"(?:[“(]?)([^“”\n(（]*?)”?\s?[(（](?:([\w+]+)(?:, |，))?%ST:([A-Z-]+)[)）]")


def helps(language: str) -> dict[str, str]:
    folder = files("resources") / "help" / language
    return {each.name: each.read_text("utf-8") for each in folder.iterdir() if each.name.endswith(".md")}


def test_help_has_the_same_pages_in_both_languages_in_one_order() -> None:
    names = sorted(helps("en"))
    assert names == sorted(helps("zh_CN")) and len(names) >= 19
    numbers = [name[:2] for name in names if name[2] == "-"]         # 14b stands between 14 and 15
    assert numbers == [f"{at:02}" for at in range(1, len(numbers) + 1)]
    for name in names:
        for pattern in (r"%ST:[A-Z:-]+", r"\b(?:Ctrl|Alt|Shift)\+F\d+", r"(?m)^(?:#+|-|\d+\.)"):
            assert re.findall(pattern, helps("en")[name]) == re.findall(pattern, helps("zh_CN")[name]), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_names_each_command_by_its_own_title_key_and_barcode(language: str) -> None:
    words, found = Words(language, strict=True), set()
    for page, text in helps(language).items():
        for code in re.findall(r"%ST:[A-Z-]+(?::[A-Z]+)?", text):
            assert parsed(code) or parsed(f"{code}:1"), f"{page}: {code}"        # some want an argument
        for before, key, name in NAMED.findall(text):
            if name == "BADGE":
                continue
            title = words(f"common.command.{name}")
            assert before.lower().endswith(title.lower()), f"{page}: {name} is called {title!r}, not {before[-20:]!r}"
            assert (key or None) == (BY_NAME[name].keys or (None,))[0], f"{page}: {name} {key}"
            found.add(name)
    wanted = {each.name for each in INSTRUCTIONS if each.keys and "+" in each.keys[0]}
    assert wanted <= found, wanted - found


def test_chinese_has_one_word_for_each_level() -> None:
    """件 is a case in one trade and a bottle in the next: no figure is said in it, and a pallet has one name."""
    figures = {key: text for key, text in ZH.items() if re.search(r"\}(?:\]\])? ?件|件数|托盘", text)}
    assert not figures
