# ruff: noqa: E402  what follows needs the skips before it
"""Fixtures as nouns: an application with the module open, a CT in its scene, an engine."""

import os
import sys
import tempfile
from pathlib import Path
from traceback import format_exception

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
slicer = pytest.importorskip("slicer", reason="slicer-core is not installed here")
IN_SLICER = hasattr(slicer, "app")
if not IN_SLICER:
    pytest.importorskip(
        "slicer_layer.pythonqt",
        reason="PySide6-Essentials is not installed here",
        exc_type=ImportError,
    )

from grids import GRIDS, ellipsoid_volume
from panel_driver import PanelDriver
from three_experts import ThreeExpertsClient
from tiny_bundle import write_tiny_bundle

if IN_SLICER:
    from real_application import RealApplication

    _application = RealApplication()
    # These look at the layer itself, press keys with PySide6, or answer Slicer's own dialogs.
    names = ("layer", "history", "models", "mouse", "module", "worker", "worklist", "confirm")
    names += (
        "mouse_navigation",
        "drawing",
        "giving_up",
        "presentation",
        "working_day",
        "dependencies",
        "training",
    )
    collect_ignore = [f"test_{name}.py" for name in names]
else:
    import slicer_layer

    _folder = tempfile.TemporaryDirectory(prefix="slicer-layer-", ignore_cleanup_errors=True)
    _application = slicer_layer.install(Path(_folder.name))  # now: tests import qt at file scope
collect_ignore_glob = ["run_in_slicer.py"]

from fake_training import FakeTrainings
from panel_trainings import CODE, prepare
from sammoe import MaskPrompt
from SAMMoESlicerLib.Bridge.Example import Example
from SAMMoESlicerLib.ExampleStore import ExampleStore
from SAMMoESlicerLib.TrainingPace import KnownPaces, TrainingPace


@pytest.fixture(scope="session")
def application():
    """Slicer, as far as a module sees it; one a process."""
    return _application


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory):
    """A small model with random weights."""
    return write_tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny").path


@pytest.fixture
def raised(monkeypatch):
    """Exceptions that Qt or VTK printed instead of raising; a test ends without any."""
    seen = []
    monkeypatch.setattr(
        sys, "excepthook", lambda *exception: seen.append("".join(format_exception(*exception)))
    )
    yield seen
    assert not seen, "\n".join(seen)


@pytest.fixture
def realDriver(application, tiny_bundle, raised, monkeypatch):
    """The open module with its real worker."""
    monkeypatch.setenv("SAMMOE_BUNDLE", str(tiny_bundle))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    application.reset()
    driver = PanelDriver(application)
    yield driver
    driver.close()


@pytest.fixture
def client():
    return ThreeExpertsClient()


@pytest.fixture
def driver(realDriver, client):
    """The open module with an engine that answers at once."""
    realDriver.session.worker.useClient(client)
    return realDriver


@pytest.fixture
def ellipsoid():
    """A volume with an ellipsoid on an oblique grid: volume, mask (KJI), centre (RAS)."""
    return ellipsoid_volume(GRIDS["oblique"], (40, 36, 24), radii_mm=(11.0, 9.0, 12.0))


@pytest.fixture
def centre(ellipsoid):
    return ellipsoid[2]


@pytest.fixture
def volumeNode(application, realDriver, ellipsoid):
    """An oblique CT, chosen on the panel."""
    node = application.mrml.addVolume(ellipsoid[0])
    realDriver.ui.volumeSelector.setCurrentNode(node)
    realDriver.turn()
    return node


@pytest.fixture
def segmented(driver, volumeNode, centre):
    """The panel after one click in the ellipsoid; returns the result."""
    from SAMMoESlicerLib.Bridge import PromptRole

    driver.press("positiveButton")
    return driver.click_and_wait(PromptRole.POSITIVE, centre)


@pytest.fixture
def view(driver, application, volumeNode, centre):
    """An axial slice view through the ellipsoid's centre."""
    from slice_view import SliceView

    view = SliceView(application.mrml.scene, application.app.applicationLogic())
    view.show(volumeNode)
    view.node.JumpSliceByCentering(*centre)
    view.render()
    application.views.append(view)
    yield view
    application.views.remove(view)
    view.close()


@pytest.fixture
def placing(driver, view, centre):
    """The mouse places points, and one was clicked; the segment's id."""
    from mouse_clicks import clickAndWait

    driver.press("positiveButton")
    return clickAndWait(driver, view, centre)


@pytest.fixture
def window(application, driver):
    """The main window with the panel in it, in front."""
    from PySide6.QtTest import QTest

    application.mainWindow.setCentralWidget(driver.widget.parent)
    application.mainWindow.show()
    application.mainWindow.activateWindow()
    assert QTest.qWaitForWindowActive(application.mainWindow, 5000)
    yield application.mainWindow
    application.mainWindow.takeCentralWidget()
    application.mainWindow.hide()


@pytest.fixture
def trainings(driver, paces):
    """Processes that do what the test says, on a computer where everything is installed."""
    trainings = FakeTrainings()
    prepare(driver, trainings)
    return trainings


@pytest.fixture
def paces(driver, application):
    """How fast this computer trains: 0.5 s a step, and 400 s at the end."""
    paces = KnownPaces(application.app.userSettings())
    paces.keep(driver.panel._bundleChoice.card().architecture, TrainingPace(0.5, 400.0))
    return paces


@pytest.fixture
def taught(driver, tmp_path):
    """A folder with three examples of a liver, in use."""
    store = ExampleStore(tmp_path / "taught")
    for number in range(3):
        volume, mask, _ = ellipsoid_volume(
            GRIDS["oblique"], (20, 18 + number, 12), radii_mm=(6.0, 5.0, 8.0)
        )
        box = [(0, 0, 0), mask.shape[::-1]]
        store.submit(volume, Example("Liver", MaskPrompt(mask, box), terminology=CODE))
    driver.panel.teach.teaching.useFolder(store.folder)
    driver.turn()
    return store
