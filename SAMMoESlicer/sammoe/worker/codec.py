"""Values as a JSON tree plus arrays, and back.

Numbers, strings, None, lists and dictionaries stand for themselves; anything else is an object
with a single key that starts with `$`: an array's place in the list, a tuple, a dictionary with
keys that start so themselves, or one of the dataclasses below with its fields. Decoding calls
their constructors, so what arrives is checked exactly as what a caller makes is.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..bundle import BundleCard, ExpertCard, InputCard
from ..errors import ProtocolError, SAMMoEError
from ..options import PredictOptions
from ..prompts import CurvePrompt, MaskPrompt, PromptSet
from ..result import Result
from ..volume import Volume
from .protocol import MAX_DEPTH

_TYPES: dict[str, type] = {
    f"${cls.__name__}": cls
    for cls in (
        *(Volume, PromptSet, CurvePrompt, MaskPrompt, PredictOptions, Result),
        *(BundleCard, ExpertCard, InputCard),
    )
}


def encode(value: Any, arrays: list[NDArray], *, depth: int = 0) -> Any:
    """Return `value` as what JSON can hold; its arrays are appended to `arrays`.

    Args:
        value: What travels.
        arrays: Taken further.
        depth: How deep in another value it lies.

    Raises:
        ProtocolError: A type that does not travel, or values too deep within values.
    """
    _check_depth(depth)

    def inner(item: Any) -> Any:
        return encode(item, arrays, depth=depth + 1)

    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"$array": len(arrays) - 1}
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, tuple):
        return {"$tuple": [inner(item) for item in value]}
    if isinstance(value, list):
        return [inner(item) for item in value]
    if isinstance(value, dict):
        content = {_checked_key(key): inner(item) for key, item in value.items()}
        return {"$dict": content} if any(key.startswith("$") for key in value) else content
    name = f"${type(value).__name__}"
    if name not in _TYPES:
        raise ProtocolError(f"a {type(value).__name__} does not travel between client and worker")
    fields = (field.name for field in dataclasses.fields(value))
    return {name: {field: inner(getattr(value, field)) for field in fields}}


def decode(tree: Any, arrays: Sequence[NDArray], *, depth: int = 0) -> Any:
    """Return the value `encode` made `tree` and `arrays` from.

    Args:
        tree: What JSON held.
        arrays: What it refers to.
        depth: How deep in another tree it lies.

    Raises:
        ProtocolError: A tag, an array index or a field that this version does not know, or
            values too deep within values.
        SAMMoEError: What the value's own constructor found wrong.
    """
    _check_depth(depth)

    def inner(item: Any) -> Any:
        return decode(item, arrays, depth=depth + 1)

    if isinstance(tree, list):
        return [inner(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    tag = next(iter(tree), "")
    if not tag.startswith("$"):
        return {key: inner(item) for key, item in tree.items()}
    content = tree[tag]
    if tag == "$array":
        return _array(content, arrays)
    if tag == "$tuple" and isinstance(content, list):
        return tuple(inner(item) for item in content)
    if tag == "$dict" and isinstance(content, dict):
        return {key: inner(item) for key, item in content.items()}
    if tag not in _TYPES or not isinstance(content, dict):
        raise ProtocolError(f"a message carries {tag[:40]!r}, which this version does not know")
    return _made(_TYPES[tag], {name: inner(item) for name, item in content.items()})


def _made(cls: type, fields: dict[str, Any]) -> Any:
    """Return a value, whatever its constructor makes of fields of the wrong types."""
    try:
        return cls(**fields)
    except SAMMoEError:
        raise
    except Exception as error:
        raise ProtocolError(f"a message carries a malformed {cls.__name__}: {error}") from error


def _check_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ProtocolError(f"a value nested more than {MAX_DEPTH} deep does not travel")


def _checked_key(key: Any) -> str:
    if not isinstance(key, str):
        raise ProtocolError(f"a dictionary with the key {key!r} does not travel")
    return key


def _array(index: Any, arrays: Sequence[NDArray]) -> NDArray:
    if not isinstance(index, int) or not 0 <= index < len(arrays):
        raise ProtocolError(f"a message names array {str(index)[:40]} but carries {len(arrays)}")
    return arrays[index]
