"""`station label`: a picture, or a label on a simulated printer, and mistakes in words."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from app.cli import main
from app.labels import find, load
from drivers.simulated_printer import SimulatedPrinter

Read = Callable[[Image.Image], list[tuple[str, str]]]
SSCC = "106141412345678908"


@pytest.fixture
def printer() -> Iterator[SimulatedPrinter]:
    made = SimulatedPrinter()
    yield made
    made.stop()


def home(folder: Path, text: str) -> list[str]:
    (folder / "station.toml").write_text(text, "utf-8")
    return ["--home", str(folder), "--language", "en"]


def test_a_preview_is_a_picture(tmp_path: Path, read: Read, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "label.png"
    place = home(tmp_path, '[label]\ncompany = "示例酒业"\n')
    assert main(["label", "preview", "--sscc", SSCC, "--output", str(file), "--dpi", "300", *place]) == 0
    assert "1240 x 1748 dots at 300" in capsys.readouterr().out
    with Image.open(file) as picture:
        assert read(picture)[-1] == ("]C1", "00" + SSCC)
    assert main(["label", "preview", "--template", "a5", "--output", str(file), *place]) == 0
    with Image.open(file) as picture:
        assert picture.size == (1183, 1678) and read(picture)[-1] == ("]C1", "00" + "0" * 18)
    assert main(["label", "templates", *place]) == 0
    assert "pallet (built in)" in capsys.readouterr().out
    copy = ["label", "templates", "--template", "pallet", "--output", str(tmp_path / "mine.toml"), *place]
    assert main(copy) == 0
    assert load(tmp_path / "mine.toml").sheet == find("pallet").sheet
    assert main(copy) == 2, "never over a file that is there"


def test_a_test_label_comes_out(
    tmp_path: Path, read: Read, capsys: pytest.CaptureFixture[str], printer: SimulatedPrinter
) -> None:
    place = home(tmp_path, f'[[device]]\nname = "p"\nkind = "printer"\nhost = "127.0.0.1"\nport = {printer.serve()}\n')
    assert main(["label", "print", "--sscc", SSCC, *place]) == 0
    said = capsys.readouterr().out
    assert "p is ready." in said and "the label is out" in said
    assert read(printer.printed[0])[-1] == ("]C1", "00" + SSCC)
    printer.load_paper(0)
    assert main(["label", "print", "--wait", "0.5", *place]) == 1
    told = capsys.readouterr()
    assert "p has no paper." in told.out and "taken back" in told.err


@pytest.mark.parametrize(("arguments", "said"), [
    (["print"], "no such printer"), (["print", "--printer", "q"], "no such printer in station.toml: q"),
    (["preview", "--template", "no"], "there are a5, case, pallet"),
    (["preview", "--sscc", "123"], "expected 18 digits"), (["preview", "--gtin", "1"], "expected 14 digits"),
])
def test_mistakes_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    place = home(tmp_path, "")
    assert main(["label", *arguments, "--output", str(tmp_path / "no.png"), *place]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "no.png").exists()
