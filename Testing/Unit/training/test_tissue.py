"""The tissue head: it and the encoders learn from label maps what every place is."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sammoe.model.compact import build_compact
from sammoe.model.compact.tissue_head import TISSUES
from sammoe.training.objectives import GeneralObjective
from sammoe.training.schedule import TrainingOptions
from sammoe.training.synthetic.appearance import OUTSIDE
from sammoe.training.synthetic.canvas import Kind
from sammoe.training.synthetic.scenes import SceneStore
from sammoe.training.synthetic.views import sample_views
from sammoe.training.tissue_loss import tissue_loss
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


def test_encoders_and_head_learn_what_every_place_is(store, backbone):
    objective = GeneralObjective(backbone, backbone.new_decoder())
    trainer = Trainer(objective, SyntheticViews(store), options=OPTIONS)
    gradients = trainer.gradients()
    assert gradients["backbone.tissue_head.out.weight"].abs().sum() > 0
    before = said_about(store, backbone)
    for _ in range(OPTIONS.steps):
        trainer.train_step()
    assert said_about(store, backbone) < before


def test_places_beyond_the_scene_count_for_nothing(store, backbone):
    batch = sample_views(store, np.random.default_rng(3), views=2, objects=1, size=16)
    images = backbone.encode_image(batch.patches)
    nowhere = torch.full_like(batch.tissue, OUTSIDE)
    assert tissue_loss(backbone, images, nowhere) == 0
    half_known = torch.where(torch.arange(16) < 8, batch.tissue, OUTSIDE)
    other = torch.where(torch.arange(16) < 8, batch.tissue, batch.tissue * 0 + OUTSIDE)
    assert tissue_loss(backbone, images, half_known) == tissue_loss(backbone, images, other) > 0


def test_scans_without_known_tissue_leave_the_head_alone(store, backbone):
    class Unknown(SyntheticViews):
        def sample(self, *args, **kwargs):
            return replace(super().sample(*args, **kwargs), tissue=None)

    objective = GeneralObjective(backbone, backbone.new_decoder())
    gradients = Trainer(objective, Unknown(store), options=OPTIONS).gradients()
    assert gradients["backbone.tissue_head.out.weight"].abs().sum() == 0


@torch.no_grad()
def said_about(store, backbone):
    batch = sample_views(store, np.random.default_rng(5), views=8, objects=1, size=16)
    return float(tissue_loss(backbone, backbone.encode_image(batch.patches), batch.tissue))
