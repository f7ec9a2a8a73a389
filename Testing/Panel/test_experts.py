"""Confidence bars, pin, mute, threshold, overlays, warnings."""

import pytest
import qt

from sammoe.bundle import BundleCard, ExpertCard
from sammoe.worker import Ready
from SAMMoESlicerLib.Bridge import PromptRole
from SAMMoESlicerLib.Ui.plainText import plainText

OVERLAYS = ("SAMMoE outline", "SAMMoE disagreement")


def row(driver, id):
    """Return the line of an expert; the names begin with the ids here."""
    return driver.expert_line(id.capitalize())


def overlay(application, name):
    return application.mrml.scene.GetFirstNodeByName(name)


def test_every_decoder_has_a_row_before_the_engine_runs(realDriver):
    names = [line.nameLabel.text for line in realDriver.expert_lines()]
    assert names == ["Liver", "Vessels", "General"]


def test_the_bars_say_how_sure_the_gate_is_and_the_used_expert_is_bold(driver, segmented):
    assert row(driver, "vessel").valueLabel.text == "72 %  ✓"
    assert row(driver, "vessel").nameLabel.font.bold()
    assert not row(driver, "general").nameLabel.font.bold()


def test_what_a_card_says_is_shown_as_text_and_never_as_markup(driver, client, application):
    """A tool tip or label that Qt takes for markup loads pictures from anywhere."""
    picture = "<img src='http://elsewhere/x.png'>"
    evil = ExpertCard("evil", f"Liver {picture}", f"good {picture}", trained_on=picture)
    info = {"bundle": BundleCard("Model", "compact", experts=(evil,)), "device": picture}
    driver.session.worker.start()
    client.report(Ready(0, info))
    driver.wait_until(lambda: driver.session.worker.info.device == picture, "the card")
    driver.panel.refresh()
    shown = row(driver, "liver")
    assert shown.nameLabel.text.startswith("Liver <img")
    assert shown.nameLabel.textFormat in (qt.Qt.PlainText, int(qt.Qt.PlainText.value))
    tips = (w.toolTip for w in (shown.nameLabel, shown.outlineButton, shown.pinButton))
    texts = [*tips, driver.ui.statusLabel.text, plainText(picture)]
    assert all("&lt;img" in text and "<img" not in text for text in texts)


def test_a_pinned_expert_is_used_and_its_mark_goes(driver, segmented, client):
    asked = len(client.asked)
    row(driver, "lesion").pinButton.click()
    driver.wait_until(lambda: len(client.asked) > asked, "the prediction")
    assert client.asked[-1][1].expert == "lesion"
    driver.wait_until(lambda: row(driver, "lesion").nameLabel.font.bold(), "the answer")
    row(driver, "lesion").pinButton.click()
    driver.wait_until(lambda: client.asked[-1][1].expert == "auto", "the prediction")


def test_a_muted_expert_is_not_chosen(driver, segmented, client):
    row(driver, "vessel").muteButton.click()
    driver.wait_until(lambda: client.asked[-1][1].muted == ("vessel",), "the prediction")
    driver.wait_until(lambda: row(driver, "general").nameLabel.font.bold(), "the answer")


def test_a_muted_expert_cannot_stay_pinned(driver, segmented, client):
    row(driver, "lesion").pinButton.click()
    row(driver, "lesion").muteButton.click()
    driver.wait_until(lambda: client.asked[-1][1].muted == ("lesion",), "the prediction")
    assert client.asked[-1][1].expert == "auto"


def test_the_slider_counts_only_without_auto_and_only_where_it_rests(driver, segmented, client):
    asked = len(client.asked)
    assert not driver.ui.thresholdSlider.enabled
    driver.ui.autoThresholdCheckBox.click()
    for value in (0.6, 0.7, 0.8):  # faster than any timer: the event loop does not turn between
        driver.ui.thresholdSlider.value = value
    driver.wait_until(lambda: len(client.asked) > asked, "the prediction")
    driver.turn(20)
    assert [options.tau for _prompts, options in client.asked[asked:]] == [pytest.approx(0.8)]


def test_auto_shows_the_experts_own_thresholds_and_no_other_number(driver, segmented):
    assert driver.ui.thresholdSlider.isHidden()
    assert "0.45 to 0.60" in driver.ui.thresholdLabel.text
    driver.ui.autoThresholdCheckBox.click()
    driver.turn()
    assert not driver.ui.thresholdSlider.isHidden()
    assert driver.ui.thresholdLabel.text == "Threshold:"


def test_a_decoders_own_mask_is_outlined_on_request_and_changes_nothing(
    driver, segmented, application
):
    row(driver, "general").outlineButton.click()
    driver.wait_until(lambda: overlay(application, OVERLAYS[0]), "the outline")
    node = overlay(application, OVERLAYS[0])
    assert not node.GetSaveWithScene()
    assert node.GetHideFromEditors()
    assert driver.session.lastResult is segmented
    row(driver, "general").outlineButton.click()
    driver.turn()
    assert overlay(application, OVERLAYS[0]) is None


def test_an_outline_follows_the_next_click(driver, segmented, application, centre, client):
    row(driver, "general").outlineButton.click()
    driver.wait_until(lambda: overlay(application, OVERLAYS[0]), "the outline")
    driver.click_and_wait(PromptRole.NEGATIVE, centre + 9)
    driver.wait_until(lambda: overlay(application, OVERLAYS[0]), "the outline again")
    assert len(client.asked[-1][0]) == 2


def test_the_disagreement_is_coloured_and_one_can_go_there(driver, segmented, application):
    driver.press("disagreementButton")
    driver.wait_until(lambda: overlay(application, OVERLAYS[1]), "the overlay")
    assert driver.ui.jumpButton.enabled
    slice_node = application.mrml.scene.AddNewNodeByClass("vtkMRMLSliceNode")
    driver.press("jumpButton")
    point = driver.panel.decoders.overlays.disputedPoint
    normal = [slice_node.GetSliceToRAS().GetElement(n, 2) for n in range(3)]
    assert slice_node.GetSliceOffset() == pytest.approx(
        sum(n * p for n, p in zip(normal, point, strict=True))
    )


def test_the_disagreement_is_asked_for_anew_after_the_next_click(
    driver, segmented, application, centre, client
):
    driver.press("disagreementButton")
    driver.wait_until(lambda: driver.panel.decoders.overlays.hasCompared, "the overlay")
    asked = len(client.asked)
    driver.click_and_wait(PromptRole.NEGATIVE, centre + 9)
    driver.wait_until(lambda: driver.panel.decoders.overlays.hasCompared, "the overlay again")
    decoders = {options.decoder for _prompts, options in client.asked[asked:]}
    assert decoders == {None, "general", "vessel"}


def test_a_chosen_segment_brings_its_own_threshold_back(driver, segmented, client):
    first = driver.session.segmentId
    driver.ui.autoThresholdCheckBox.click()
    driver.ui.thresholdSlider.value = 0.8
    driver.wait_until(lambda: client.asked[-1][1].tau == pytest.approx(0.8), "the prediction")
    driver.press("nextSegmentButton")
    driver.ui.autoThresholdCheckBox.click()
    driver.pause(0.5)
    asked = len(client.asked)
    driver.ui.segmentsTable.setSelectedSegmentIDs([first])
    driver.pause(0.5)
    assert driver.ui.thresholdSlider.value == pytest.approx(0.8)
    assert not driver.ui.autoThresholdCheckBox.checked
    assert len(client.asked) == asked


def test_leaving_the_module_takes_the_looks_away(driver, segmented, application):
    row(driver, "general").outlineButton.click()
    driver.wait_until(lambda: overlay(application, OVERLAYS[0]), "the outline")
    application.leave("SAMMoESlicer")
    assert overlay(application, OVERLAYS[0]) is None


def test_a_mask_at_the_border_is_warned_about(driver, client, volumeNode, centre):
    client.touches_border = True
    driver.press("positiveButton")
    driver.click_and_wait(PromptRole.POSITIVE, centre)
    assert "reaches the border" in driver.notice


def test_a_note_of_the_engine_is_shown(driver, client, volumeNode, centre):
    client.notes = ("the box is used as the region",)
    driver.press("positiveButton")
    driver.click_and_wait(PromptRole.POSITIVE, centre)
    assert driver.notice == "The box is used as the region."
