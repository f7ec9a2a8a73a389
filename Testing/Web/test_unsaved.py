"""Work that no file holds yet is noticed, whatever has changed it."""

import pytest

pytest.importorskip("trame_slicer", reason="trame-slicer is not installed here")


def save(work, kind="segmentation"):
    work.saving.confirm(work.saving.make(kind).receipt)


@pytest.fixture
def saved(work):
    """Work that was saved."""
    work.click()
    save(work)
    return work


def test_an_empty_list_and_a_segment_that_only_waits_for_its_first_click_hold_nothing(work):
    assert not work.unsaved.exists
    work.worklist.ensure_chosen()
    assert not work.unsaved.exists
    work.click()
    assert work.unsaved.exists


@pytest.mark.parametrize("kind", ["segmentation", "labels", "scene"])
def test_a_file_that_holds_the_segments_saves_them(work, kind):
    work.click()
    save(work, kind)
    assert not work.unsaved.exists


@pytest.mark.parametrize("kind", ["prompts", "report"])
def test_a_file_without_the_segments_saves_nothing(work, kind):
    work.click()
    save(work, kind)
    assert work.unsaved.exists


CHANGES = {
    "a click": lambda work: work.click(),
    "a scribble": lambda work: work.scribble(2.0, is_object=False),
    "undo": lambda work: work.session.undo(),
    "reset": lambda work: work.session.reset(),
    "a name": lambda work: work.worklist.rename(work.session.segmentId, "Liver"),
    "another segment's name": lambda work: (
        work.worklist.add(),
        work.worklist.rename(work.session.segmentId, "Liver"),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_after_saving_is_unsaved(saved, change):
    saved.worklist.add()
    saved.click()
    save(saved)
    assert not saved.unsaved.exists
    CHANGES[change](saved)
    saved.poll()
    assert saved.unsaved.exists


def test_looking_is_no_change(saved):
    first = saved.session.segmentId
    saved.worklist.draw_surfaces()
    saved.session.finishSurfaces()
    saved.worklist.show(first, False)
    saved.worklist.add()
    saved.worklist.choose(first)
    saved.poll()
    assert not saved.unsaved.exists


def test_a_mask_that_comes_after_the_file_was_made_is_unsaved(saved):
    saved.client.holds = True
    saved.click()
    file = saved.saving.make("segmentation")
    saved.client.holds = False
    saved.poll()
    saved.saving.confirm(file.receipt)
    assert saved.unsaved.exists


def test_a_file_that_has_not_arrived_saves_nothing(work):
    work.click()
    lost = work.saving.make("segmentation")
    assert work.unsaved.exists
    file = work.saving.make("segmentation")
    work.saving.confirm(lost.receipt + file.receipt)
    assert work.unsaved.exists
    work.saving.confirm(file.receipt)
    assert not work.unsaved.exists


def test_where_everything_was_deleted_there_is_nothing_to_lose(saved):
    saved.worklist.remove(saved.session.segmentId)
    assert not saved.unsaved.exists
