"""Downloads: resumed only where it is the same file, and never kept unless it is the right one."""

import errno
import hashlib
import io
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from file_server import FileServer
from sammoe.download import download
from sammoe.errors import CheckpointError, DownloadError
from sammoe.path_lock import path_lock
from sammoe.worker.process import worker_environment

WEIGHTS = bytes(range(256)) * 8192  # 2 MB
OTHER = WEIGHTS[::-1]
PAGE = b"<!DOCTYPE html>\n<html><body>Please log in</body></html>"
STOP = 1_500_000


@pytest.fixture
def server():
    with FileServer(WEIGHTS) as server:
        yield server


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "weights.pth"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def broken_off(server, path):
    server.stop_after = STOP
    with pytest.raises(DownloadError, match=r"connection failed.*try again"):
        download(server.url, path)
    assert not path.exists()


def test_a_download_arrives_whole_and_says_how_far_it_is(server, path):
    steps = []
    digest = download(server.url, path, progress=lambda *step: steps.append(step))
    assert path.read_bytes() == WEIGHTS
    assert digest == sha256(WEIGHTS)
    assert steps[-1] == (len(WEIGHTS), len(WEIGHTS))
    assert [file.name for file in path.parent.iterdir()] == ["weights.pth"]


def test_a_download_that_broke_goes_on_where_it_was(server, path):
    broken_off(server, path)
    download(server.url, path)
    assert path.read_bytes() == WEIGHTS
    assert server.ranges == [0, STOP]


def test_a_file_that_has_changed_meanwhile_is_fetched_from_its_beginning(server, path):
    broken_off(server, path)
    server.content = OTHER
    download(server.url, path)
    assert path.read_bytes() == OTHER


def test_without_a_mark_to_know_the_file_by_it_is_fetched_from_its_beginning(server, path):
    server.headers = {"ETag": None}
    broken_off(server, path)
    server.content = OTHER
    download(server.url, path)
    assert path.read_bytes() == OTHER
    assert server.ranges == [0, 0]


def test_a_known_hash_is_mark_enough(server, path):
    server.headers = {"ETag": None}
    broken_off(server, path)
    download(server.url, path, sha256=sha256(WEIGHTS).upper())
    assert server.ranges == [0, STOP]


def test_a_part_of_another_address_is_not_gone_on_with(server, path):
    broken_off(server, path)
    with FileServer(OTHER) as other:
        download(other.url, path)
    assert path.read_bytes() == OTHER


@pytest.mark.parametrize(
    "headers",
    [{"Content-Range": "bytes 7-9/10"}, {"Content-Range": "nonsense"}, {"Content-Range": None}],
)
def test_a_partial_answer_that_is_not_the_rest_is_not_believed(server, path, headers):
    broken_off(server, path)
    server.headers = headers
    download(server.url, path)
    assert path.read_bytes() == WEIGHTS
    assert server.ranges == [0, STOP, 0]


def test_a_partial_answer_from_another_byte_on_is_not_believed(server, path):
    broken_off(server, path)
    server.partial_from = STOP - 10
    download(server.url, path)
    assert path.read_bytes() == WEIGHTS


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "application/octet-stream"])
def test_a_login_page_is_never_kept_and_does_not_block_the_next_try(server, path, content_type):
    server.content, server.headers = PAGE, {"Content-Type": content_type}
    with pytest.raises(DownloadError, match="a web page came"):
        download(server.url, path)
    assert [file for file in path.parent.iterdir() if file.suffix != ".lock"] == []
    server.content, server.headers = WEIGHTS, {}
    download(server.url, path)
    assert path.read_bytes() == WEIGHTS


def test_a_login_page_in_the_middle_leaves_the_part_that_is_here(server, path):
    broken_off(server, path)
    server.content, server.headers = PAGE, {"Content-Type": "text/html"}
    with pytest.raises(DownloadError, match="a web page came"):
        download(server.url, path)
    server.content, server.headers = WEIGHTS, {}
    download(server.url, path)
    assert server.ranges == [0, STOP, STOP]
    assert path.read_bytes() == WEIGHTS


def test_an_empty_file_is_never_kept(server, path):
    server.content = b""
    with pytest.raises(DownloadError, match="an empty file"):
        download(server.url, path)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("stated", [False, True])
def test_a_damaged_download_is_refused_and_begins_anew_next_time(server, path, stated):
    server.stated = "0" * 64 if stated else None
    with pytest.raises(DownloadError, match="damaged"):
        download(server.url, path, sha256=None if stated else "0" * 64)
    assert list(path.parent.iterdir()) == []


def test_another_size_than_expected_is_refused_before_anything_comes(server, path):
    with pytest.raises(DownloadError, match="expected 5"):
        download(server.url, path, size=5)
    assert list(path.parent.iterdir()) == []


def test_an_answer_whose_length_nobody_knows_is_refused_unless_it_can_be_checked(server, path):
    server.headers = {"Content-Length": None}
    with pytest.raises(DownloadError, match="how long"):
        download(server.url, path)
    download(server.url, path, sha256=sha256(WEIGHTS))
    assert path.read_bytes() == WEIGHTS


def test_a_file_that_is_here_and_right_is_not_fetched_again(server, path):
    download(server.url, path)
    assert download(server.url, path, sha256=sha256(WEIGHTS)) == sha256(WEIGHTS)
    assert server.ranges == [0]


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://host/x", "data:,x", "weights.pth", ""]
)
def test_only_the_web_is_downloaded_from(path, url):
    with pytest.raises(DownloadError, match="only http and https"):
        download(url, path)


def test_a_redirect_out_of_the_web_is_not_followed(server, path, tmp_path):
    (tmp_path / "secret").write_text("secret")
    for target in (f"file://{tmp_path}/secret", "ftp://127.0.0.1/secret"):
        server.moved_to = target
        with pytest.raises(DownloadError):
            download(server.url, path)
        assert not path.exists()


@pytest.mark.parametrize(("status", "words"), [(404, "404"), (403, "403.*login"), (500, "500")])
def test_a_server_that_says_no_is_quoted(server, path, status, words):
    server.status = status
    with pytest.raises(DownloadError, match=words):
        download(server.url, path)


def test_a_line_that_is_down_is_no_fault_of_a_checkpoint(path):
    with FileServer(b"") as closed:
        url = closed.url
    with pytest.raises(DownloadError, match="connection failed") as raised:
        download(url, path)
    assert not isinstance(raised.value, CheckpointError)


def test_a_disk_without_room_is_called_full_before_anything_comes(server, path, monkeypatch):
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(DownloadError, match=r"the disk with .* is full"):
        download(server.url, path)


def test_a_disk_that_fills_up_is_called_full(server, path, monkeypatch):
    class Full(io.FileIO):
        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    opened = Path.open

    def open_full(self, mode="r", *arguments, **options):
        full = mode == "ab" and self.suffix == ".part"
        return Full(self, "a") if full else opened(self, mode, *arguments, **options)

    monkeypatch.setattr(Path, "open", open_full)
    with pytest.raises(DownloadError, match=r"is full: No space left"):
        download(server.url, path)


def test_two_at_once_do_not_write_into_each_other(server, path):
    path.parent.mkdir()
    with (
        path_lock(path.with_name("weights.pth.part.lock")),
        pytest.raises(DownloadError, match="being downloaded already"),
    ):
        download(server.url, path)


def test_the_command_prints_how_far_it_is_and_the_hash(server, path):
    command = [sys.executable, "-m", "sammoe.cli", "download", server.url, str(path)]
    run = subprocess.run(
        command, env=worker_environment(), capture_output=True, text=True, encoding="utf-8"
    )
    assert run.returncode == 0, run.stderr
    *steps, last = run.stdout.splitlines()
    assert steps[-1] == f"{len(WEIGHTS)} {len(WEIGHTS)}"
    assert last == f"{path} sha256 {sha256(WEIGHTS)}"
    command[-2] = "file:///etc/passwd"
    run = subprocess.run(
        command, env=worker_environment(), capture_output=True, text=True, encoding="utf-8"
    )
    assert run.returncode == 2
    assert len(run.stderr.splitlines()) == 1
