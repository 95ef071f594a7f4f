"""Raw tables held against the types of app/settings.py: unknown keys, missing keys, values of the wrong shape.

msgspec does the checking; this turns its refusal into a Problem that names path, expectation and value.
"""
from __future__ import annotations

import dataclasses
import difflib
import re
from typing import Any, NoReturn, TypeVar

import msgspec

from app.domain.codes.rule import Rule
from app.settings import Settings
from app.settings_file.error import Expected, Problem

Path = tuple[str | int, ...]
Shape = TypeVar("Shape", bound=msgspec.Struct)
_STEP = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+|\.\.\.)\]")
RULE_KEYS = tuple(field.name for field in dataclasses.fields(Rule))
_HINTS = {"station.id": "station_id", "station.gln": "gln", "device.name": "device_name",
          "trigger.name": "trigger_name", "sizes": "recipe_size", "region": "recipe_region", "gtins": "recipe_gtin"}


def shaped(raw: dict[str, Any]) -> Settings:
    """Raises Problem. Integers are taken for floats; nothing else is converted."""
    rules = raw.get("rule")
    if isinstance(rules, list):
        for number, row in enumerate(rules):
            if isinstance(row, dict):                # msgspec lets a dataclass's unknown keys go by
                for key in row:
                    if key not in RULE_KEYS:
                        raise unknown(("rule", number, key), RULE_KEYS)
    return fitted(raw, Settings)


def fitted(raw: dict[str, Any], kind: type[Shape]) -> Shape:
    """The tables as this Struct. Raises Problem."""
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        _explain(raw, str(error), kind)


def unknown(path: Path, known: tuple[str, ...]) -> Problem:
    near = difflib.get_close_matches(str(path[-1]), known, n=2, cutoff=0.55)
    return Problem(path, Expected("keys", {"names": ", ".join(known)}), word="unknown_key", near=", ".join(near))


def single(section: str, key: str, text: str) -> Any:
    """One value from the environment, as the type of its key. Raises Problem."""
    field = _field(_field(msgspec.inspect.type_info(Settings), section), key)
    if isinstance(field, msgspec.inspect.StrType):
        return text
    try:
        return msgspec.convert(text.strip(), _plain(field), strict=False)
    except msgspec.ValidationError:
        raise Problem((section, key), _expected((section, key), field), text) from None


def known_keys(section: str) -> tuple[str, ...]:
    """Keys of one [section]; () where it is no plain table."""
    return getattr(getattr(Settings(), section, None), "__struct_fields__", ())


def _plain(info: msgspec.inspect.Type) -> Any:
    simple = {msgspec.inspect.IntType: int, msgspec.inspect.FloatType: float, msgspec.inspect.BoolType: bool}
    return simple.get(type(info), str)


def _explain(raw: dict[str, Any], message: str, kind: type[msgspec.Struct]) -> NoReturn:
    said, _, where = message.partition(" - at `$")
    path: Path = tuple(name or (number if number == "..." else int(number)) for name, number in _STEP.findall(where))
    info = _at(path, kind)
    quoted = re.search(r"field `(.*)`", said)
    if quoted and "unknown" in said:
        known = tuple(each.encode_name for each in info.fields)  # type: ignore[attr-defined]
        raise unknown((*path, quoted[1]), known) from None
    if quoted and "missing" in said:
        path = (*path, quoted[1])
        raise Problem(path, _expected(path, _at(path, kind)), word="missing_key") from None
    raise Problem(path, _expected(path, info), _value(raw, path)) from None


def _value(raw: Any, path: Path) -> object:
    for step in path:
        if step == "...":
            return next((each for each in raw.values() if not isinstance(each, str)), None)
        raw = raw[step]
    return raw


def _at(path: Path, kind: type[msgspec.Struct]) -> Any:
    info: Any = msgspec.inspect.type_info(kind)
    for step in path:
        info = _field(info, step)
    return info


def _field(info: Any, step: str | int) -> Any:
    if isinstance(info, msgspec.inspect.UnionType):
        info = next(each for each in info.types if not isinstance(each, msgspec.inspect.NoneType))
    if isinstance(info, msgspec.inspect.DictType):
        return info.value_type
    if isinstance(info, msgspec.inspect.VarTupleType):
        return info.item_type
    if isinstance(info, msgspec.inspect.TupleType):
        return info.item_types[int(step)] if str(step).isdigit() else info.item_types[0]
    return next((each.type for each in info.fields if each.encode_name == step), None)


def _expected(path: Path, info: Any) -> Expected:
    hint = _HINTS.get(".".join(step for step in path if isinstance(step, str)))
    if hint:
        return Expected(hint)
    kinds = msgspec.inspect
    name = str(path[-1]) if path else ""
    match info:
        case kinds.BoolType():
            return Expected("boolean")
        case kinds.IntType():
            return _bounded("whole", info)
        case kinds.FloatType():
            return _bounded("number", info)
        case kinds.LiteralType():
            return Expected("choice", {"choices": ", ".join(f'"{each}"' for each in info.values)})
        case kinds.StrType() if info.max_length is not None:
            return Expected("text_length", {"least": info.min_length or 0, "most": info.max_length})
        case kinds.StructType() | kinds.DataclassType():
            return Expected("tables" if isinstance(path[-1], int) else "table", {"name": path[0]})
        case kinds.VarTupleType(item_type=kinds.StrType()):
            return Expected("list")
        case kinds.VarTupleType():
            return Expected("tables", {"name": name})
        case kinds.UnionType():
            return _expected(path, next(each for each in info.types if not isinstance(each, kinds.NoneType)))
        case kinds.DictType():
            return Expected("map")
    return Expected("text")


def _bounded(word: str, info: Any) -> Expected:
    if info.gt is not None:
        return Expected(f"{word}_above", {"least": f"{info.gt:g}"})
    if info.ge is not None and info.le is not None:
        return Expected(f"{word}_range", {"least": f"{info.ge:.10g}", "most": f"{info.le:.10g}"})
    if info.ge is not None:
        return Expected(f"{word}_from", {"least": f"{info.ge:.10g}"})
    return Expected(word)
