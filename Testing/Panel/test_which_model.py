"""Which model: asked once, its card before it is used, defaults per model for new scenes."""

import json
import shutil
from pathlib import Path

import pytest

from sammoe import PredictOptions
from sammoe.bundle import BundleCard, ExpertCard
from sammoe.bundle.reader import read_card
from SAMMoESlicerLib.Bridge import PromptRole
from SAMMoESlicerLib.ModelFacts import builtInSentence, cardRows, whenNot
from SAMMoESlicerLib.OptionDefaults import OptionDefaults


def row(driver, id):
    return next(row for row in driver.panel.decoders._experts._rows if row.expert.id == id)


def test_the_first_run_says_one_sentence_about_each_model(driver, application):
    assert not driver.ui.firstRunFrame.isHidden()
    builtIn, published = driver.ui.firstRunLabel.text.splitlines()
    assert "with experts for liver" in builtIn
    assert "402 MB" in published
    driver.press("useBuiltInButton")
    assert driver.ui.firstRunFrame.isHidden()
    assert application.app.userSettings().value("SAMMoE/ModelWasAsked")


def test_a_first_mask_is_an_answer_too(driver, segmented):
    assert driver.ui.firstRunFrame.isHidden()


def test_the_published_weights_are_offered_with_their_licence(driver, application):
    driver.press("usePublishedButton")
    kind, question = application.messages[-1]
    assert kind == "question"
    assert "Apache-2.0" in question
    assert driver.ui.firstRunFrame.isHidden()


def test_a_card_says_data_dice_licence_and_when_not_to_use_it():
    expert = ExpertCard("rib", "Ribs", dice={"5 clicks": 0.71}, trained_on="synthetic ribs")
    card = BundleCard(
        "Mine",
        "compact",
        license="Apache-2.0",
        training={"data": "synthetic volumes only"},
        experts=(expert,),
    )
    rows = dict(cardRows(card))
    assert rows["Licence"] == "Apache-2.0"
    assert rows["Trained on"] == "synthetic volumes only"
    assert rows["Ribs"] == "synthetic ribs. Dice 5 clicks: 0.71"
    assert "hardly seen patients" in rows["When not to use it"]
    assert "no experts" in whenNot(BundleCard("Other", "sam_med3d"))


def test_what_is_said_of_the_model_that_comes_along_is_read_from_its_card():
    demo = Path(__file__).parents[2] / "Resources" / "Models" / "demo"
    if not demo.is_dir():
        pytest.skip("the embedded model is not there")
    card, _hash = read_card(demo)
    sentence = builtInSentence(card, mb=17.2)
    assert sentence.startswith("Built-in model: 17 MB, Apache-2.0")
    assert all(expert.name.lower() in sentence for expert in card.experts)
    assert "hardly seen patients" in whenNot(card)


def test_another_model_brings_its_own_defaults_to_a_scene_without_segments(
    driver, application, ellipsoid, tiny_bundle, tmp_path
):
    choice = driver.panel._bundleChoice
    other = tmp_path / "other"
    shutil.copytree(tiny_bundle, other)
    card = json.loads((other / "bundle.json").read_text("utf-8"))
    (other / "bundle.json").write_text(json.dumps({**card, "name": "Other"}), "utf-8")
    kept = PredictOptions("of an earlier version of the model", follow=True)
    OptionDefaults(application.app.userSettings()).keep("Other", kept)
    assert not driver.ui.followCheckBox.checked
    choice.use(bundle=str(other))
    driver.turn()
    assert driver.ui.followCheckBox.checked
    assert driver.session.options == PredictOptions(follow=True)
    choice.use(bundle="")
    driver.turn()
    assert not driver.ui.followCheckBox.checked


def test_a_muted_expert_is_muted_in_the_next_scene_too_and_what_a_scene_holds_wins(
    driver, segmented, client, application, ellipsoid, centre, tmp_path
):
    path = str(tmp_path / "case.mrb")
    assert application.mrml.scene.WriteToMRB(path)
    row(driver, "lesion").muteButton.click()
    driver.wait_until(lambda: client.asked[-1][1].muted == ("lesion",), "the prediction")
    application.mrml.scene.Clear(0)
    driver.turn(3)
    driver.ui.volumeSelector.setCurrentNode(application.mrml.addVolume(ellipsoid[0]))
    driver.press("positiveButton")
    driver.click_and_wait(PromptRole.POSITIVE, centre)
    assert client.asked[-1][1].muted == ("lesion",)
    application.mrml.scene.Clear(0)
    driver.turn(3)
    assert application.mrml.scene.ReadFromMRB(path, True)
    driver.turn(5)
    assert driver.session.options.muted == ()


def test_a_threshold_is_a_default_of_new_scenes(driver, segmented, application, client):
    driver.ui.autoThresholdCheckBox.click()
    driver.ui.thresholdSlider.value = 0.8
    driver.wait_until(lambda: client.asked[-1][1].tau == pytest.approx(0.8), "the prediction")
    application.mrml.scene.Clear(0)
    driver.turn(3)
    assert driver.ui.thresholdSlider.value == pytest.approx(0.8)
    assert not driver.ui.autoThresholdCheckBox.checked


@pytest.mark.parametrize("kept", ["nonsense", "[1]", '{"Mine": {"tau": 7}}', '{"Mine": 3}', ""])
def test_settings_that_make_no_sense_are_no_defaults(kept):
    class Store(dict):
        def value(self, key):
            return kept

        def setValue(self, key, value):
            self[key] = value

    assert OptionDefaults(Store()).of("Mine") == PredictOptions()
