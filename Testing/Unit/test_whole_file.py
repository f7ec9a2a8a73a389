"""A file that is there in full, as it was meant, or not at all."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from full_disk import disk_with_room_for
from sammoe.whole_file import PART_PREFIX, check_can_write, whole_file, written_whole

SOURCES = Path(__file__).parents[2] / "SAMMoESlicer"
POSIX = pytest.mark.skipif(os.name != "posix", reason="POSIX only")


def write(path, contents):
    with written_whole(path) as stream:
        stream.write(contents)


def test_a_file_appears_when_the_block_ends_and_an_earlier_one_is_replaced(tmp_path):
    path = tmp_path / "file.txt"
    for text in (b"first", b"second"):
        write(path, text)
        assert path.read_bytes() == text
    assert list(path.parent.iterdir()) == [path]


def test_a_block_that_fails_leaves_what_was_there_and_nothing_else(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("before")
    with pytest.raises(TypeError), whole_file(path) as part:
        part.write_text(None)
    assert path.read_text("utf-8") == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_the_temporary_name_ends_as_wanted_whatever_the_file_is_called(tmp_path):
    with whole_file(tmp_path / ("x" * 240 + ".img.NII"), ending=".nii") as part:
        assert part.name.startswith(PART_PREFIX)
        assert part.name.count(".") == 2
        assert part.suffix == ".nii"


@POSIX
def test_others_may_read_the_file_as_before_or_as_any_other_file(tmp_path):
    usual, whole = tmp_path / "usual", tmp_path / "whole"
    usual.touch()
    write(whole, b"text")
    assert whole.stat().st_mode == usual.stat().st_mode
    whole.chmod(0o640)
    write(whole, b"again")
    assert whole.stat().st_mode & 0o777 == 0o640


@POSIX
def test_a_link_is_followed_and_stays_a_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "file", tmp_path / "link"
    target.write_bytes(b"before")
    link.symlink_to(target)
    write(link, b"after")
    assert link.is_symlink()
    assert target.read_bytes() == b"after"


def test_what_is_read_back_must_be_what_was_written(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"before")

    def write_and_lose_some():
        with written_whole(path) as stream:
            stream.write(b"what was meant")
            (part,) = tmp_path.glob(f"{PART_PREFIX}*")
            part.write_bytes(b"what a full disk left")

    with pytest.raises(OSError, match="not what was written"):
        write_and_lose_some()
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_numpy_s_archives_are_written_like_any_bytes(tmp_path):
    values = np.random.default_rng(0).random(1000)
    with written_whole(tmp_path / "file.npz") as stream:
        np.savez_compressed(stream, values=values)
    with np.load(tmp_path / "file.npz") as arrays:
        np.testing.assert_array_equal(arrays["values"], values)


@POSIX
def test_a_full_disk_leaves_the_earlier_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"before")
    with disk_with_room_for(4096), pytest.raises(OSError, match="too large"):
        write(path, bytes(10_000))
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


@POSIX
def test_a_killed_writer_leaves_the_earlier_file_and_the_next_writer_sweeps(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"before")
    code = (
        "import os, signal\nfrom pathlib import Path\nfrom sammoe.whole_file import written_whole\n"
        "with written_whole(Path('file')) as stream:\n"
        "    stream.write(b'half')\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    killed = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment)
    assert killed.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"before"
    (left,) = tmp_path.glob(f"{PART_PREFIX}*")
    os.utime(left, (0, 0))
    with whole_file(path) as held:
        assert not left.exists()
        os.utime(held, (0, 0))
        write(path, b"beside a writer that lives")
        assert held.exists()
        held.write_bytes(b"after")
    assert path.read_bytes() == b"after"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_protected_against_writing_is_left_alone(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"before")
    path.chmod(0o444)
    for attempt in (lambda: check_can_write(path), lambda: write(path, b"after")):
        with pytest.raises(PermissionError, match="protected"):
            attempt()
    assert path.read_bytes() == b"before"


@POSIX
def test_a_pipe_is_written_to_as_it_is(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    check_can_write(pipe)
    write(pipe, b"a report")
    assert reader.communicate()[0] == b"a report"


OTHER_WRITERS = {
    "whole_file": "the writer itself",
    "download": "a part that may be gone on with, then the writer's rename",
    "worker/shared_volume": "memory, not a file anyone keeps",
    "evaluation/rows": "rows are appended to a file that is whole after each",
    "path_lock": "an empty file to lock",
}
WRITES = re.compile(r"\.write_(text|bytes)\(|open\([^)]*[\"'][wax]b?[\"']|WriteImage\(|save_file\(")


@pytest.mark.parametrize("path", sorted((SOURCES / "sammoe").rglob("*.py")), ids=lambda p: p.stem)
def test_nothing_else_in_the_library_writes_a_file(path):
    name = path.relative_to(SOURCES / "sammoe").with_suffix("").as_posix()
    assert name in OTHER_WRITERS or not WRITES.search(path.read_text("utf-8"))


@pytest.mark.parametrize("name", ["missing/file", "folder", "x" * 300])
def test_where_no_file_can_be_written_is_noticed_before_the_work(tmp_path, name):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match=r"folder|too long"):
        check_can_write(tmp_path / name)
    check_can_write(tmp_path / "fine")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
