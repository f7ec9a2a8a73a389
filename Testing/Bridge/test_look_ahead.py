import pytest

from fake_client import FakeClient
from grids import GRIDS, ellipsoid_volume
from sammoe import PredictOptions
from SAMMoESlicerLib.Bridge import Click, PromptState
from SAMMoESlicerLib.PredictionWorker import PredictionWorker

OPTIONS = PredictOptions(muted=("lesion",))
HERE = PromptState((Click(1, 1, (1.0, 2.0, 3.0)),))


@pytest.fixture
def volume():
    return ellipsoid_volume(GRIDS["oblique"], (20, 18, 16), radii_mm=(6, 5, 8))[0]


def test_only_a_ready_engine_looks_ahead_and_only_with_consent(volume):
    client = FakeClient()
    worker = PredictionWorker(client)
    worker.lookAhead(HERE, OPTIONS, volume)
    assert (client.looked_ahead, client.volumes) == ([], [])
    worker.start()
    worker.lookAhead(HERE, OPTIONS, volume)
    assert client.looked_ahead == []  # still starting
    worker.poll()
    worker.mayStart = lambda: False
    worker.lookAhead(HERE, OPTIONS, volume)
    assert (client.looked_ahead, client.volumes) == ([], [])
    worker.mayStart = lambda: True
    worker.lookAhead(HERE, OPTIONS, volume)
    ((prompts, options),) = client.looked_ahead
    assert prompts.points_ras.tolist() == [[1.0, 2.0, 3.0]]
    assert options == OPTIONS
    assert client.volumes == [volume]
    assert client.asked == []
