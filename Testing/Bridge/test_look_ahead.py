import pytest
import vtk

from fake_client import FakeClient, FakeClock
from grids import GRIDS, ellipsoid_volume
from sammoe import PredictOptions
from SAMMoESlicerLib.Bridge import Click, PromptRole, PromptState
from SAMMoESlicerLib.LookAhead import REST_S, LookAhead
from SAMMoESlicerLib.PowerWatch import EVERY_S, PowerWatch
from SAMMoESlicerLib.PredictionWorker import PredictionWorker
from SAMMoESlicerLib.Signal import Signal

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


class AView:
    """A slice view as far as the mouse over it is concerned: interactor and slice node in one."""

    def __init__(self):
        self.calls = {}

    def AddObserver(self, event, call, _priority):
        self.calls[event] = call
        return event

    def RemoveObserver(self, event):
        del self.calls[event]

    def GetEventPosition(self):
        return 7, 8

    def GetXYToRAS(self):
        return vtk.vtkMatrix4x4()

    def move(self):
        self.calls["MouseMoveEvent"](self, "MouseMoveEvent")


class Placing:
    """Points inside an object are placed, or not."""

    def __init__(self):
        self.changed, self.role = Signal(), None

    def use(self, role):
        self.role = role
        self.changed.emit()


class Asked:
    """A session that takes note of where it is to look."""

    def __init__(self):
        self.places = []
        self.lookAhead = self.places.append


@pytest.mark.parametrize("onBattery", [False, True])
def test_where_the_mouse_rests_is_looked_at_but_on_a_battery(onBattery):
    clock, view, placing, session = FakeClock(), AView(), Placing(), Asked()
    power = PowerWatch(lambda: onBattery, clock=clock)
    assert not power.isOnBattery  # nobody knows yet
    power.wait()
    ahead = LookAhead(session, placing, views=lambda: [(view, view)], power=power, clock=clock)
    placing.use(PromptRole.POSITIVE)
    view.move()
    clock.advance(0.9 * REST_S)
    ahead.poll()
    assert session.places == []
    clock.advance(0.2 * REST_S)
    ahead.poll()
    ahead.poll()
    assert session.places == ([] if onBattery else [(7, 8, 0)])
    placing.use(None)
    assert view.calls == {}


def test_the_battery_is_asked_for_again_after_a_while():
    clock, answers = FakeClock(), iter([True, False])
    power = PowerWatch(lambda: next(answers), clock=clock)
    for expected in (False, True, True):
        assert power.isOnBattery is expected
        power.wait()
    clock.advance(EVERY_S)
    assert power.isOnBattery  # the last answer, until the next one is there
    power.wait()
    assert not power.isOnBattery
