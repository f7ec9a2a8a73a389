"""What the decoder is told of clicks in the image, computed by hand."""

import pytest
import torch

from sammoe.model.compact.guidance import click_maps, connectedness, sample_at


def test_sampling_at_a_voxel_centre_returns_that_voxel():
    features = torch.rand(1, 3, 4, 5, 6)
    found = sample_at(features, torch.tensor([[[1.0, 2, 3], [3, 4, 5]]]))
    torch.testing.assert_close(found[0, 0], features[0, :, 1, 2, 3])
    torch.testing.assert_close(found[0, 1], features[0, :, 3, 4, 5])


@pytest.mark.parametrize("shape", [(8, 12, 40), (4, 4, 6)])
def test_click_maps_are_the_literal_ones_and_0_far_away(shape):
    torch.manual_seed(0)
    patch = torch.randn(1, 1, *shape)
    points = torch.tensor([[[0.0, 1, 2], [0, 0, 4]]])
    found = click_maps(patch, points, torch.tensor([[1, -1]]))
    index = torch.stack(torch.meshgrid(*map(torch.arange, shape), indexing="ij"), -1)
    squared = ((index - points[0, 0]) ** 2).sum(-1)
    torch.testing.assert_close(found[0, 0], torch.exp(-squared / 2))
    torch.testing.assert_close(found[0, 1], torch.exp(-squared.sqrt() * 6 / shape[0]))
    near = {"stride": 1, "padding": 1, "count_include_pad": False}
    smooth = torch.nn.functional.avg_pool3d(patch, 3, **near)
    spread = torch.nn.functional.avg_pool3d((patch - smooth) ** 2, 3, **near)
    difference, variance = smooth - smooth[..., 0, 1, 2], spread[..., 0, 1, 2] + 0.05**2
    torch.testing.assert_close(found[:, 2], torch.exp(-(difference**2) / variance / 2)[0])
    assert not found[0, 3:6].any(), "nobody clicked on background"
    assert shape[2] < 20 or (found[0, 0, :, :, 20:] == 0).all()


def test_connectedness_is_the_weakest_link_of_the_best_path():
    affinity = torch.full((1, 1, 12, 12, 12), 0.2)
    affinity[..., :, :4, :4] = 0.9
    affinity[..., 8:, 8:, 8:] = 0.9
    seeds = torch.zeros_like(affinity)
    seeds[0, 0, 1, 1, 1] = 1.0
    reached = connectedness(affinity, seeds)[0, 0]
    assert reached[6, 1, 1] == pytest.approx(0.9)
    assert reached[10, 10, 10] <= 0.2 + 1e-6
