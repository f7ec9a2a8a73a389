"""A file that is there in full or not at all."""

import pytest

from sammoe.whole_file import whole_file


def test_a_file_appears_when_the_block_ends_and_an_earlier_one_is_replaced(tmp_path):
    path = tmp_path / "folder" / "file.txt"
    for text in ("first", "second"):
        with whole_file(path) as part:
            part.write_text(text)
        assert path.read_text() == text
    assert list(path.parent.iterdir()) == [path]


def test_a_block_that_fails_leaves_what_was_there_and_nothing_else(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("before")
    with pytest.raises(TypeError), whole_file(path) as part:
        part.write_text(None)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_others_may_read_the_file_as_any_other_file(tmp_path):
    usual, whole = tmp_path / "usual", tmp_path / "whole"
    usual.touch()
    with whole_file(whole) as part:
        part.write_text("text")
    assert whole.stat().st_mode == usual.stat().st_mode
