"""A bundle of many experts costs what the experts in use cost."""

import pytest
import torch
from safetensors.torch import save_file

from sammoe import CheckpointError
from sammoe.bundle import build_model, read_bundle
from sammoe.bundle.reader import Bundle
from tiny_bundle import write_tiny_bundle


@pytest.fixture
def bundle(tmp_path):
    return read_bundle(write_tiny_bundle(tmp_path / "tiny").path)


def test_an_expert_is_read_at_its_first_use_and_once(bundle, monkeypatch):
    read, made = [], []
    expert = Bundle.expert
    monkeypatch.setattr(Bundle, "expert", lambda self, id: read.append(id) or expert(self, id))
    model = build_model(bundle, when_used=made.append)
    assert model.expert_ids == ("liver", "vessels")
    assert read == []
    heard = []
    model.on_expert.append(heard.append)
    decoder = model.decoder("vessels")
    assert model.decoder("vessels") is decoder
    assert read == ["vessels"]
    assert made == heard == [decoder]
    assert not decoder.training
    whole = build_model(bundle).decoder("vessels").state_dict()
    assert all(torch.equal(value, whole[name]) for name, value in decoder.state_dict().items())


def test_an_expert_that_does_not_fit_is_refused_before_it_is_used(bundle):
    file = bundle.path / "experts" / "liver.safetensors"
    save_file({"half_norm.weight": torch.zeros(3)}, file)
    with pytest.raises(CheckpointError, match="expert liver"):
        build_model(bundle, when_used=lambda _decoder: None)
    file.write_bytes(b"no weights")
    with pytest.raises(CheckpointError, match="safetensors"):
        build_model(bundle, when_used=lambda _decoder: None)


def test_an_expert_that_changed_meanwhile_is_not_used(bundle):
    model = build_model(bundle, when_used=lambda _decoder: None)
    state = {name: value + 1 for name, value in bundle.expert("liver").items()}
    save_file(state, bundle.path / "experts" / "liver.safetensors")
    with pytest.raises(CheckpointError, match="load the bundle again"):
        model.decoder("liver")
