"""A recipe's file, and `station recipe` and `station decode --recipe` on it."""
from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import pytest

from app.cli import main
from app.settings import RecipeFile
from app.settings_file import SettingsError, read_recipe, write_recipe
from app.settings_file.recipe import MODULES, SYMBOLOGIES
from app.vision import decoders
from app.vision.symbol import datamatrix, qr
from app.words import LANGUAGES
from tests.crates import PRESETS, Crate

SMALL = replace(PRESETS["dm22-24"], name="small", size=(1280, 960), rows=3, columns=4)
FULL = RecipeFile(symbologies=("DataMatrix",), sizes=("22x22", "8x18"), rows=4, columns=6, count=24, polarity="dark",
                  side=88.5, region=(0.1, 0.0, 0.8, 1.0), lengths=(31, 33), gtins=("06901234567892",),
                  alphabet='AB"\\', module_mm=0.36, speed_mm_s=500.0, exposure_ms=0.2)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crates")
    cv2.imwrite(str(folder / "good.png"), Crate(SMALL, "typical", seed=11).frame().pixels)
    few = replace(SMALL, name="few", px_module=2.0)
    cv2.imwrite(str(folder / "small.png"), Crate(few, "px 2", seed=11).frame().pixels)
    (folder / "none.png").write_bytes(b"no picture")
    return folder


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "r.toml"
    for recipe in (RecipeFile(), FULL):
        assert read_recipe(write_recipe(file, recipe)) == recipe
    assert [each.name for each in file.parent.iterdir()] == ["r.toml"]
    file.write_text("count = 24\n")
    assert read_recipe(file) == RecipeFile(count=24) and read_recipe(file).expected == 24


def test_the_file_and_the_reader_know_the_same_symbologies() -> None:
    assert {*SYMBOLOGIES} == {*decoders.MATRIX, *decoders.LINEAR, "EANUPC"}


@pytest.mark.parametrize(("text", "line", "key", "told"), [
    ("symbologis = []", 1, "symbologis", "symbologies"),
    ('count = 4\nsymbologies = ["QRCode", "Runes"]', 2, "symbologies[2]", "DataMatrix"),
    ('sizes = ["22"]', 1, "sizes[1]", "22x22"), ("\nregion = [0, 0, 1]", 2, "region", "left, top, width"),
    ("region = [0, 0.5, 1, 0.6]", 1, "region", "left, top, width"),
    ('gtins = ["06901234567890"]', 1, "gtins[1]", "GTIN"),
    ('rows = "4"', 1, "rows", "whole number"), ('polarity = "black"', 1, "polarity", '"dark"'),
    ("rows = 4\ncolumns = 6\ncount = 30", 3, "count", "4 rows x 6 columns"),
    ('sizes = ["21x21", "24x23"]', 1, "sizes[2]", "QRCode, DataMatrix"),
    ('symbologies = ["DataMatrix"]\nsizes = ["21x21"]', 2, "sizes[1]", "DataMatrix can have"),
    ("speed_mm_s = -1", 1, "speed_mm_s", "number"), ("count = ", 1, "", "TOML"),
])
def test_what_is_wrong_is_named(tmp_path: Path, text: str, line: int, key: str, told: str) -> None:
    file = tmp_path / "r.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as wrong:
        read_recipe(file)
    assert (wrong.value.line, wrong.value.key) == (line, key)
    for language in LANGUAGES:
        assert str(file) in wrong.value.sentence(language) and key in wrong.value.sentence(language)
    assert told in str(wrong.value)


def test_what_is_learnt_beside_a_label_and_every_size_that_is_read_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "r.toml"
    file.write_text('rows = 4\ncolumns = 6\ncount = 25\nsizes = ["8x18"]\nsymbologies = ["Code128", "DataMatrix"]')
    assert read_recipe(file).expected == 25
    for name, sizes in (("DataMatrix", datamatrix.SIZES), ("QRCode", qr.SIZES)):
        assert set(sizes) <= set(MODULES[name.lower()])


def test_a_picture_is_no_recipe(pictures: Path) -> None:
    with pytest.raises(SettingsError, match="is a picture and no recipe.*recipe learn"):
        read_recipe(pictures / "good.png")


def test_no_file_is_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_recipe(tmp_path / "none.toml")


def test_what_cannot_be_written_leaves_nothing_half_done(tmp_path: Path) -> None:
    (tmp_path / "r.toml" / "in the way").mkdir(parents=True)
    with pytest.raises(OSError):
        write_recipe(tmp_path / "r.toml", FULL)
    assert [each.name for each in tmp_path.iterdir()] == ["r.toml"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_learn_show_and_decode_by_it(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                     language: str) -> None:
    file = tmp_path / "r.toml"
    say = ["--language", language]
    assert main(["recipe", "learn", str(pictures / "good.png"), "--output", str(file), "--module", "0.36", *say]) == 0
    learnt, recipe = capsys.readouterr().out, read_recipe(file)
    assert (recipe.symbologies, recipe.expected, recipe.module_mm) == (("DataMatrix",), 12, 0.36)
    assert "22×22" in learnt and str(file) in learnt and "[" not in learnt
    assert main(["recipe", "show", str(file), *say]) == 0
    assert "22×22" in capsys.readouterr().out
    assert main(["decode", str(pictures / "good.png"), "--recipe", str(file), "--json", *say]) == 0
    row = json.loads(capsys.readouterr().out)
    assert len(row["codes"]) == 12 and [cell["state"] for cell in row["cells"]] == ["read"] * 12
    assert {(cell["row"], cell["column"]) for cell in row["cells"]} == {(r, c) for r in range(3) for c in range(4)}
    for cell in row["cells"]:
        assert cell["px_module"] == pytest.approx(4, rel=0.1) and cell["rung"] and cell["cause"] == ""
        assert 0 < cell["sharpness"] <= 1 and row["codes"][cell["code"]]["corners"] == cell["corners"]
    # learnt once more: what is known of the belt stays
    assert main(["recipe", "learn", str(pictures / "good.png"), "--output", str(file), "--lock", *say]) == 0
    assert read_recipe(file).module_mm == 0.36 and read_recipe(file).gtins


@pytest.mark.parametrize(("arguments", "code", "told"), [
    (["learn", "none.png", "--output", "r.toml"], 2, "none.png"),
    (["learn", "good.png", "--expected", "13", "--output", "r.toml"], 1, "nothing was learnt"),
    (["learn"], 2, "which picture"), (["show"], 2, "which recipe"), (["check"], 2, "--sensor"),
    (["check", "--sensor", "1920"], 2, "--sensor"),
    (["check", "--sensor", "1920", "--field", "400", "--module", "0.36"], 1, "too few"),
    (["check", "--sensor", "4096", "--field", "400", "--module", "0.36"], 0, "good"),
    (["check", "--module", "0.36", "--speed", "500", "--exposure", "2"], 1, "too far"),
    (["check", "--module", "0.36", "--speed", "500"], 0, "0.36 ms"),
    (["check", "small.png"], 1, "too few"), (["check", "good.png"], 0, "sharp"),
])
def test_the_optics_check_and_what_cannot_be_done(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                  capsys: pytest.CaptureFixture[str], arguments: list[str], code: int,
                                                  told: str) -> None:
    monkeypatch.chdir(tmp_path)
    named = [str(pictures / each) if each.endswith(".png") else each for each in arguments]
    assert main(["recipe", *named, "--language", "en"]) == code
    said = capsys.readouterr()
    assert told in said.out + said.err and "[" not in said.out + said.err
    assert not (tmp_path / "r.toml").exists()


def test_options_may_stand_before_the_path(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, good = str(tmp_path / "r.toml"), str(pictures / "good.png")
    assert main(["recipe", "learn", "--language", "en", "--output", file, good]) == 0
    assert main(["recipe", "check", "--recipe", file, good, "--language", "en"]) == 0
    assert main(["recipe", "--language", "en", "check", "--recipe", file, good]) == 0
    assert main(["recipe", "show", "--language", "en", file]) == 0
    assert "22×22" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["recipe", "show", "--language", "en", file, "another"])


@pytest.mark.parametrize(("option", "value", "told"), [
    ("--region", "0,0,2,1", {"en": "left, top, width and height", "zh_CN": "左、上、宽、高"}),
    ("--sensor", "0", {"en": "greater than 0", "zh_CN": "大于 0"}),
    ("--expected", "many", {"en": "whole number greater than 0", "zh_CN": "大于 0 的整数"}),
])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_figure_says_what_was_expected(capsys: pytest.CaptureFixture[str], option: str, value: str,
                                               told: dict[str, str], language: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["recipe", "check", option, value, "--language", language])
    said = capsys.readouterr().err
    assert ended.value.code == 2 and option in said and told[language] in said and value in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hopeless_set_up_is_written_only_where_somebody_insists(pictures: Path, tmp_path: Path, language: str,
                                                                 capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "r.toml"
    learn = ["recipe", "learn", str(pictures / "good.png"), "--output", str(file), "--language", language]
    belt = ["--module", "0.36", "--speed", "500", "--exposure", "2"]
    assert main([*learn, *belt]) == 1
    said = capsys.readouterr()
    assert not file.exists() and "--anyway" in said.err and str(file) not in said.out
    assert main([*learn, *belt, "--anyway"]) == 1        # written, and still no good
    assert str(file) in capsys.readouterr().out
    recipe = read_recipe(file)
    assert recipe.px_module == pytest.approx(4, rel=0.1) and 0 < recipe.blur < 0.45 and recipe.set_up.hopeless
    assert main(["recipe", "show", str(file), "--language", language]) == 0
    assert "500" in capsys.readouterr().out
    assert main(["recipe", "check", "--recipe", str(file), "--language", language]) == 1     # as it was learnt
    assert "0.36" in capsys.readouterr().out
    assert main([*learn, "--exposure", "0.1"]) == 0      # mended: the rest of the figures is kept
    assert read_recipe(file).speed_mm_s == 500 and not read_recipe(file).set_up.hopeless


def test_a_wrong_recipe_stops_decode(tmp_path: Path, pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "r.toml").write_text("colour = 1")
    assert main(["decode", str(pictures), "--recipe", str(tmp_path / "r.toml"), "--language", "en"]) == 2
    assert "colour" in capsys.readouterr().err


@pytest.mark.parametrize("language", LANGUAGES)
def test_decode_says_where_to_look(tmp_path: Path, pictures: Path, capsys: pytest.CaptureFixture[str],
                                   language: str) -> None:
    picture = cv2.imread(str(pictures / "good.png"))
    assert main(["decode", str(pictures / "good.png"), "--json", "--language", language]) == 0
    cells = json.loads(capsys.readouterr().out)["cells"]
    cell = next(each for each in cells if (each["row"], each["column"]) == (1, 2))
    x, y = (round(sum(corner[at] for corner in cell["corners"]) / 4) for at in (0, 1))
    picture[y - 62:y + 62, x - 62:x + 62] = cv2.GaussianBlur(picture[y - 62:y + 62, x - 62:x + 62], (0, 0), 2.6)
    cv2.imwrite(str(tmp_path / "one.png"), picture)
    assert main(["decode", str(tmp_path / "one.png"), "--expected", "12", "--language", language]) == 1
    last = capsys.readouterr().out.splitlines()[-2:]
    why, where = {"en": ("blurred", "row 2, column 3"), "zh_CN": ("模糊", "第 2 行第 3 列")}[language]
    assert all(why in line and where in line for line in last)
