"""Installing models, and downloading weights from a server of our own."""

import hashlib
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import qt

from sammoe.bundle.install import install_bundle
from sammoe.download import download
from sammoe.errors import CheckpointError
from SAMMoESlicerLib.ModelInstaller import Checkpoint, ModelInstaller

WEIGHTS = bytes(range(256)) * 8192  # 2 MB


class Server(ThreadingHTTPServer):
    """Serves WEIGHTS, whole or from a byte on; stops after `stop_after` bytes once."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.ranges, self.stop_after, self.stated = [], None, None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/weights.pth"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
        self.server.ranges.append(start)
        if self.path == "/weights.pth" and self.server.stated:
            self.send_response(302)
            self.send_header("X-Linked-ETag", f'"{self.server.stated}"')
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            return
        body = WEIGHTS[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        stop, self.server.stop_after = self.server.stop_after, None
        self.wfile.write(body if stop is None else body[:stop])

    def log_message(self, *_values):
        pass


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_download_arrives_whole_and_says_how_far_it_is(server, tmp_path):
    steps = []
    path = tmp_path / "new" / "weights.pth"
    download(server.url, path, progress=lambda received, total: steps.append((received, total)))
    assert path.read_bytes() == WEIGHTS
    assert steps[-1] == (len(WEIGHTS), len(WEIGHTS))


def test_a_download_that_broke_goes_on_where_it_was(server, tmp_path):
    path = tmp_path / "weights.pth"
    server.stop_after = 1_500_000
    with pytest.raises(CheckpointError, match="try again"):
        download(server.url, path)
    assert not path.exists()
    download(server.url, path, sha256=hashlib.sha256(WEIGHTS).hexdigest())
    assert path.read_bytes() == WEIGHTS
    assert server.ranges == [0, 1_500_000]


@pytest.mark.parametrize("stated", [False, True])
def test_a_damaged_download_is_refused_and_begins_anew_next_time(server, tmp_path, stated):
    path = tmp_path / "weights.pth"
    server.stated = "0" * 64 if stated else None
    with pytest.raises(CheckpointError, match="damaged"):
        download(server.url, path, sha256=None if stated else "0" * 64)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_says_no_is_quoted(server, tmp_path):
    server.RequestHandlerClass = type(
        "Refuses", (Handler,), {"do_GET": lambda self: self.send_error(404)}
    )
    with pytest.raises(CheckpointError, match="404"):
        download(server.url, tmp_path / "weights.pth")


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


def test_a_stopped_download_is_resumed_and_can_be_removed(server, tmp_path, realDriver):
    checkpoint = Checkpoint("W", "weights.pth", server.url, 2, "Apache-2.0", "", "")
    installer = ModelInstaller(tmp_path / "models", tmp_path / "downloads")
    failures = []
    installer.failed.connect(failures.append)
    server.stop_after = 1_000_000

    def poll():
        installer.poll()
        return len(failures)

    installer.download(checkpoint)
    realDriver.wait_until(lambda: poll() == 1, "the broken connection")
    assert installer.hasPart(checkpoint)
    installer.download(checkpoint)
    realDriver.wait_until(lambda: poll() == 2, "the end")
    assert (tmp_path / "downloads" / "weights.pth").read_bytes() == WEIGHTS
    assert "weights.pth" in failures[-1]  # it arrived, and is no checkpoint
    installer.removeDownloads()
    assert not installer.hasDownloads
