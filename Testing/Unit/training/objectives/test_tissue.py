"""The tissue network and the head encoders learn by: what every place of a patch is."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sammoe.model.compact import build_compact
from sammoe.model.compact.tissue_net import TISSUES
from sammoe.training.anatomy.atlas import Atlas
from sammoe.training.anatomy.views import AnatomyViews
from sammoe.training.anatomy.wanted import Wanted
from sammoe.training.loop.schedule import TrainingOptions
from sammoe.training.loop.trainer import Trainer
from sammoe.training.objectives.general import GeneralObjective
from sammoe.training.objectives.tissue import TissueObjective
from sammoe.training.objectives.tissue_loss import object_loss, right_share, tissue_loss
from sammoe.training.synthetic.canvas import Kind
from sammoe.training.view_batch import NO_TISSUE
from small_body import small_body
from tiny_compact import TINY

OPTIONS = TrainingOptions(steps=30, size=16, views=4, objects=1, learning_rate=2e-3)


@pytest.fixture(scope="module")
def atlas():
    return Atlas([small_body()], [1.0], device=torch.device("cpu"))


@pytest.fixture
def backbone():
    torch.manual_seed(0)
    return build_compact(**TINY)[0]


def test_there_is_a_column_for_every_sort_of_structure():
    assert len(Kind) == TISSUES


def test_a_views_tissue_agrees_with_its_objects_and_ends_with_the_scene(atlas):
    source = AnatomyViews(atlas, Wanted(lesions=0.0))
    batch = source.sample(np.random.default_rng(0), views=4, objects=2, size=40)
    for row, mask, kind in zip(batch.rows, batch.masks, batch.kinds, strict=True):
        assert (batch.tissue[row][mask] == kind).float().mean() > 0.9
    assert set(batch.tissue.unique().tolist()) <= {*range(TISSUES), NO_TISSUE}


def test_the_network_learns_what_every_place_is_and_nothing_else_changes(atlas, backbone):
    before = {name: value.clone() for name, value in backbone.state_dict().items()}
    at_first = said_about(atlas, backbone)
    trainer = Trainer(TissueObjective(backbone), AnatomyViews(atlas), options=OPTIONS)
    for _ in range(OPTIONS.steps):
        trainer.train_step()
    assert said_about(atlas, backbone) < at_first
    after = backbone.state_dict()
    changed = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert changed
    assert all(name.startswith("tissue_net.") for name in changed)


def test_the_general_model_learns_tissue_with_its_encoders_and_leaves_the_network(atlas, backbone):
    objective = with_head(backbone)
    gradients = Trainer(objective, AnatomyViews(atlas), options=OPTIONS).gradients()
    assert gradients["tissue_head.out.weight"].abs().sum() > 0
    assert not any("tissue_net" in name for name in gradients)
    unknown = Trainer(with_head(backbone), Unknown(atlas))
    assert unknown.gradients()["tissue_head.out.weight"].abs().sum() == 0


def with_head(backbone):
    return GeneralObjective(
        backbone, backbone.new_decoder(), tissue_head=backbone.new_tissue_head()
    )


class Unknown(AnatomyViews):
    """Views as scans give them: nobody says what every voxel is."""

    def sample(self, *args, **kwargs):
        return replace(super().sample(*args, **kwargs), tissue=None)


def test_places_beyond_the_scene_count_for_nothing():
    tissue = torch.full((1, 8, 8, 8), NO_TISSUE, dtype=torch.uint8)
    logits = torch.randn(1, TISSUES, 4, 4, 4)
    assert tissue_loss(logits, tissue) == 0
    tissue[:, :4] = 3
    right = torch.zeros(1, TISSUES, 4, 4, 4)
    right[:, 3, :2] = 9.0
    right[:, 5, 2:] = 9.0
    assert tissue_loss(right, tissue) < 0.01
    assert right_share(right, tissue) == 1
    assert tissue_loss(-right, tissue) > 2


def test_an_object_is_named_by_the_mean_of_its_places_and_sorts_count_alike():
    tissue = torch.full((1, 16, 16, 16), 3, dtype=torch.uint8)
    objects = torch.ones_like(tissue)
    tissue[:, :4, :4, :8] = 6
    objects[:, :4, :4, :8] = 2
    right = torch.zeros(1, TISSUES, 8, 8, 8)
    right[:, 3] = 9.0
    only_large = object_loss(right, tissue, objects)
    right[:, 6, :2, :2, :4] = 18.0
    assert object_loss(right, tissue, objects) < 0.01
    assert only_large > 4  # The small object counts as much as all the rest.
    right[:, 6, 0, :2, :4] = 36.0
    right[:, 6, 1, :2, :4] = 0.0  # Half of its places are wrong, their mean is right.
    assert object_loss(right, tissue, objects) < 0.01


def test_objects_beyond_the_scene_or_of_a_few_voxels_are_not_judged():
    tissue = torch.full((2, 8, 8, 8), NO_TISSUE, dtype=torch.uint8)
    objects = torch.full_like(tissue, NO_TISSUE)
    logits = torch.randn(2, TISSUES, 4, 4, 4, requires_grad=True)
    object_loss(logits, tissue, objects).backward()
    assert logits.grad.abs().sum() == 0
    tissue[1, :2, :2, :2] = 5
    objects[1, :2, :2, :2] = 9
    assert object_loss(logits, tissue, objects) == 0


def test_the_first_weights_do_not_depend_on_the_network():
    def others(width):
        torch.manual_seed(1)
        backbone, decoder = build_compact(**TINY | {"tissue_width": width})
        state = backbone.state_dict() | decoder.state_dict()
        return {name: value for name, value in state.items() if "tissue_net" not in name}

    narrow, wide = others(2), others(4)
    assert all(torch.equal(value, wide[name]) for name, value in narrow.items())


def test_the_gate_hears_what_the_network_says_at_a_place(backbone):
    backbone.eval()
    with torch.no_grad():
        backbone.tissue_net.out.weight.zero_()
        backbone.tissue_net.out.bias.copy_(20.0 * (torch.arange(TISSUES) == 7))
        embedding = backbone.encode_image(torch.rand(1, 1, 16, 16, 16))
        local = backbone.local_features(embedding, torch.full((1, 1, 3), 8.0))
    first = backbone.local_dim // 2 - TISSUES
    assert local[0, 0, first : first + TISSUES].argmax() == 7


@torch.no_grad()
def said_about(atlas, backbone):
    batch = AnatomyViews(atlas).sample(np.random.default_rng(5), views=8, objects=1, size=16)
    return float(tissue_loss(backbone.tissue_net(batch.patches), batch.tissue))
