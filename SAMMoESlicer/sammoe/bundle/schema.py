"""What `bundle.json` may hold, as a JSON schema, and the check against it.

`docs/bundle.schema.json` is the same schema as a file for other programs. Only the keywords below
are used and understood; what else a card holds is a later release's and is ignored.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from ..errors import CheckpointError
from .card_checks import is_number

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string", "maxLength": 10_000}
_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[^\x00-\x1f]*$"}
_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_CODE: Schema = {
    "type": "object",
    "required": ["scheme", "value", "meaning"],
    "additionalProperties": {"$ref": "#/$defs/name"},
}
_EXPERT: Schema = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {
        "id": {"type": "string", "pattern": r"^[a-z0-9][a-z0-9_-]{0,63}$"},
        "name": {"$ref": "#/$defs/name"},
        "description": {"$ref": "#/$defs/text"},
        "terminology": {
            "type": ["object", "null"],
            "required": ["category", "type"],
            "properties": {"category": {"$ref": "#/$defs/code"}, "type": {"$ref": "#/$defs/code"}},
        },
        "color": {
            "type": "array",
            "minItems": 3,
            "maxItems": 3,
            "items": {"$ref": "#/$defs/share"},
        },
        "trained_on": {"$ref": "#/$defs/text"},
        "dice": {
            "type": "object",
            "maxProperties": 100,
            "additionalProperties": {"$ref": "#/$defs/share"},
        },
        "tau": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        "least_tau": {"$ref": "#/$defs/share"},
    },
}
_INPUT: Schema = {
    "type": "object",
    "properties": {
        "patch_size": {"type": "integer", "minimum": 8, "maximum": 256},
        "spacing_mm": {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 1000},
        "normalisation": {"type": "string"},
        "crop": {"type": "string"},
    },
}
SCHEMA: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "The card of a SAMMoESlicer bundle, bundle.json",
    "type": "object",
    "required": ["name", "architecture", "format_version"],
    "properties": {
        "format_version": {"type": "integer", "minimum": 1},
        "name": {"$ref": "#/$defs/name"},
        "architecture": {"$ref": "#/$defs/name"},
        "version": {"$ref": "#/$defs/text"},
        "license": {"$ref": "#/$defs/text"},
        "intended_use": {"$ref": "#/$defs/text"},
        "sizes": {"type": "object"},
        "gate_sizes": {"type": "object"},
        "input": {"$ref": "#/$defs/input"},
        "prompt_kinds": {"type": "array", "maxItems": 20, "items": {"type": "string"}},
        "tau": {"$ref": "#/$defs/share"},
        "training": {"type": "object"},
        "experts": {"type": "array", "maxItems": 1000, "items": {"$ref": "#/$defs/expert"}},
        "files": {
            "type": "object",
            "maxProperties": 1010,
            "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        },
    },
    "$defs": {
        "text": _TEXT,
        "name": _NAME,
        "share": _SHARE,
        "code": _CODE,
        "expert": _EXPERT,
        "input": _INPUT,
    },
}

_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "number": is_number,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "null": lambda value: value is None,
}
_LIMITS: dict[str, tuple[type, Callable[[Any, Any], bool], str]] = {
    "minimum": (float, lambda value, limit: value >= limit, "is below {}"),
    "exclusiveMinimum": (float, lambda value, limit: value > limit, "is not above {}"),
    "maximum": (float, lambda value, limit: value <= limit, "is above {}"),
    "minLength": (str, lambda value, limit: len(value) >= limit, "has fewer than {} characters"),
    "maxLength": (str, lambda value, limit: len(value) <= limit, "has more than {} characters"),
    "pattern": (str, lambda value, limit: bool(re.search(limit, value)), "does not match {}"),
    "minItems": (list, lambda value, limit: len(value) >= limit, "has fewer than {} items"),
    "maxItems": (list, lambda value, limit: len(value) <= limit, "has more than {} items"),
    "maxProperties": (dict, lambda value, limit: len(value) <= limit, "has more than {} entries"),
}


def check_schema(value: Any, what: str) -> None:
    """Check a card's JSON values against `SCHEMA`.

    Args:
        value: What JSON held.
        what: Named first in the message.

    Raises:
        CheckpointError: The first fault, with the place where it is.
    """
    for where, fault in _faults(value, SCHEMA, ""):
        raise CheckpointError(f"{what}: {where}{fault}")


def _faults(value: Any, schema: Schema, where: str) -> Iterator[tuple[str, str]]:
    """Yield (place, what is wrong there)."""
    schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    place = f"{where}: " if where else ""
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(_TYPES[name](value) for name in types):
        yield place, f"{_shown(value)} is no {' or '.join(types)}"
        return
    for name, (type_, holds, words) in _LIMITS.items():
        fits = is_number(value) if type_ is float else isinstance(value, type_)
        if name in schema and fits and not holds(value, schema[name]):
            yield place, f"{_shown(value)} {words.format(schema[name])}"
    if isinstance(value, dict):
        yield from _entry_faults(value, schema, where)
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            yield from _faults(item, schema["items"], f"{where}[{number}]")


def _entry_faults(value: dict[str, Any], schema: Schema, where: str) -> Iterator[tuple[str, str]]:
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{where}: " if where else "", f"{name!r} is missing"
    known = schema.get("properties", {})
    for name, item in value.items():
        inner = known.get(name, schema.get("additionalProperties", {}))
        yield from _faults(item, inner, f"{where}.{name[:60]}".lstrip("."))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
