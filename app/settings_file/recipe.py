"""A recipe's file: read with errors that name file, line, key and what was expected; written whole or not at all.

One flat TOML table, `RecipeFile` of app/settings.py. Knows no picture and no camera.
"""
from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

import msgspec

from app.domain.codes.checks import mod10
from app.settings import RecipeFile
from app.settings_file import shapes
from app.settings_file.error import Expected, Problem, SettingsError
from app.settings_file.load import dotted, parsed, text_of
from app.settings_file.show import toml

SYMBOLOGIES = (      # as the reader knows them; "EANUPC" stands for the four of the shop
    "QRCode", "DataMatrix", "MicroQRCode", "RMQRCode", "Aztec", "MaxiCode", "Code128", "ITF14", "EAN13", "EAN8", "UPCA",
    "UPCE", "DataBar", "DataBarExp", "DataBarExpStk", "DataBarLtd", "Code39", "Code93", "Codabar", "PDF417",
    "MicroPDF417", "ITF", "EANUPC")
LABELS = 4               # beside the lattice: codes that `count` has and rows x columns have not
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"BM", b"GIF8", b"II*\0", b"MM\0*", b"RIFF")
_QR = tuple((17 + 4 * version,) * 2 for version in range(1, 41))
_DATA_MATRIX = (
    *((side, side) for side in (10, 12, 14, 16, 18, 20, 22, 24, 26, 32, 36, 40, 44, 48, 52, 64, 72, 80, 88, 96, 104,
                                120, 132, 144)),
    *((8, wide) for wide in (18, 32, 48, 64, 80, 96, 120, 144)), *((12, wide) for wide in (26, 36, 64, 88)),
    *((16, wide) for wide in (36, 48, 64)), *((20, wide) for wide in (36, 44, 64)), (22, 48),
    *((24, wide) for wide in (48, 64)), *((26, wide) for wide in (40, 48, 64)))
_AZTEC = tuple((side,) * 2 for side in (
    11, 15, 19, 23, 27, 31, 37, 41, 45, 49, 53, 57, 61, 67, 71, 75, 79, 83, 87, 91, 95, 101, 105, 109, 113, 117, 121,
    125, 131, 135, 139, 143, 147, 151))
_RMQR = (*((high, wide) for high in (7, 9, 11, 13, 15, 17) for wide in (43, 59, 77, 99, 139)), (11, 27), (13, 27))
MODULES = {"datamatrix": _DATA_MATRIX, "qrcode": _QR, "microqrcode": tuple((side,) * 2 for side in (11, 13, 15, 17)),
           "rmqrcode": _RMQR, "aztec": _AZTEC, "maxicode": ((33, 30),)}       # rows, columns that a symbology has
ABOUT = {
    "symbologies": "码制 · which codes; empty: all", "sizes": "码的模块数 · modules, rows x columns; empty: any",
    "rows": "箱内行数 · rows, columns and codes of a full picture; 0: not known",
    "polarity": "深码浅底 dark，浅码深底 light · dark modules on light, light on dark, either",
    "side": "码边长，像素 · of a code, pixels",
    "region": "只看这一块：左、上、宽、高，按画面比例 · left, top, width, height as parts of the picture",
    "lengths": "只收这些字节数 · bytes of a code; empty: any", "gtins": "只收这些产品 · products; empty: any",
    "alphabet": "序列号允许的字符 · characters of a serial; \"\" any",
    "module_mm": "印出的模块大小，毫米 · a module as printed; for the optics check",
    "speed_mm_s": "皮带速度，毫米/秒 · of the belt; 0: the case stands", "exposure_ms": "曝光，毫秒 · of the camera",
    "px_module": "学配方时每模块像素 · pixels a module when this was learnt; 0: not measured",
    "blur": "学配方时模糊，模块 · blur then, in modules; 0: not measured"}


def read_recipe(file: Path) -> RecipeFile:
    """Raises SettingsError, also where there is no such file."""
    try:
        text = text_of(file)
    except SettingsError as error:
        if error.problem.word in ("not_text", "too_long") and _is_picture(file):
            raise SettingsError(str(file), "", Problem((), word="picture_for_recipe")) from None
        raise
    if not text and not file.exists():
        raise SettingsError(str(file), "", Problem((), word="no_recipe"))
    raw = parsed(file, text)
    try:
        recipe = shapes.fitted(raw, RecipeFile)
        _check(recipe)
    except Problem as problem:
        raise SettingsError(str(file), dotted(problem.path, raw), problem, _line(text, problem)) from None
    return recipe


def _is_picture(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(4).startswith(PICTURES)


def _line(text: str, problem: Problem) -> int:
    """The line on which the key is; 0 where it is not written the plain way."""
    key = re.compile(rf"[ \t]*[\"']?{re.escape(str(problem.path[0]))}[\"']?[ \t]*=") if problem.path else None
    return next((at for at, line in enumerate(text.split("\n"), 1) if key and key.match(line)), 0)


def _check(recipe: RecipeFile) -> None:
    known = {name.casefold() for name in SYMBOLOGIES}
    for at, name in enumerate(recipe.symbologies):
        if name.casefold() not in known:
            raise Problem(("symbologies", at), Expected("symbology", {"names": ", ".join(SYMBOLOGIES)}), name)
    known_sizes = {size for name in (recipe.symbologies or MODULES) for size in MODULES.get(name.casefold(), ())}
    for at, size in enumerate(recipe.sizes):
        high, _, wide = size.partition("x")
        if known_sizes and not {(int(high), int(wide)), (int(wide), int(high))} & known_sizes:
            like = ", ".join(recipe.symbologies) or "QRCode, DataMatrix"
            raise Problem(("sizes", at), Expected("recipe_known_size", {"names": like}), size)
    places = recipe.rows * recipe.columns
    if places and recipe.count > places + LABELS:
        raise Problem(("count",), Expected("recipe_count", {
            "most": places + LABELS, "rows": recipe.rows, "columns": recipe.columns, "labels": LABELS}), recipe.count)
    for at, gtin in enumerate(recipe.gtins):
        if mod10(gtin[:13]) != gtin[13]:
            raise Problem(("gtins", at), Expected("recipe_gtin"), gtin)
    left, top, width, height = recipe.region
    if not (width > 0 and height > 0 and left + width <= 1.001 and top + height <= 1.001):
        raise Problem(("region",), Expected("recipe_region"), recipe.region)


def write_recipe(file: Path, recipe: RecipeFile) -> Path:
    """Writes it beside the old one and puts it in its place once it is on the disk. Raises OSError."""
    lines = ["# 读码配方 · OneCode Station: what the camera's picture holds"]
    for key, value in msgspec.structs.asdict(recipe).items():
        said = f"{key} = {toml(value)}"
        lines.append(f"{said:<40} # {ABOUT[key]}" if key in ABOUT else said)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as out:
            out.write("\n".join(lines) + "\n")
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
    with contextlib.suppress(OSError):           # a system that cannot sync a folder
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return file
