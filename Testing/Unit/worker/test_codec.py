import dataclasses
import io
from pathlib import Path

import numpy as np
import pytest

from grids import every_grid
from sammoe import (
    CheckpointError,
    CurvePrompt,
    Fusion,
    GeometryError,
    MaskPrompt,
    PredictOptions,
    PromptError,
    PromptSet,
    ProtocolError,
    Result,
    Volume,
)
from sammoe.bundle import BundleCard, ExpertCard, InputCard
from sammoe.prompts import MOST_CURVES
from sammoe.worker.codec import decode, encode
from sammoe.worker.framing import write_frame
from sammoe.worker.protocol import MAX_DEPTH, Kind, Message
from sammoe.worker.transport import BadMessageError, read_message, write_message


def there_and_back(value):
    stream = io.BytesIO()
    write_message(stream, Message(Kind.PREDICT, 7, {"value": value}))
    stream.seek(0)
    received = read_message(stream)
    assert (received.kind, received.id) == (Kind.PREDICT, 7)
    return received.body["value"]


def assert_same(a, b):
    """Compare two values field by field, arrays with their types."""
    assert type(a) is type(b)
    if dataclasses.is_dataclass(a):
        for field in dataclasses.fields(a):
            assert_same(getattr(a, field.name), getattr(b, field.name))
    elif isinstance(a, tuple):
        for mine, other in zip(a, b, strict=True):
            assert_same(mine, other)
    elif isinstance(a, np.ndarray):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
    else:
        assert a == b


def a_result():
    mask = np.random.default_rng(3).random((5, 7, 9)) > 0.5
    return Result(
        mask_box_kji=mask,
        box_ijk=np.array([(10, 20, 30), (19, 27, 35)]),
        shape_kji=(40, 50, 60),
        scores={"vertebra": 0.1 + 0.2, "general": 1e-300},
        expert="vertebra",
        tau=0.45,
        crop_box_ijk=np.array([(0, 0, 0), (60, 50, 40)]),
        spacing_mm=(0.78125, 0.78125, 6.5),
        touches_border=True,
        window="CT soft tissue",
        timings_ms={"encode": 101.25, "paste": 3.0},
        notes=("the box is used as the region", "Größe: 3 µm"),
        device="cuda:1",
    )


def test_a_result_is_equal_after_the_journey():
    assert_same(there_and_back(a_result()), a_result())


def test_an_empty_result_is_equal_after_the_journey():
    nothing = np.zeros((2, 3), dtype=np.int64)
    empty = dataclasses.replace(
        a_result(), mask_box_kji=np.zeros((0, 0, 0), dtype=bool), box_ijk=nothing, expert=None
    )
    received = there_and_back(empty)
    assert_same(received, empty)
    assert not received.mask_kji.any()


@every_grid
@pytest.mark.parametrize("dtype", ["i1", "u2", "<i2", ">i2", "i4", "u8", "f2", "f4", "f8"])
def test_a_volume_is_equal_after_the_journey(grid, dtype):
    array = np.arange(60).reshape(3, 4, 5).astype(dtype)
    assert_same(there_and_back(Volume(array, grid)), Volume(array, grid))


def test_nan_and_infinite_voxels_survive():
    array = np.array([[[np.nan, np.inf, -np.inf, -0.0, 1.0]]])
    assert_same(there_and_back(Volume(array, np.eye(4))), Volume(array, np.eye(4)))


def test_prompts_are_equal_after_the_journey():
    mask = MaskPrompt(np.ones((1, 2, 3), dtype=bool), np.array([(4, 4, 4), (7, 6, 5)]))
    corners = np.array(np.meshgrid([0, 1], [0, 2], [0, 3])).reshape(3, -1).T.astype(float)
    line = np.random.default_rng(1).normal(size=(30, 3))
    drawn = tuple(CurvePrompt(line + n, n % 2, n % 3 == 0, n % 2) for n in range(MOST_CURVES))
    for prompts in (
        PromptSet(),
        PromptSet([(1.1, -2.2, 1e-9)], [0]),
        PromptSet([(1, 2, 3), (4, 5, 6)], [1, 0], corners, mask),
        PromptSet([(1, 2, 3)], [1], curves=drawn),
    ):
        assert_same(there_and_back(prompts), prompts)


def test_options_are_equal_after_the_journey():
    options = PredictOptions(
        expert="rib",
        tau=0.3,
        muted=("a", "b"),
        follow=True,
        fusion=Fusion.AVERAGE,
        decoder="general",
    )
    assert_same(there_and_back(options), options)


def test_the_card_of_a_bundle_is_equal_after_the_journey():
    liver = ExpertCard("liver", "Leber <b>", color=(1, 0, 0.5), dice={"5 clicks": 0.9}, tau=0.7)
    card = BundleCard(
        "A | bundle",
        "compact",
        sizes={"depths": [2, 2]},
        input=InputCard(64, None, "window", "auto-zoom"),
        training={"$odd": {"$array": [1, None]}},
        experts=(liver, ExpertCard("bone", "Bone")),
        files={"general.safetensors": "0" * 64},
    )
    assert there_and_back(card) == card
    with pytest.raises(CheckpointError, match="tau is 0 to 1"):
        decode({"$BundleCard": {"name": "x", "architecture": "y", "tau": 7}}, [])


def test_plain_values_and_numpy_scalars_are_equal_after_the_journey():
    value = {"a": [1, 2.5, None, True, "text"], "b": (1, (2,)), "c": {}, "d": float("inf")}
    assert there_and_back(value) == value
    assert there_and_back([np.float32(0.5), np.int64(3), np.True_]) == [0.5, 3, True]
    assert there_and_back(Path("models") / "demo") == str(Path("models") / "demo")


def test_a_dictionary_whose_keys_look_like_ours_is_equal_after_the_journey():
    for value in (
        {"$array": 0},
        {"a": {"$Volume": {"$tuple": []}}},
        {"$dict": {"$dict": 1}, "b": 2},
    ):
        assert there_and_back(value) == value


def nested(depth):
    value = "in the middle"
    for _ in range(depth):
        value = [value]
    return value


def test_values_within_values_travel_to_a_depth_no_message_needs():
    assert there_and_back(nested(MAX_DEPTH - 5)) == nested(MAX_DEPTH - 5)
    for depth in (MAX_DEPTH + 1, 900, 100_000):
        with pytest.raises(ProtocolError, match="nested"):
            encode(nested(depth), [])
        with pytest.raises(ProtocolError, match="nested"):
            decode(nested(depth), [])


def test_what_cannot_travel_is_refused():
    for value in (object(), {1: 2}, {1, 2}, b"bytes", 1j):
        with pytest.raises(ProtocolError, match="does not travel"):
            encode(value, [])


@pytest.mark.parametrize(
    "tree",
    [
        {"$array": 1},
        {"$array": -1},
        {"$array": "0"},
        {"$tuple": 3},
        {"$Predictor": {}},
        {"$Volume": 3},
        {"$Volume": {}},
        {"$Volume": {"array_kji": None, "wrong": 1}},
        {"$PredictOptions": {"fusion": "by magic"}},
        {"$PredictOptions": {"tau": "high"}},
        {"$PredictOptions": {"muted": 3}},
        {"$dict": []},
        {"$MaskPrompt": {"mask_kji": {"$array": 0}, "box_ijk": {"a": 1}}},
    ],
)
def test_a_malformed_tree_is_a_protocol_error(tree):
    with pytest.raises(ProtocolError):
        decode(tree, [np.zeros(3)])


def test_a_value_that_its_own_constructor_refuses_raises_that_error():
    with pytest.raises(PromptError, match="point label"):
        decode({"$PromptSet": {"points_ras": [[0, 0, 0]], "point_labels": [5]}}, [])
    with pytest.raises(GeometryError, match="three axes"):
        decode({"$Volume": {"array_kji": {"$array": 0}, "ijk_to_ras": None}}, [np.zeros(3)])


@pytest.mark.parametrize(
    "wrong",
    [
        {"mask_box_kji": None},
        {"mask_box_kji": np.ones((5, 7, 9), np.int64)},
        {"mask_box_kji": np.ones((5, 7, 8), bool)},
        {"box_ijk": np.array([(10, 20, 38), (19, 27, 43)])},
        {"box_ijk": np.array([(-1, 20, 30), (8, 27, 35)])},
        {"box_ijk": "the box"},
        {"crop_box_ijk": np.zeros((2, 2))},
        {"shape_kji": (40, 50)},
        {"shape_kji": (40, 26, 60)},
    ],
    ids=str,
)
def test_a_result_that_contradicts_itself_is_refused_where_it_is_made(wrong):
    with pytest.raises((GeometryError, ProtocolError)):
        decode({"$Result": {**vars(a_result()), **wrong}}, [])


@pytest.mark.parametrize(
    "header",
    [
        {"kind": "dance", "id": 7, "body": {}},
        {"kind": None, "id": 7, "body": {}},
        {"kind": "predict", "id": 7},
        {"kind": "predict", "id": 7, "body": []},
        {"kind": "predict", "id": 7, "body": {"x": {"$array": 9}}},
        {"kind": "predict", "id": 7, "body": {"x": nested(900)}},
    ],
)
def test_after_a_message_that_makes_no_sense_the_next_one_can_be_read(header):
    stream = io.BytesIO()
    write_frame(stream, header)
    write_message(stream, Message(Kind.RESET, 8))
    stream.seek(0)
    with pytest.raises(BadMessageError) as raised:
        read_message(stream)
    assert raised.value.id == 7
    assert read_message(stream).id == 8
