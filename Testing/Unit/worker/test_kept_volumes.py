"""A volume that is chosen again is not sent again."""

import numpy as np
import pytest

from grids import GRIDS
from sammoe import Volume, WorkerError
from sammoe.worker import kept_volumes
from sammoe.worker.kept_volumes import KeptVolumes
from scripted_predictor import ball_result
from worker_peers import click_at

SIZE = 60


def a_volume(seed, *, grid="oblique"):
    voxels = np.random.default_rng(seed).integers(-1000, 2000, (SIZE, SIZE, SIZE))
    return Volume(voxels.astype(np.int16), GRIDS[grid])


def copy_of(volume):
    return Volume(volume.array_kji.copy(), volume.ijk_to_ras.copy())


def tapped(path, command):
    """Return a command that runs another and keeps what goes into it in a file."""
    return ["sh", "-c", 'tee "$0" | "$@"', str(path), *command]


def answers_right(client, volume):
    click = click_at(volume, (30, 20, 25))
    result = client.wait(client.predict(click)).result
    np.testing.assert_array_equal(result.mask_kji, ball_result(volume, click).mask_kji)
    return result.scores == ball_result(volume, click).scores


@pytest.fixture
def a_tapped_client(a_client, scripted, tmp_path):
    """A client without shared memory, and what has gone through its pipe."""
    client = a_client(tapped(tmp_path / "seen", scripted), shared_memory=False)
    client.wait(client.start())
    return client, lambda: (tmp_path / "seen").stat().st_size


def test_an_earlier_volume_chosen_again_is_only_named(a_tapped_client):
    client, sent_bytes = a_tapped_client
    first, second = a_volume(1), a_volume(2)
    for volume in (first, second):
        client.wait(client.set_volume(volume))
    sent = sent_bytes()
    for volume in (first, second, copy_of(first)):
        client.wait(client.set_volume(volume))
        assert answers_right(client, volume)
    assert sent_bytes() - sent < 10_000


def test_a_volume_with_one_other_voxel_or_another_grid_is_sent(a_tapped_client):
    client, sent_bytes = a_tapped_client
    first = a_volume(1)
    other = copy_of(first)
    other.array_kji[3, 4, 5] += 1
    for volume in (first, other, a_volume(1, grid="left-handed")):
        sent = sent_bytes()
        client.wait(client.set_volume(volume))
        assert sent_bytes() - sent > volume.array_kji.nbytes / 2
        assert answers_right(client, volume)


def test_volumes_chosen_in_quick_succession_end_with_the_last_one(a_client, scripted):
    client = a_client(scripted)
    volumes = [a_volume(seed) for seed in range(3)]
    for turn in range(12):
        newest = volumes[turn % 3]
        id = client.set_volume(newest)
        if turn % 4 == 0:
            client.wait(id)
    client.wait(id)
    assert answers_right(client, newest)


def test_a_fresh_worker_is_told_everything_again(a_client, scripted):
    client = a_client(scripted)
    volumes = [a_volume(seed) for seed in range(2)]
    for volume in (*volumes, volumes[0]):
        client.wait(client.set_volume(volume))
    client.restart()
    assert answers_right(client, volumes[0])
    client.wait(client.set_volume(volumes[1]))
    assert answers_right(client, volumes[1])


def test_no_more_is_kept_than_there_is_room_for(monkeypatch):
    volumes = [a_volume(seed) for seed in range(6)]
    kept = KeptVolumes(most_bytes=2 * volumes[0].array_kji.nbytes)
    for volume in volumes[:4]:
        kept.choose(volume)
    kept.choose(volumes[2])
    assert [key for key, *_ in kept.describe()] == [volumes[n].content_hash for n in (1, 3, 2)]
    with pytest.raises(WorkerError, match="choose it again"):
        kept.get(volumes[0].content_hash)
    many = KeptVolumes()
    for volume in volumes:
        many.choose(volume)
    assert len(many.describe()) == kept_volumes.KEPT_VOLUMES
    single = KeptVolumes(most_bytes=0)
    for volume in volumes:
        single.choose(volume)
    assert single.get(volumes[-1].content_hash) is volumes[-1]
    assert len(single.describe()) == 1
