"""Whether the computer runs on its battery, as Linux tells it."""

import pytest

from sammoe import power


def supply(folder, name, **said):
    (folder / name).mkdir(parents=True)
    for what, value in said.items():
        (folder / name / what).write_text(f"{value}\n")


@pytest.mark.parametrize(("status", "runs_down"), [("Discharging", True), ("Charging", False)])
def test_a_battery_that_runs_down_counts(tmp_path, status, runs_down):
    supply(tmp_path, "AC", type="Mains", online="0")
    supply(tmp_path, "BAT0", type="Battery", status=status)
    assert power.discharges(tmp_path) is runs_down


def test_a_mouse_s_battery_does_not_count(tmp_path):
    supply(tmp_path, "hidpp", type="Battery", status="Discharging", scope="Device")
    assert not power.discharges(tmp_path)


def test_what_cannot_be_found_out_is_no_battery(tmp_path, monkeypatch):
    assert not power.discharges(tmp_path / "nowhere")
    for platform in ("linux", "darwin"):  # without pmset here
        monkeypatch.setattr(power.sys, "platform", platform)
        monkeypatch.setattr(power, "SUPPLIES", tmp_path)
        assert not power.on_battery()
