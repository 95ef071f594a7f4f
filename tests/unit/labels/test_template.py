"""Templates: each mistake is named with file, key and what was expected; one's own come before the built-in ones."""
from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from app.labels import Draft, TemplateRefused, built_in, find, load, names
from app.settings import LabelSection

CASE = (files("resources") / "labels" / "case.toml").read_text("utf-8")
SSCC = '''
[[barcode]]
symbology = "gs1-128"
holds = ["(00){sscc}"]
x = 2
y = 100
width = 101
height = 32
'''
SIZE = "width = 105\nheight = 148\n"
FREE = "width = 60\nheight = 40\nlogistic = false\n"
TEXT = '[[text]]\nx = 1\ny = 1\nwidth = 20\nheight = 5\n'


def refused(folder: Path, text: str) -> TemplateRefused:
    file = folder / "own.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(TemplateRefused) as caught:
        load(file)
    assert str(file) in str(caught.value)
    return caught.value


def test_every_built_in_template_is_sound() -> None:
    assert set(built_in()) == {"a5", "case", "pallet"}
    for name in built_in():
        assert find(name).sheet.logistic


@pytest.mark.parametrize(("text", "key", "said"), [
    ("", "template", "width"),
    ("width = 105", "template", "height"),
    ('width = "wide"\nheight = 3', "width", "got `str`"),
    (FREE + "colour = 3", "template", "colour"),
    (FREE + TEXT + 'text = "a"\nfont = "b"', "text[0]", "font"),
    (FREE + TEXT + 'text = "a"\nalign = "middle"', "text[0].align", "middle"),
    (FREE + TEXT + 'text = "a"\nsize = 0', "text[0].size", "> 0"),
    (FREE + TEXT + 'text = "a"\nsize = 3\nleast = 4', "text[0].least", "at most size (3)"),
    (FREE + TEXT + 'text = "{prize}"', "text[0].text", "'prize'"),
    (FREE + TEXT + 'text = "{lot!r}"', "text[0].text", "not the name of a field"),
    (FREE + TEXT + 'text = "{lot.__class__}"', "text[0].text", "not the name of a field"),
    (FREE + TEXT + 'text = "{lot"', "text[0].text", "expected"),
    (FREE + TEXT + 'text = "a"\nneeds = ["lots"]', "text[0].needs", "'lots'"),
    (FREE + TEXT.replace("x = 1", "x = 50") + 'text = "a"', "text[0]", "60 x 40"),
    (FREE + SSCC.replace("128", "127").replace("y = 100", "y = 1"), "barcode[0].symbology", "gs1-127"),
    (FREE + '[[image]]\nfile = "no.png"\nx = 1\ny = 1\nwidth = 5\nheight = 5', "image[0].file", "No such file"),
    (SIZE, "barcode", "(00){sscc}"),
    (SIZE.replace("148", "140") + SSCC, "width", "at least A6"),
    (SIZE + SSCC.replace("32", "20"), "barcode[0].height", "at least 32 mm, got 20"),
    (SIZE + SSCC + "module = [0.3, 0.94]", "barcode[0].module", "from 0.495 to 0.94"),
    (SIZE + SSCC + "module = [0.9, 0.6]", "barcode[0].module", "narrowest"),
    (SIZE + SSCC + "hri = false", "barcode[0].hri_size", "text under"),
    (SIZE + SSCC.replace("100", "114"), "barcode[0].y", "text under"),
    (SIZE + SSCC.replace("101", "80"), "barcode[0].width", "at least 87.1 mm"),
    (SIZE + SSCC + 'needs = ["lot"]', "barcode[0].needs", "always"),
    (SIZE + SSCC.replace('"(00){sscc}"', ""), "barcode[0].holds", "at least one"),
    (SIZE + SSCC.replace("(00){sscc}", "00{sscc}"), "barcode[0].holds[0]", "AIs and fields"),
    (SIZE + SSCC.replace("y = 100", "y = 1") + SSCC.replace("(00){sscc}", "(02){gtin}(37){count}"), "barcode[0].y",
     "lowest"),
    (SIZE + SSCC + TEXT + 'text = "{lot}"\nsize = 5\ndata = true', "text[0].size", "at least 7 mm"),
    (SIZE + "x = [", "", "TOML"),
])
def test_a_mistake_is_named(tmp_path: Path, text: str, key: str, said: str) -> None:
    error = refused(tmp_path, text)
    assert error.key == key
    assert said in str(error)


def test_files_that_are_no_templates(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(b'text = "\xd6\xd0"')
    with pytest.raises(TemplateRefused, match="UTF-8"):
        load(tmp_path / "own.toml")
    (tmp_path / "own.toml").write_bytes(b"#" * 200_001)
    with pytest.raises(TemplateRefused, match="at most 200000 bytes"):
        load(tmp_path / "own.toml")
    (tmp_path / "own.toml").unlink()
    (tmp_path / "own.toml").mkdir()
    with pytest.raises(TemplateRefused, match="cannot be read"):
        load(tmp_path / "own.toml")


def test_own_templates_come_before_the_built_in_ones(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text(CASE.replace("width = 105.0", "width = 106.0"), "utf-8")
    (tmp_path / "small.toml").write_text(FREE, "utf-8")
    folder = str(tmp_path)
    assert names(folder) == ("a5", "case", "pallet", "small")
    assert find("case", folder).sheet.width == 106 and find("pallet", folder).sheet.width == 105
    with pytest.raises(TemplateRefused, match=r"big\.toml: no such template; there are a5, case, pallet, small"):
        find("big", folder)
    with pytest.raises(TemplateRefused, match="it is not there"):
        find("case", str(tmp_path / "gone"))
    with pytest.raises(TemplateRefused, match="no such template"):
        find("../case", folder)


def test_the_template_of_a_level(tmp_path: Path) -> None:
    assert [Draft(LabelSection()).template(level).name for level in ("case", "pallet", "bundle")] == [
        "case", "pallet", "case"]
    draft = Draft(LabelSection(use={"pallet": "a5", "case": "gone"}))
    assert draft.template("pallet").name == "a5"
    with pytest.raises(TemplateRefused, match=r"gone\.toml"):
        draft.template("case")
