import itertools
import json

import numpy as np
import pytest
import slicer
import vtk

from grids import GRIDS
from sammoe import MaskPrompt, PredictOptions, __version__
from sammoe.errors import PromptError
from SAMMoESlicerLib.Bridge import (
    Click,
    EarlierMask,
    HandEdit,
    PromptState,
    Provenance,
    RoiPose,
    SegmentVoxels,
)
from SAMMoESlicerLib.Bridge.PromptJson import promptsFromJson, promptsToJson

MASK = MaskPrompt(np.arange(30).reshape(2, 3, 5) % 3 == 0, [(1, 2, 3), (6, 5, 5)])
PROMPTS = PromptState(
    (Click(1, 1, (1.1, -2.123456789012345, 1 / 3)), Click(4, 0, (0.1 + 0.2, 5.0, 6.0))),
    RoiPose(tuple(np.eye(4).ravel().tolist()), (10.0, 20.0, 30.0)),
)
RECORD = Provenance(
    PROMPTS,
    options=PredictOptions(expert="vessel", tau=0.4, muted=("lesion",), gate_click=2),
    expert="vessel",
    scores={"vessel": 0.75, "general": 0.25},
    tau=0.4,
    bundle='a | strange: "name"',
    bundle_hash="ab12",
)


@pytest.fixture
def segment():
    return slicer.vtkSegment()


def test_what_is_written_is_read_to_the_last_bit(segment):
    RECORD.writeTo(segment)
    assert Provenance.readFrom(segment) == RECORD
    assert Provenance.readFrom(segment).version == __version__


@pytest.mark.parametrize("grid", [GRIDS["oblique"], None], ids=["its own", "unknown"])
def test_an_earlier_mask_is_recorded_with_its_grid(segment, grid):
    Provenance(PromptState(mask=EarlierMask.placed(MASK, grid))).writeTo(segment)
    mask = Provenance.readFrom(segment).prompts.mask
    np.testing.assert_array_equal(mask.mask_kji, MASK.mask_kji)
    np.testing.assert_array_equal(mask.box_ijk, MASK.box_ijk)
    np.testing.assert_array_equal(mask.ijkToNode, grid)


def test_tags_hold_no_bar_which_segment_files_use_between_tags(segment):
    RECORD.writeTo(segment)
    for name in ("prompts", "bundle", "scores", "options"):
        value = vtk.reference("")
        assert segment.GetTag(f"SAMMoE.{name}", value)
        assert "|" not in str(value)


def test_a_record_with_the_former_name_of_an_option_is_read(segment):
    RECORD.writeTo(segment)
    options = json.loads(RECORD.to_tags()["SAMMoE.options"])
    options["view"] = options.pop("decoder")
    segment.SetTag("SAMMoE.options", json.dumps(options))
    assert Provenance.readFrom(segment) == RECORD


def test_a_segment_that_is_not_ours_has_no_record(segment):
    assert Provenance.readFrom(segment) is None
    RECORD.writeTo(segment)
    Provenance.removeFrom(segment)
    assert Provenance.readFrom(segment) is None


@pytest.mark.parametrize("text", ["no json", "[]", '{"clicks": 3}', '{"clicks": [{}], "roi": 0}'])
def test_a_damaged_record_is_an_error_one_can_understand(segment, text):
    RECORD.writeTo(segment)
    segment.SetTag("SAMMoE.prompts", text)
    with pytest.raises(PromptError, match="cannot be read"):
        Provenance.readFrom(segment)


def damaged(change):
    """Return the tag of prompts of every kind after a change of its values."""
    voxels = SegmentVoxels(MASK.mask_kji, MASK.box_ijk, GRIDS["oblique"])
    state = PromptState(
        (Click(1, 1, (1.0, 2.0, 3.0)),),
        RoiPose(tuple(np.eye(4).ravel().tolist()), (4.0, 5.0, 6.0)),
        EarlierMask.placed(MASK, GRIDS["oblique"]),
        (HandEdit(2, SegmentVoxels.none(), voxels),),
    )
    values = json.loads(json.dumps(promptsToJson(state)))
    promptsFromJson(values)
    change(values)
    return json.dumps(values)


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v["voxels"][1]["boxIjk"].reverse(),
        lambda v: v["voxels"][1].update(boxIjk=[[2**32, 0, 0], [2**32 + 1, 1, 1]]),
        lambda v: v["mask"].update(boxIjk=[[0, 0, 0], [5000, 5000, 5000]]),
        lambda v: v["mask"].update(ijkToNode=[0.0] * 16),
        lambda v: v["roi"]["objectToWorld"].pop(),
        lambda v: v["roi"].update(size=[1.0, float("nan"), 1.0]),
        lambda v: v["clicks"][0].update(positionRas=[0.0, float("inf"), 0.0]),
        lambda v: v["clicks"][0].update(label=7),
        lambda v: v["clicks"][0].update(number=float("inf")),
    ],
)
def test_prompts_that_no_markups_or_image_can_hold_are_damaged(segment, change):
    RECORD.writeTo(segment)
    segment.SetTag("SAMMoE.prompts", damaged(change))
    with pytest.raises(PromptError, match="cannot be read"):
        Provenance.readFrom(segment)


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("scores", '{"vessel": "sure"}'),
        ("scores", "[1]"),
        ("tau", "NaN"),
        ("expert", "3"),
        ("voxelsHash", "null"),
        ("options", '{"follow": "no"}'),
        ("options", '{"gate_click": 1.5}'),
        ("options", '{"muted": [1]}'),
    ],
)
def test_a_value_of_another_type_is_damage(segment, tag, text):
    RECORD.writeTo(segment)
    segment.SetTag(f"SAMMoE.{tag}", text)
    with pytest.raises(PromptError, match="cannot be read"):
        Provenance.readFrom(segment)


class Compared(SegmentVoxels):
    """Voxels that count how often they are compared."""

    count = 0

    def isSameAs(self, other):
        Compared.count += 1
        return super().isSameAs(other)


def test_masks_that_differ_are_not_compared_voxel_by_voxel():
    masks = []
    for index in range(20):
        mask = np.ones((2, 3, 5), bool)
        mask.ravel()[index + 1] = False
        masks.append(Compared(mask, MASK.box_ijk, GRIDS["oblique"]))
    edits = [HandEdit(n, *pair) for n, pair in enumerate(itertools.pairwise(masks), start=1)]
    values = promptsToJson(PromptState(edits=tuple(edits)))
    assert len(values["voxels"]) == 20
    assert [(edit["before"], edit["left"]) for edit in values["edits"]] == [
        (n, n + 1) for n in range(19)
    ]
    assert Compared.count == 18  # each that was left, with itself
