"""The tissue network and the head encoders learn by: what every place of a patch is."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sammoe.model.compact import build_compact
from sammoe.model.compact.tissue_net import TISSUES
from sammoe.training.objectives import GeneralObjective, TissueObjective
from sammoe.training.schedule import TrainingOptions
from sammoe.training.synthetic.appearance import OUTSIDE
from sammoe.training.synthetic.canvas import Kind
from sammoe.training.synthetic.scenes import SceneStore
from sammoe.training.synthetic.views import sample_views
from sammoe.training.tissue_loss import right_share, tissue_loss
from sammoe.training.trainer import Trainer
from sammoe.training.views import SyntheticViews
from tiny_compact import TINY

OPTIONS = TrainingOptions(steps=30, size=16, views=4, objects=1, learning_rate=2e-3)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = SceneStore(tmp_path_factory.mktemp("scenes"))
    store.fill(range(2))
    return store


@pytest.fixture
def backbone():
    torch.manual_seed(0)
    return build_compact(**TINY)[0]


def test_there_is_a_column_for_every_sort_of_structure():
    assert len(Kind) == TISSUES


def test_a_views_tissue_agrees_with_its_objects_and_ends_with_the_scene(store):
    batch = sample_views(store, np.random.default_rng(0), views=4, objects=2, size=24)
    for row, mask, kind in zip(batch.rows, batch.masks, batch.kinds, strict=True):
        assert (batch.tissue[row][mask] == kind).all()
    assert set(batch.tissue.unique().tolist()) <= {*range(TISSUES), OUTSIDE}


def test_the_network_learns_what_every_place_is_and_nothing_else_changes(store, backbone):
    before = {name: value.clone() for name, value in backbone.state_dict().items()}
    at_first = said_about(store, backbone)
    trainer = Trainer(TissueObjective(backbone), SyntheticViews(store), options=OPTIONS)
    for _ in range(OPTIONS.steps):
        trainer.train_step()
    assert said_about(store, backbone) < at_first
    after = backbone.state_dict()
    changed = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert changed
    assert all(name.startswith("tissue_net.") for name in changed)


def test_the_general_model_learns_tissue_with_its_encoders_and_leaves_the_network(store, backbone):
    objective = GeneralObjective(backbone, backbone.new_decoder())
    gradients = Trainer(objective, SyntheticViews(store), options=OPTIONS).gradients()
    assert gradients["tissue_head.out.weight"].abs().sum() > 0
    assert not any("tissue_net" in name for name in gradients)
    unknown = Trainer(GeneralObjective(backbone, backbone.new_decoder()), Unknown(store))
    assert unknown.gradients()["tissue_head.out.weight"].abs().sum() == 0


class Unknown(SyntheticViews):
    """Views as scans give them: nobody says what every voxel is."""

    def sample(self, *args, **kwargs):
        return replace(super().sample(*args, **kwargs), tissue=None)


def test_places_beyond_the_scene_count_for_nothing():
    tissue = torch.full((1, 8, 8, 8), OUTSIDE, dtype=torch.uint8)
    logits = torch.randn(1, TISSUES, 4, 4, 4)
    assert tissue_loss(logits, tissue) == 0
    tissue[:, :4] = 3
    right = torch.zeros(1, TISSUES, 4, 4, 4)
    right[:, 3, :2] = 9.0
    right[:, 5, 2:] = 9.0
    assert tissue_loss(right, tissue) < 0.01
    assert right_share(right, tissue) == 1
    assert tissue_loss(-right, tissue) > 2


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
def said_about(store, backbone):
    batch = sample_views(store, np.random.default_rng(5), views=8, objects=1, size=16)
    return float(tissue_loss(backbone.tissue_net(batch.patches), batch.tissue))
