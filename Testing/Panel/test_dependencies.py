"""The packages the worker needs: asked for, installed by Slicer's own means, or not."""

import importlib
import subprocess

import pytest

from missing_packages import Missing


def test_torch_comes_from_the_pytorch_extension_after_asking(application):
    import PyTorchUtils

    PyTorchUtils.PyTorchUtilsLogic.installs.clear()
    Missing(["torch"]).ensure()
    assert PyTorchUtils.PyTorchUtilsLogic.installs == [True]


@pytest.fixture
def packaging():
    """Slicer's installer; like its own module it is no attribute before it is imported."""
    packaging = importlib.import_module("slicer.packaging")
    packaging.asked.clear()
    yield packaging
    packaging.error = None


def test_other_packages_come_by_slicers_own_installer(application, packaging):
    Missing(["safetensors"]).ensure()
    assert packaging.asked == [["safetensors>=0.4"]]


def test_a_no_to_the_installation_is_no_failure(application, packaging):
    packaging.error = RuntimeError("declined")
    assert not Missing(["safetensors"]).ensure()


@pytest.mark.parametrize("name", ["torch", "safetensors"])
def test_an_installation_that_fails_lifts_the_button_and_is_said(
    driver, volumeNode, packaging, name
):
    import PyTorchUtils

    error = subprocess.CalledProcessError(1, ["pip", "install"])
    PyTorchUtils.PyTorchUtilsLogic.error = packaging.error = error
    try:
        driver.panel.model.workerStart.dependencies = Missing([name])
        driver.press("positiveButton")
    finally:
        PyTorchUtils.PyTorchUtilsLogic.error = None
    assert not driver.ui.positiveButton.checked
    assert f"installation of {name} failed" in driver.notice


def test_without_the_packages_no_prompt_is_placed(driver, volumeNode):
    driver.panel.model.workerStart.dependencies = Missing(["safetensors"])
    driver.press("positiveButton")
    assert not driver.ui.positiveButton.checked
    assert "packages" in driver.notice
