"""Installing models, and downloading weights from a server of our own."""

import hashlib
import io
import shutil
from pathlib import Path

import pytest
import qt
import torch

from file_server import FileServer
from random_sam_med3d import TINY, random_sam_med3d
from sammoe.bundle import read_bundle
from sammoe.bundle.install import install_bundle
from sammoe.errors import CheckpointError
from SAMMoESlicerLib.ModelInstaller import Checkpoint, ModelInstaller


def test_a_zip_of_a_bundle_is_installed_and_found(tiny_bundle, tmp_path):
    archive = shutil.make_archive(str(tmp_path / "tiny"), "zip", tiny_bundle)
    bundle = install_bundle(Path(archive), tmp_path / "library")
    assert bundle.card.name == "Tiny"
    assert [p.name for p in (tmp_path / "library").iterdir()] == [bundle.path.name]


def test_an_altered_bundle_is_refused_and_the_library_stays_as_it_was(tiny_bundle, tmp_path):
    altered = tmp_path / "altered"
    shutil.copytree(tiny_bundle, altered)
    (altered / "gate.safetensors").write_bytes(b"x")
    with pytest.raises(CheckpointError, match="altered"):
        install_bundle(altered, tmp_path / "library")
    assert list((tmp_path / "library").iterdir()) == []


def test_a_zip_that_points_outside_is_refused(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr("../evil", "x")
    with pytest.raises(CheckpointError, match="outside"):
        install_bundle(tmp_path / "evil.zip", tmp_path / "library")
    assert not (tmp_path / "evil").exists()


def test_a_model_installed_from_a_folder_is_used_at_once(driver, tiny_bundle):
    actions = driver.ui.bundleMenuButton.menu().actions()
    qt.QFileDialog.answers.append(str(tiny_bundle))
    actions[1].trigger()
    driver.wait_until(lambda: "installed and in use" in driver.notice, "the model")
    assert driver.ui.bundleComboBox.currentText == "Tiny"
    assert Path(driver.panel._bundleChoice.settings.bundle).is_dir()


def test_a_file_that_is_no_model_is_refused_plainly(driver, tmp_path):
    (tmp_path / "notes.zip").write_text("not a zip")
    qt.QFileDialog.answers.append(str(tmp_path / "notes.zip"))
    driver.ui.bundleMenuButton.menu().actions()[0].trigger()
    driver.wait_until(lambda: "no readable zip" in driver.notice, "the message")


def test_nothing_is_downloaded_without_a_yes(driver, application):
    driver.press("downloadButton")
    kind, question = application.messages[-1]
    assert kind == "question"
    assert "Apache-2.0" in question
    assert "402 MB" in question
    assert not driver.panel._installer.isBusy


@pytest.fixture
def an_installer(tmp_path, realDriver):
    """An installer of one file, what it says, and how to wait for it."""
    server = FileServer(bytes(range(256)) * 8192)
    installer = ModelInstaller(tmp_path / "models", tmp_path / "downloads")
    said = []
    installer.failed.connect(said.append)
    installer.installed.connect(said.append)

    def ended():
        installer.poll()
        return not installer.isBusy

    with server:
        yield installer, server, said, lambda: realDriver.wait_until(ended, "the end")


def checkpoint_of(server, **options):
    return Checkpoint("W", "weights.pth", server.url, 2, "Apache-2.0", "", "", **options)


def test_a_stopped_download_is_resumed_and_what_is_no_checkpoint_is_not_kept(
    an_installer, tmp_path
):
    installer, server, said, wait = an_installer
    server.stop_after = 1_000_000
    installer.download(checkpoint_of(server))
    wait()
    assert "connection failed" in said[0]
    assert installer.hasPart(checkpoint_of(server))
    installer.download(checkpoint_of(server))
    wait()
    assert server.ranges == [0, 1_000_000]
    assert "weights.pth" in said[1]
    assert "removed, try again" in said[1]
    assert not (tmp_path / "downloads" / "weights.pth").exists()
    assert not installer.hasPart(checkpoint_of(server))


def test_weights_without_a_known_hash_are_kept_once_they_could_be_installed(an_installer, tmp_path):
    installer, server, said, wait = an_installer
    _, _, state = random_sam_med3d(**TINY)
    stream = io.BytesIO()
    torch.save(state, stream)
    server.content = stream.getvalue()
    installer.download(checkpoint_of(server))
    wait()
    (folder,) = said
    digest = hashlib.sha256(server.content).hexdigest()
    assert read_bundle(folder).card.training["sha256"] == digest
    assert (tmp_path / "downloads" / "weights.pth").exists()
    installer.download(checkpoint_of(server))
    wait()
    assert said == [folder, folder]
    assert server.ranges == [0]


def test_weights_with_a_known_hash_and_size_are_checked_against_them(an_installer, tmp_path):
    installer, server, said, wait = an_installer
    for wrong in ({"sha256": "0" * 64}, {"size_bytes": 5}):
        installer.download(checkpoint_of(server, **wrong))
        wait()
    assert "wrong sha256" in said[0]
    assert "expected 5" in said[1]
    assert list((tmp_path / "downloads").iterdir()) == []
