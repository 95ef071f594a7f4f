"""The benchmark counts rightly: what is read, complete, wrong; an engine that is not there says so."""
from __future__ import annotations

import json
import platform
import re
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.domain.codes.checks import whole
from tests.benchmarks.vision import __main__ as command
from tests.benchmarks.vision import machine, shots, table
from tests.benchmarks.vision.peers import PEERS, Absent, Read
from tests.benchmarks.vision.rows import NO_GOAL, ROWS, Options, met
from tests.benchmarks.vision.score import Score, figures, judged, measure
from tests.benchmarks.vision.shots import Ask, Shot

BOX = ((10.0, 10.0), (30.0, 10.0), (30.0, 30.0), (10.0, 30.0))
BLANK = np.full((60, 80), 200, np.uint8)


def shot(*texts: bytes, frames: int = 1) -> Shot:
    return Shot("a shot", Ask(("QRCode",)), (BLANK,) * frames, len(texts), tuple(frozenset((t,)) for t in texts))


def says(*texts: bytes) -> Read:
    return Read(tuple((text, BOX) for text in texts))


def test_what_is_on_no_code_is_wrong_and_what_is_missing_is_not() -> None:
    assert judged(shot(b"a", b"b"), [b"a", b"a", b"x"]) == (1, (b"x",))
    assert judged(shot(), [b"a"]) == (0, (b"a",))
    spelt = Shot("s", Ask(()), (BLANK,), 1, (frozenset((b"4006381333931", b"04006381333931")),))
    assert judged(spelt, [b"04006381333931"]) == (1, ())
    counted = Shot("s", Ask(()), (BLANK,), 3, None, "", r"^DF\d+$")
    assert judged(counted, [b"DF1", b"DF2", b"XF3"]) == (2, (b"XF3",))


def test_the_frames_of_a_layer_add_up_and_the_shortest_time_counts() -> None:
    asked: list[bool] = []

    def look(_grey: np.ndarray, same: bool) -> Read:
        asked.append(same)
        return says(b"\x1db") if same else says(b"a")
    score, reads = measure(shot(b"a", b"b", frames=2), look, 3)
    assert asked == [False, True] * 3 and len(reads) == 2
    assert score.complete and score.read == 2 and score.wrong == () and len(score.later_ms) == 1


def test_a_wrong_text_of_any_repeat_counts_and_what_was_read_is_the_first_times() -> None:
    answers = iter((says(), says(b"a", b"x"), says(b"a")))
    score, _ = measure(shot(b"a"), lambda _grey, _same: next(answers), 3)
    assert (score.read, score.wrong) == (0, (b"x",))


def test_what_takes_more_than_a_second_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    now, asked = [0.0], []
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])

    def look(_grey: np.ndarray, _same: bool) -> Read:
        asked.append(now[0])
        now[0] += 1.5
        return says(b"a")
    score, _ = measure(shot(b"a"), look, 3)
    assert len(asked) == 1 and score.complete and score.first_ms == 1500


def test_the_work_of_all_threads_is_counted() -> None:
    score, _ = measure(shot(b"a"), lambda _grey, _same: says(b"a") if sum(range(200_000)) else says(), 2)
    assert score.cpu_ms > 0 and not met(figures([score]), cpu=1e-6) and met(figures([score]), cpu=1e6)


def test_every_row_and_machine_has_a_chinese_name_and_a_bound() -> None:
    assert {view.name for row in ROWS for view in row.views} | set(machine.ROWS) <= table.CHINESE.keys()
    assert machine.ROWS.keys() == table.BOUNDS.keys()
    for row in ROWS:
        for view in row.views:
            goal = table.goal_in_chinese(view.goal)
            assert view.goal == NO_GOAL or not re.search(r"[a-z]{3}", goal), goal


@pytest.mark.parametrize("kind", ["EAN13", "UPCA", "EAN8", "UPCE"])
def test_a_pack_may_be_told_in_any_right_spelling(kind: str) -> None:
    drawn, = shots.packs(kind, ["plain"], [9])
    spelt, = drawn.texts or ()
    assert {len(raw) for raw in spelt} == {"EAN13": {13}, "UPCA": {13, 12}, "EAN8": {8}, "UPCE": {13, 12, 8}}[kind]
    assert all(whole(raw.decode()) for raw in spelt if kind != "UPCE" or len(raw) > 8)


def test_an_engine_that_breaks_off_has_read_nothing() -> None:
    def look(_grey: np.ndarray, _same: bool) -> Read:
        raise RuntimeError("outside the picture")
    score, _ = measure(shot(b"a"), look, 1)
    assert (score.read, score.fault) == (0, "RuntimeError: outside the picture")


def test_figures_are_rates_and_times_of_all_shots() -> None:
    scores = [Score("s", "", 1, 2, (), float(ms)) for ms in range(1, 10)]
    scores.append(Score("s", "", 2, 2, (b"x",), 100.0, (7.0,)))
    f = figures(scores)
    assert (f.codes, f.read, f.complete, f.wrong) == (20, 55.0, 10.0, 1)
    assert (f.median_ms, f.p90_ms, f.later_ms) == (5.5, 9.0, 7.0)
    assert not met(f, read=50) and met(f, read=50, wrong=1) and not met(f, read=56, wrong=1)
    assert met(f, p90=9, median=6, later=7, wrong=1) and not met(f, median=5, wrong=1)


@pytest.mark.parametrize("engine", PEERS)
def test_every_engine_reads_an_easy_crate_or_says_why_not(engine: str) -> None:
    easy = shots.crate("qr4-12", "clean", 3)
    try:
        look = PEERS[engine](easy.ask)
    except Absent as e:
        assert "not installed" in str(e)
        return
    score, reads = measure(easy, look, 1)
    assert score.wrong == () and score.read >= 8, score
    for place in easy.drawn[0]:
        near = [np.array(corners).mean(0) for raw, corners in reads[0].codes if raw == place.raw]
        assert all(np.hypot(*(at - np.array(place.corners).mean(0))) < 12 for at in near)


def test_an_engine_that_is_not_there_is_a_row_that_says_so(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "tapirscan", None)
    monkeypatch.setattr(sys, "argv", [
        "vision", "--quick", "--only", "crates", "--seeds", "7", "--conditions", "dots",
        "--engines", "zxing,tapirscan,ours", "--keep", str(tmp_path / "kept"),
        "--json", str(tmp_path / "figures.json"), "--markdown", str(tmp_path / "table.md"),
        "--markdown-zh", str(tmp_path / "table-zh.md")])
    assert command.main() == 0
    out = capsys.readouterr().out
    assert "tapirscan     not installed" in out and "goal 98.5 % read" in out and "misreads" in out
    scores = json.loads((tmp_path / "figures.json").read_text())["scores"]["crates"]
    assert [len(scores[name]) for name in ("zxing", "tapirscan", "ours")] == [2, 0, 2]
    english, chinese = ((tmp_path / name).read_text("utf-8") for name in ("table.md", "table-zh.md"))
    assert "| tapirscan | not installed" in english and "Goal: 100 % complete, p90 60 ms" in english
    assert "目标：100 %完整" in chinese and "误读合计" in chinese and english.count("\n") == chinese.count("\n")
    assert str(tmp_path) not in english and platform.node() not in english.split()
    failed = [score for score in scores["ours"] if score["read"] < score["codes"]]
    assert len(list((tmp_path / "kept").rglob("*.png"))) == len(failed)


def test_failed_pictures_are_kept_with_marks(tmp_path: Path) -> None:
    from tests.benchmarks.vision.marks import UNREAD, WRONG, keep
    drawn = shots.crate("qr4-12", "clean", 3)
    keep(tmp_path, "ours", drawn, [says(b"nobody drew this")], (b"nobody drew this",))
    picture = cv2.imread(str(next(tmp_path.rglob("*.png"))))
    assert (picture == WRONG).all(-1).any() and (picture == UNREAD).all(-1).sum() > 12 * 4 * 50


@pytest.mark.parametrize(("arguments", "told"), [
    (["--only", "nothing"], "no 'nothing'; expected some of crates"), (["--engines", "eyes"], "expected some of zxing"),
    (["--conditions", "rain"], "expected some of clean"),
])
def test_a_wrong_wish_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
                              arguments: list[str], told: str) -> None:
    monkeypatch.setattr(sys, "argv", ["vision", *arguments])
    with pytest.raises(SystemExit):
        command.main()
    assert told in capsys.readouterr().err


def test_photographs_are_sampled_evenly_and_their_truth_is_known() -> None:
    if shots.missing():
        pytest.skip(shots.missing())
    some = list(shots.photographs("ean13", 5))
    assert 3 <= len(some) <= 5 and all(each.texts and len(each.texts) == each.codes == 1 for each in some)
    tray = [each for row in ROWS if row.name == "tray" for each in row.shots(Options())]
    assert [each.codes for each in tray] == [176] and tray[0].texts is None and tray[0].ask.count == 176


def test_what_the_list_has_wrong_is_set_right() -> None:
    if shots.missing():
        pytest.skip(shots.missing())
    known = {each.name: each for group in ("ean13", "qrcode", "rss14") for each in shots.photographs(group)}
    for name, text in shots.AMENDED.items():
        spelt, = known[name].texts or ()
        assert re.sub("[()]", "", text).encode() in spelt
