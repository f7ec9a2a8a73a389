"""A lock keeps others out, where the file system has locks."""

import errno
import os
import sys

import pytest

from sammoe.path_lock import path_lock

if sys.platform == "win32":
    pytest.skip("there msvcrt locks", allow_module_level=True)
import fcntl


def test_a_second_one_is_kept_out_and_then_let_in(tmp_path):
    with path_lock(tmp_path / "lock"), pytest.raises(BlockingIOError):
        path_lock(tmp_path / "lock", wait=False).__enter__()
    with path_lock(tmp_path / "lock", wait=False):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK])
def test_where_there_are_no_locks_the_work_is_done_all_the_same(tmp_path, monkeypatch, number):
    def refuse(*_arguments):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with path_lock(tmp_path / "lock"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_lock_in_a_folder_that_is_missing_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), path_lock(tmp_path / "missing" / "lock"):
        pass
