"""The tissue head: it learns on frozen encoders, and from label maps alone."""

import numpy as np
import pytest
import torch

from sammoe.model.compact import build_compact
from sammoe.model.compact.tissue_head import TISSUES
from sammoe.training.schedule import TrainingOptions
from sammoe.training.synthetic.appearance import OUTSIDE
from sammoe.training.synthetic.canvas import Kind
from sammoe.training.synthetic.scenes import SceneStore
from sammoe.training.synthetic.views import sample_views
from sammoe.training.tissue_objective import TissueObjective
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


def test_only_the_head_learns_and_it_learns(store, backbone):
    before = {name: value.clone() for name, value in backbone.state_dict().items()}
    trainer = Trainer(TissueObjective(backbone), SyntheticViews(store), options=OPTIONS)
    losses = [trainer.train_step().loss for _ in range(OPTIONS.steps)]
    after = backbone.state_dict()
    changed = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert changed
    assert all(name.startswith("tissue_head.") for name in changed)
    assert np.mean(losses[-8:]) < np.mean(losses[:8])


def test_the_head_is_fixed_and_drawn_apart_unless_it_is_trained_on_purpose(backbone):
    assert not any(p.requires_grad for p in backbone.tissue_head.parameters())
    torch.manual_seed(99)
    other = build_compact(**TINY)[0]
    assert torch.equal(other.tissue_head.mix.weight, backbone.tissue_head.mix.weight)
    assert not torch.equal(other.image_encoder.stem.weight, backbone.image_encoder.stem.weight)
