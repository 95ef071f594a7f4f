"""Templates: TOML files that say where what stands on a label. Checked whole on load, before the first label is due.

All measures are millimetres from the label's upper left corner. A template with `logistic = true` is held to the rules
of the GS1 logistic label: size, height and place of the symbols, module width, quiet zones, text height.
"""
from __future__ import annotations

import threading
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from app.labels import symbols
from app.labels.fields import EXTRA, NAMES, names_in

Millimetres = Annotated[float, msgspec.Meta(ge=0, le=500)]
Size = Annotated[float, msgspec.Meta(gt=0, le=500)]
A6 = (105.0, 148.0)
BAR_HEIGHT, DATA_TEXT, HRI_TEXT = 32.0, 7.0, 3.0
MODULE = (0.495, 0.94)           # of a GS1-128 on a logistic unit
SSCC_MODULES = 156 + 2 * symbols.QUIET["gs1-128"]
MAX_BYTES = 200_000


_ONE = threading.Lock()      # msgspec learns a shape at its first use, and two threads at once end the program


class TemplateRefused(Exception):
    """A template that cannot be used; the text names file, key, what was expected and what came."""

    def __init__(self, file: str, key: str, problem: str) -> None:
        super().__init__(f"{file}: {key}: {problem}" if key else f"{file}: {problem}")
        self.file, self.key = file, key


class Element(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`x`, `y` is the upper left corner. It is left out where one of the fields that it `needs` is empty."""

    x: Millimetres
    y: Millimetres
    width: Size
    height: Size
    needs: tuple[str, ...] = ()


class Text(Element, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Wraps into `lines`, then narrows to `narrow`, then shrinks from `size` to `least`, then ends in "…".

    `size` is the height of a digit, or of a Chinese character where there is one. `data`: the value of an AI.
    """

    text: str
    size: Size = 3.0
    least: Millimetres = 0.0               # 0: half of size, or all of it for data
    lines: Annotated[int, msgspec.Meta(ge=1, le=20)] = 1
    align: Literal["left", "center", "right"] = "left"
    bold: bool = False
    narrow: Annotated[float, msgspec.Meta(ge=0.4, le=1)] = 0.7
    data: bool = False

    @property
    def smallest(self) -> float:
        return self.least or (self.size if self.data else self.size / 2)


class Barcode(Element, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`holds` are alternatives, the fullest first: the first one whose fields are there and that fits is drawn.

    `height` is the bars' height alone for gs1-128 (its HRI stands under it); two-dimensional codes fit into the box.
    """

    symbology: Literal["gs1-128", "gs1-datamatrix", "gs1-qr", "qr"]
    holds: tuple[str, ...]
    module: tuple[float, float] = MODULE   # narrowest and widest module; the widest whole number of dots that fits
    hri: bool = True
    hri_size: Size = HRI_TEXT
    align: Literal["left", "center", "right"] = "center"


class Line(Element, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A filled rectangle: a line where one side is thin."""


class Box(Element, frozen=True, forbid_unknown_fields=True, kw_only=True):
    line: Size = 0.4


class Picture(Element, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A picture beside the template file, made black and white and fitted into the box."""

    file: str


class Sheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole file."""

    width: Annotated[float, msgspec.Meta(ge=20, le=320)]
    height: Annotated[float, msgspec.Meta(ge=10, le=500)]
    logistic: bool = True
    text: tuple[Text, ...] = ()
    barcode: tuple[Barcode, ...] = ()
    line: tuple[Line, ...] = ()
    box: tuple[Box, ...] = ()
    image: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    name: str
    sheet: Sheet
    pictures: Mapping[str, bytes] = field(default_factory=dict)


def built_in() -> tuple[str, ...]:
    """Names of the templates that come with the station."""
    return tuple(sorted(each.name[:-5] for each in (files("resources") / "labels").iterdir()
                        if each.name.endswith(".toml")))


def names(folder: str = "") -> tuple[str, ...]:
    """All templates: the user's own in `folder`, and the built-in ones."""
    own = (file.stem for file in Path(folder).glob("*.toml")) if folder else ()
    return tuple(sorted({*built_in(), *own}))


def find(name: str, folder: str = "") -> Template:
    """The template of this name: in the user's folder, else built in. Raises TemplateRefused."""
    return load(_file(name, folder))


def source(name: str, folder: str = "") -> bytes:
    """The template's file as it is. Raises TemplateRefused."""
    return _file(name, folder).read_bytes()


def _file(name: str, folder: str) -> Traversable:
    if folder and not Path(folder).is_dir():
        raise TemplateRefused(folder, "", "expected a folder with label templates, it is not there")
    if name not in names(folder):
        raise TemplateRefused(f"{name}.toml", "", f"no such template; there are {', '.join(names(folder))}")
    own = Path(folder) / f"{name}.toml"
    return own if folder and own.is_file() else files("resources") / "labels" / f"{name}.toml"


def load(file: Traversable) -> Template:
    """Reads and checks one file. Raises TemplateRefused."""
    try:
        data = file.read_bytes()
        if len(data) > MAX_BYTES:
            raise TemplateRefused(str(file), "", f"expected at most {MAX_BYTES} bytes, got {len(data)}")
        raw = tomllib.loads(data.decode("utf-8-sig"))
        with _ONE:
            sheet = msgspec.convert(raw, Sheet)
    except OSError as error:
        raise TemplateRefused(str(file), "", f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise TemplateRefused(str(file), "", f"expected UTF-8 text, byte {error.start} is none") from None
    except tomllib.TOMLDecodeError as error:
        raise TemplateRefused(str(file), "", f"expected TOML: {error}") from None
    except msgspec.ValidationError as error:
        said, _, where = str(error).partition(" - at `$")
        raise TemplateRefused(str(file), where.rstrip("`").lstrip(".") or "template", said) from None
    pictures = {}
    for number, each in enumerate(sheet.image):
        try:
            pictures[each.file] = Path(str(file)).with_name(Path(each.file).name).read_bytes()
        except OSError as error:
            raise TemplateRefused(str(file), f"image[{number}].file", f"{each.file}: {error.strerror}") from None
    template = Template(file.name.removesuffix(".toml"), sheet, pictures)
    for key, problem in _problems(sheet):
        raise TemplateRefused(str(file), key, problem)
    return template


def _problems(sheet: Sheet):
    """(key, what was expected and what came), the worst first."""
    for kind in ("text", "barcode", "line", "box", "image"):
        for number, each in enumerate(getattr(sheet, kind)):
            key = f"{kind}[{number}]"
            if each.x + each.width > sheet.width + 0.01 or each.y + each.height > sheet.height + 0.01:
                yield key, (f"expected a place on the label ({sheet.width:g} x {sheet.height:g} mm), got one up to "
                            f"{each.x + each.width:g}, {each.y + each.height:g}")
            yield from ((f"{key}.needs", _unknown(name)) for name in each.needs if not _known(name))
    for number, text in enumerate(sheet.text):
        yield from _field_problems(f"text[{number}].text", text.text)
        if text.smallest > text.size:
            yield f"text[{number}].least", f"expected at most size ({text.size:g}), got {text.least:g}"
    for number, barcode in enumerate(sheet.barcode):
        yield from _barcode_problems(f"barcode[{number}]", barcode)
    if sheet.logistic:
        yield from _logistic_problems(sheet)


def _barcode_problems(key: str, barcode: Barcode):
    if not barcode.holds:
        yield f"{key}.holds", "expected at least one content such as \"(00){sscc}\", got none"
    for place, pattern in enumerate(barcode.holds):
        yield from _field_problems(f"{key}.holds[{place}]", pattern)
        if barcode.symbology != "qr":
            try:
                symbols.pairs(pattern)
            except ValueError as error:
                yield f"{key}.holds[{place}]", f"expected AIs and fields such as \"(00){{sscc}}\": {error}"
    if not 0 < barcode.module[0] <= barcode.module[1]:
        yield f"{key}.module", f"expected narrowest and widest module in mm, got {list(barcode.module)}"


def _field_problems(key: str, pattern: str):
    try:
        yield from ((key, _unknown(name)) for name in names_in(pattern) if not _known(name))
    except ValueError as error:
        yield key, f"expected text with {{fields}}: {error}"


def _known(name: str) -> bool:
    return name in NAMES or (name.startswith(EXTRA) and len(name) > len(EXTRA))


def _unknown(name: str) -> str:
    return f"there is no field {name!r}; expected one of {', '.join(NAMES)}, {EXTRA}<key>"


def _logistic_problems(sheet: Sheet):
    if min(sheet.width, sheet.height) < A6[0] or max(sheet.width, sheet.height) < A6[1]:
        yield "width", (f"expected a logistic label of at least A6 ({A6[0]:g} x {A6[1]:g} mm), got {sheet.width:g} x "
                        f"{sheet.height:g}; logistic = false lifts these rules")
    bars = [(number, each) for number, each in enumerate(sheet.barcode) if each.symbology == "gs1-128"]
    sscc = next(((number, each) for number, each in bars if each.holds == ("(00){sscc}",)), None)
    if sscc is None:
        yield "barcode", 'expected a gs1-128 that holds ["(00){sscc}"], got none'
        return
    lowest = max(sheet.barcode, key=lambda each: each.y + each.height)
    if lowest is not sscc[1]:
        yield f"barcode[{sscc[0]}].y", "expected the SSCC to be the lowest symbol"
    if sscc[1].needs:
        yield f"barcode[{sscc[0]}].needs", "expected nothing: the SSCC is always there"
    for number, each in bars:
        key = f"barcode[{number}]"
        if each.height < BAR_HEIGHT:
            yield f"{key}.height", f"expected bars of at least {BAR_HEIGHT:g} mm, got {each.height:g}"
        if not (MODULE[0] <= each.module[0] and each.module[1] <= MODULE[1]):
            yield f"{key}.module", f"expected modules from {MODULE[0]} to {MODULE[1]} mm, got {list(each.module)}"
        if not each.hri or each.hri_size < HRI_TEXT:
            yield f"{key}.hri_size", f"expected the text under the symbol, at least {HRI_TEXT:g} mm high"
        if each.y + each.height + 1.3 * each.hri_size > sheet.height:
            yield f"{key}.y", "expected room for the text under the symbol"
    if sscc[1].width < SSCC_MODULES * MODULE[0]:
        yield f"barcode[{sscc[0]}].width", (f"expected room for the SSCC with its quiet zones, at least "
                                            f"{SSCC_MODULES * MODULE[0]:.1f} mm, got {sscc[1].width:g}")
    for number, text in enumerate(sheet.text):
        if text.data and text.smallest < DATA_TEXT:
            yield f"text[{number}].size", f"expected data at least {DATA_TEXT:g} mm high, got {text.smallest:g}"
