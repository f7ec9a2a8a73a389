"""Model, device, host, log, failures."""

import os
import shlex
import time

import pytest

from missing_packages import Missing
from sammoe.errors import WorkerError
from sammoe.worker import Answering, Crashed, LogLine, Silent
from SAMMoESlicerLib.Bridge import PromptRole
from SAMMoESlicerLib.BundleChoice import BundleChoice
from SAMMoESlicerLib.Phase import Phase
from SAMMoESlicerLib.WorkerSettings import WorkerSettings

GIVEN_UP = Crashed(
    WorkerError("the worker ended with exit status 3; its log ends with:\nboom"), None
)


def choose(box, data):
    index = box.findData(data)
    box.setCurrentIndex(index)
    box.activated(index)


def test_the_engine_starts_when_the_module_is_opened_and_only_once(driver, volumeNode, client):
    driver.wait_until(lambda: client.starts == 1, "the start")
    driver.press("positiveButton")
    driver.panel.enter()
    driver.turn(5)
    assert client.starts == 1


def test_nothing_is_started_or_asked_on_opening_without_the_packages(realDriver, client):
    realDriver.panel.model.workerStart.dependencies = Missing(["torch"])
    realDriver.session.worker.useClient(client)
    realDriver.turn(10)
    assert client.starts == 0
    assert "first prompt" in realDriver.status


def test_no_remote_worker_is_started_on_opening(realDriver, client, application):
    realDriver.ui.commandEdit.text = "ssh gpu-host sammoe-worker"
    realDriver.ui.commandEdit.editingFinished()
    realDriver.session.worker.useClient(client)
    realDriver.panel.enter()
    realDriver.turn(10)
    assert client.starts == 0
    assert [kind for kind, _text in application.messages if kind == "question"] == []


def test_the_status_line_says_where_it_runs_and_how_long_the_click_took(driver, segmented):
    assert "Ready · CPU · last click" in driver.status
    assert "0.8 GB" in driver.status


def test_a_prediction_can_be_stopped(driver, client, segmented, centre):
    client.holds = True
    driver.add_point(PromptRole.POSITIVE, centre + 3)
    driver.wait_until(lambda: driver.session.worker.phase is Phase.WORKING, "work")
    assert not driver.ui.cancelButton.isHidden()
    driver.ui.cancelButton.click()
    assert driver.session.worker.phase is Phase.READY
    assert client.cancelled


def test_an_engine_that_gave_up_says_why_and_try_again_goes_on(driver, client, segmented):
    client.report(GIVEN_UP)
    driver.wait_until(lambda: driver.notice, "the message")
    assert driver.notice == "The worker ended with exit status 3."
    assert "stopped" in driver.status
    written = driver.written()
    driver.press("noticeButton")
    driver.wait_until(lambda: len(written) == 1, "the mask again")
    assert driver.notice == ""


def test_a_worker_that_is_silent_is_said_to_be_and_restart_goes_on(driver, client, segmented):
    client.report(Silent(WorkerError("the worker does not answer: no sign of life for 30 seconds")))
    driver.wait_until(lambda: driver.notice, "the message")
    assert "does not answer" in driver.notice
    assert "does not answer" in driver.status
    assert driver.ui.noticeButton.text == "Restart"
    starts = client.starts
    driver.press("noticeButton")
    assert client.starts == starts + 1
    driver.wait_until(lambda: driver.session.worker.phase is Phase.READY, "the fresh worker")
    assert driver.notice == ""


def test_a_worker_that_answers_again_gives_the_mask_that_was_asked_for(
    driver, client, segmented, centre
):
    client.holds = True
    driver.add_point(PromptRole.POSITIVE, centre + 3)
    driver.wait_until(lambda: driver.session.worker.phase is Phase.WORKING, "work")
    client.report(Silent(WorkerError("the worker does not answer")))
    driver.wait_until(lambda: driver.session.worker.phase is Phase.SILENT, "silence")
    client.report(Answering())
    driver.wait_until(lambda: driver.session.worker.phase is Phase.WORKING, "work again")
    written = driver.written()
    client.holds = False
    driver.wait_until(lambda: written, "the mask")


def test_a_start_can_be_stopped_and_the_next_prompt_starts_again(driver, client, volumeNode):
    client.isSilent = True
    driver.session.worker.restart()
    driver.turn(3)
    assert driver.session.worker.phase is Phase.STARTING
    assert not driver.ui.cancelButton.isHidden()
    driver.ui.cancelButton.click()
    assert driver.session.worker.phase is Phase.OFF
    assert client.isClosed
    starts, client.isSilent = client.starts, False
    driver.session.start()
    assert client.starts == starts + 1
    driver.wait_until(lambda: driver.session.worker.phase is Phase.READY, "the second start")


def test_a_command_line_with_a_quote_too_few_is_refused_and_not_kept(driver, application):
    driver.ui.commandEdit.text = "ssh host 'sammoe-worker"
    driver.ui.commandEdit.editingFinished()
    assert "quote" in driver.notice
    assert driver.ui.commandEdit.text == ""
    assert WorkerSettings.readFrom(application.app.userSettings()).command == ""


def test_the_log_is_shown_while_it_is_wanted(driver, client, segmented):
    driver.press("logButton")
    client.report(LogLine("INFO loaded in 0.2 s"))
    driver.wait_until(lambda: "loaded" in driver.ui.logText.plainText, "the line")


def test_another_device_is_another_worker_and_is_remembered(driver, segmented, client, application):
    choose(driver.ui.deviceComboBox, "cpu")
    assert client.isClosed
    assert WorkerSettings.readFrom(application.app.userSettings()).device == "cpu"


def test_another_precision_is_another_worker_and_is_remembered(
    driver, segmented, client, application
):
    choose(driver.ui.precisionComboBox, "float32")
    assert client.isClosed
    assert WorkerSettings.readFrom(application.app.userSettings()).precision == "float32"


def test_a_remote_worker_gets_no_voxel_before_a_yes(driver, volumeNode, application):
    driver.ui.commandEdit.text = "ssh gpu-host sammoe-worker"
    driver.ui.commandEdit.editingFinished()
    driver.press("positiveButton")
    kind, question = application.messages[-1]
    assert kind == "question"
    assert "ssh gpu-host sammoe-worker" in question
    assert driver.session.worker.phase is Phase.OFF
    assert not driver.ui.positiveButton.checked


def test_nothing_is_sent_by_moving_a_point_either(driver, segmented, application, centre):
    driver.ui.commandEdit.text = "ssh gpu-host sammoe-worker"
    driver.ui.commandEdit.editingFinished()
    assert driver.session.worker.phase is Phase.OFF
    node = driver.session.promptNode(PromptRole.POSITIVE)
    node.SetNthControlPointPositionWorld(0, *(centre + 2))
    driver.wait_until(lambda: "have not agreed" in driver.notice, "the refusal")
    assert driver.session.worker.phase is Phase.OFF
    assert [kind for kind, _text in application.messages if kind == "question"] == []
    driver.press("noticeButton")  # 'Try again' asks
    assert application.messages[-1][0] == "question"
    assert driver.session.worker.phase is Phase.OFF


def test_a_restart_of_a_remote_worker_asks_too(driver, segmented, application):
    driver.ui.commandEdit.text = "ssh gpu-host sammoe-worker"
    driver.ui.commandEdit.editingFinished()
    driver.press("restartButton")
    assert application.messages[-1][0] == "question"
    assert driver.session.worker.phase is Phase.OFF


def test_after_a_yes_it_is_asked_only_once(driver, volumeNode, application):
    driver.ui.commandEdit.text = "sh -c 'exit 1'"
    driver.ui.commandEdit.editingFinished()
    application.answers.append(True)
    driver.press("positiveButton")
    driver.press("positiveButton")
    driver.press("positiveButton")
    assert len([kind for kind, _text in application.messages if kind == "question"]) == 1


def test_the_connection_to_nobody_is_reported(driver, application):
    driver.ui.commandEdit.text = "no-such-program-anywhere"
    driver.ui.commandEdit.editingFinished()
    driver.press("testConnectionButton")
    driver.wait_until(lambda: "does not answer" in driver.notice, "the answer")


class Store(dict):
    def value(self, key):
        return self.get(key)

    def setValue(self, key, value):
        self[key] = value


@pytest.mark.parametrize("command", ["", "ssh host sammoe-worker --bundle '/my models/a'"])
def test_settings_come_back_as_they_were_kept(command):
    store = Store()
    WorkerSettings(bundle="/a b", device="cuda", command=command).writeTo(store)
    assert WorkerSettings.readFrom(store) == WorkerSettings("/a b", "cuda", command)


def test_a_kept_command_line_that_makes_no_sense_is_told_and_the_model_runs_here(tmp_path):
    store = Store({"SAMMoE/Command": "ssh host 'sammoe-worker", "SAMMoE/Device": "cpu"})
    choice = BundleChoice(store, tmp_path)
    assert "quote" in choice.problem
    assert choice.settings == WorkerSettings(device="cpu")
    choice.settings.newClient()
    choice.use(command="ssh host sammoe-worker")
    with pytest.raises(WorkerError, match="quote"):
        choice.use(command='ssh "host')
    assert choice.settings.command == "ssh host sammoe-worker"
    assert BundleChoice(store, tmp_path).settings.command == "ssh host sammoe-worker"


def test_a_worker_from_elsewhere_is_started_without_slicers_own_python(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/slicer/lib/Python")
    seen = tmp_path / "seen"
    script = f"echo $PYTHONHOME $OF_THE_USER > {seen}.part; mv {seen}.part {seen}"
    store = Store({"SAMMoE/Command": shlex.join(["sh", "-c", script])})
    startup = {"PATH": os.environ["PATH"], "OF_THE_USER": "kept"}
    client = BundleChoice(store, tmp_path, startup=startup).newClient()
    client.start()
    while not seen.exists():
        time.sleep(0.01)
    client.close()
    assert seen.read_text("utf-8").split() == ["kept"]


def test_a_model_that_is_gone_lists_no_expert_and_does_not_fail(tmp_path):
    choice = BundleChoice(Store({"SAMMoE/Bundle": str(tmp_path / "gone")}), tmp_path)
    assert choice.experts(None) == ()
    assert choice.installed() == []
