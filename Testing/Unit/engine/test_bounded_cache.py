"""What is kept is measured by its arrays, and what was used longest ago goes first."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from sammoe.engine.bounded_cache import ENTRY_BYTES, BoundedCache, array_bytes


class Pair(NamedTuple):
    fine: torch.Tensor
    coarse: dict


@dataclass
class Record:
    mask: np.ndarray
    name: str
    tiles: list


def test_arrays_and_tensors_count_however_deep_they_lie():
    pair = Pair(torch.zeros(10), {"a": torch.zeros(5, dtype=torch.float16)})
    record = Record(np.zeros(7, bool), "liver", [np.zeros(3, np.int64), (pair, None)])
    assert array_bytes(pair) == 40 + 10
    assert array_bytes(record) == 7 + 24 + 50
    assert array_bytes("text") == array_bytes(None) == 0


def kilobytes(count):
    return np.zeros(count * 1024 - ENTRY_BYTES, np.uint8)


def test_what_was_used_longest_ago_is_forgotten_where_the_room_ends():
    cache = BoundedCache(10 * 1024)
    for key in "abc":
        cache.put(key, kilobytes(3))
    cache.get("a")
    cache.put("d", kilobytes(4))
    assert [cache.get(key) is not None for key in "abcd"] == [True, False, True, True]


def test_a_value_put_again_takes_its_room_once_and_the_newest_always_stays():
    cache = BoundedCache(10 * 1024)
    for _ in range(5):
        cache.put("a", kilobytes(4))
    cache.put("b", kilobytes(4))
    assert len(cache) == 2
    cache.put("large", kilobytes(90))
    assert len(cache) == 1
    assert cache.get("large") is not None
    cache.clear()
    assert len(cache) == 0


def test_values_without_arrays_take_room_too():
    cache = BoundedCache(8 * ENTRY_BYTES)
    for key in range(50):
        cache.put(key, None)
    assert len(cache) == 8
