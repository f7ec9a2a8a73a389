"""Going to another scan, or away from the page, while there is work that was not saved."""

import shutil

import pytest

IS_UNSAVED = "trame.state.get('is_unsaved') === {}"


@pytest.fixture
def other(scan, tmp_path):
    return shutil.copy(scan, tmp_path / "other.nii.gz")


def ask(page, path):
    page.choose_file(path)
    page.page.wait_for_selector("#question:has-text('other.nii.gz')")


def wait_until_answered(page):
    page.page.wait_for_selector("#question", state="hidden")


@pytest.mark.parametrize("how", ["Cancel", "Escape"])
def test_after_cancel_everything_is_as_it_was(segmented, other, how):
    shown, size = segmented.page.inner_text("#scan"), segmented.size()
    ask(segmented, other)
    if how == "Cancel":
        segmented.press(how)
    else:
        segmented.page.keyboard.press(how)
    wait_until_answered(segmented)
    assert (segmented.page.inner_text("#scan"), segmented.size()) == (shown, size)
    segmented.page.keyboard.press("Control+z")
    segmented.wait_for_size("")


def test_save_first_brings_the_file_and_then_the_scan(segmented, other, tmp_path, output):
    ask(segmented, other)
    segmented.page.wait_for_timeout(500)  # the dialog has grown to its size
    segmented.page.screenshot(path=output / "web-question.png")
    with segmented.page.expect_download() as download:
        segmented.press("Save first")
    assert download.value.suggested_filename == f"{tmp_path.name}.seg.nrrd"
    segmented.wait_for_scan("other.nii.gz")
    assert segmented.segments() == 0


def test_a_sample_is_asked_about_and_without_a_yes_the_presentation_does_not_play(segmented):
    shown = segmented.page.inner_text("#scan")
    segmented.press("Begin")
    segmented.page.wait_for_selector("#question:has-text('TorsoPhantom')")
    segmented.press("Cancel")
    wait_until_answered(segmented)
    assert segmented.page.inner_text("#scan") == shown
    assert segmented.page.locator("[data-timing]").count() == 0
    assert segmented.page.is_disabled("button:has-text('Next step')")


def test_keys_do_nothing_behind_the_question(segmented, other):
    ask(segmented, other)
    segmented.page.keyboard.press("n")
    segmented.press("Cancel")
    wait_until_answered(segmented)
    assert segmented.segments() == 1


def test_saved_work_and_an_empty_list_are_not_asked_about(segmented, other, scan, tmp_path):
    with segmented.page.expect_download():
        segmented.page.evaluate("window.sammoe.save('segmentation')")
    segmented.wait_for(IS_UNSAVED.format("false"))
    segmented.choose_file(other)
    segmented.wait_for_scan("other.nii.gz")
    third = shutil.copy(scan, tmp_path / "third.nii.gz")
    segmented.choose_file(third)
    segmented.wait_for_scan("third.nii.gz")


def test_the_browser_warns_before_it_leaves_unsaved_work_and_only_then(segmented):
    page, warned = segmented.page, []

    def stay(dialog):
        warned.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.evaluate("window.isOld = true; setTimeout(() => location.reload())")
    assert segmented.see(lambda: warned == ["beforeunload"])
    assert page.evaluate("window.isOld")
    with page.expect_download():
        page.evaluate("window.sammoe.save('segmentation')")
    segmented.wait_for(IS_UNSAVED.format("false"))
    page.evaluate("setTimeout(() => location.reload())")
    segmented.wait_for("!window.isOld")
    assert warned == ["beforeunload"]
