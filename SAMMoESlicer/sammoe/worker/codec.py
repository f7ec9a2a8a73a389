"""Values as a JSON tree plus arrays, and back.

Numbers, strings, None, lists and dictionaries stand for themselves; anything else is an object
with a single key that starts with `$`: an array's place in the list, a tuple, or one of the
dataclasses below with its fields. Decoding calls their constructors, so what arrives is checked
exactly as what a caller makes is.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ProtocolError
from ..options import PredictOptions
from ..prompts import MaskPrompt, PromptSet
from ..result import Result
from ..volume import Volume

_TYPES: dict[str, type] = {
    f"${cls.__name__}": cls for cls in (Volume, PromptSet, MaskPrompt, PredictOptions, Result)
}


def encode(value: Any, arrays: list[NDArray]) -> Any:
    """Return `value` as what JSON can hold; its arrays are appended to `arrays`.

    Raises:
        ProtocolError: A type that does not travel.
    """
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
        return {"$tuple": [encode(item, arrays) for item in value]}
    if isinstance(value, list):
        return [encode(item, arrays) for item in value]
    if isinstance(value, dict):
        return {_checked_key(key): encode(item, arrays) for key, item in value.items()}
    name = f"${type(value).__name__}"
    if name not in _TYPES:
        raise ProtocolError(f"a {type(value).__name__} does not travel between client and worker")
    fields = (field.name for field in dataclasses.fields(value))
    return {name: {field: encode(getattr(value, field), arrays) for field in fields}}


def decode(tree: Any, arrays: Sequence[NDArray]) -> Any:
    """Return the value `encode` made `tree` and `arrays` from.

    Raises:
        ProtocolError: A tag, an array index or a field that this version does not know.
        SAMMoEError: What the value's own constructor found wrong.
    """
    if isinstance(tree, list):
        return [decode(item, arrays) for item in tree]
    if not isinstance(tree, dict):
        return tree
    tag = next(iter(tree), "")
    if not tag.startswith("$"):
        return {key: decode(item, arrays) for key, item in tree.items()}
    content = tree[tag]
    if tag == "$array":
        return _array(content, arrays)
    if tag == "$tuple" and isinstance(content, list):
        return tuple(decode(item, arrays) for item in content)
    if tag not in _TYPES or not isinstance(content, dict):
        raise ProtocolError(f"a message carries {tag[:40]!r}, which this version does not know")
    fields = {name: decode(item, arrays) for name, item in content.items()}
    try:
        return _TYPES[tag](**fields)
    except (TypeError, ValueError) as error:
        raise ProtocolError(f"a message carries a malformed {tag[1:]}: {error}") from error


def _checked_key(key: Any) -> str:
    if not isinstance(key, str) or key.startswith("$"):
        raise ProtocolError(f"a dictionary with the key {key!r} does not travel")
    return key


def _array(index: Any, arrays: Sequence[NDArray]) -> NDArray:
    if not isinstance(index, int) or not 0 <= index < len(arrays):
        raise ProtocolError(f"a message names array {index!r} but carries {len(arrays)}")
    return arrays[index]
