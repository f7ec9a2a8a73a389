"""The scans on which a new expert did worst, drawn by `sammoe evaluate`."""

from collections.abc import Sequence
from pathlib import Path

from .TrainingPlan import TrainingPlan

COUNT = 3
CLICKS = 5
_REPORT = "report"


def evaluateArguments(plan: TrainingPlan, folder: Path, scans: Sequence[str]) -> list[str]:
    """Return the command line that measures the new model on held-out scans, and draws the worst.

    Args:
        plan: What was trained.
        folder: The training's, with the new `bundle`.
        scans: Names of the scans that nothing was learnt from.
    """
    chosen = [part for scan in scans for part in ("--scan", scan)]
    return [
        "evaluate", "--bundle", str(folder / "bundle"), "--data", plan.data,
        "--label", plan.name, "--expert", f"{plan.name}={plan.expertId}", *chosen,
        "--prompts", f"points:{CLICKS}", "--modes", "baseline,mixture", "--no-ablations",
        "--processes", "1", "--worst", str(COUNT), "--out", str(folder / _REPORT),
    ]  # fmt: skip


def worstPictures(folder: Path) -> list[Path]:
    """Return the pictures that a training's folder holds, the worst case first."""
    return sorted((folder / _REPORT).glob("worst_*.png"))[:COUNT]
