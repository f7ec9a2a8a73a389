"""Does this computer run on its battery? What can be asked without another package."""

import subprocess
import sys
from pathlib import Path

SUPPLIES = Path("/sys/class/power_supply")
RUNS_DOWN = ("Battery", "Discharging")
PATIENCE_S = 5.0
UNPLUGGED = 0
"""What Windows says of the line where there is none."""


def on_battery() -> bool:
    """Say whether it does; False where that cannot be found out, and without a battery.

    It may wait for another program: not for a UI's thread.
    """
    try:
        if sys.platform == "win32":
            return _on_battery_windows()
        if sys.platform == "darwin":
            return _on_battery_mac()
        return discharges(SUPPLIES)
    except (OSError, ValueError, subprocess.SubprocessError):
        return False


def discharges(supplies: Path) -> bool:
    """Say whether Linux's supplies hold a battery of the computer's own that runs down.

    Batteries of mice and keyboards have the scope 'Device'.
    """
    for supply in supplies.iterdir() if supplies.is_dir() else ():
        is_own = _read(supply / "scope") != "Device"
        if is_own and (_read(supply / "type"), _read(supply / "status")) == RUNS_DOWN:
            return True
    return False


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _on_battery_mac() -> bool:
    command = ["pmset", "-g", "batt"]
    said = subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE_S, text=True)
    return "Battery Power" in said.stdout.partition("\n")[0]


def _on_battery_windows() -> bool:
    import ctypes

    class Status(ctypes.Structure):
        """Windows' SYSTEM_POWER_STATUS."""

        _fields_ = (
            ("line", ctypes.c_byte),
            ("battery", ctypes.c_byte),
            ("percent", ctypes.c_byte),
            ("saving", ctypes.c_byte),
            ("left_s", ctypes.c_ulong),
            ("whole_s", ctypes.c_ulong),
        )

    status = Status()
    known = ctypes.windll.kernel32.GetSystemPowerStatus(  # type: ignore[attr-defined,unused-ignore]
        ctypes.byref(status)
    )
    return bool(known) and status.line == UNPLUGGED
