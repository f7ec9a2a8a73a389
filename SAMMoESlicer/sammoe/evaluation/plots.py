"""The pictures of a report."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..options import GENERAL
from ..whole_file import written_whole
from .plan import Mode, StudyPlan
from .rows import Row
from .tables import class_names, confusion, groups, last_clicks, reliability, rows_of_mode

COLORS = {Mode.BASELINE: "#7f8c8d", Mode.EXPERTS: "#e67e22", Mode.MOE: "#2874a6"}


def draw_all(folder: Path, rows: Sequence[Row], plan: StudyPlan, ids: Sequence[str]) -> list[Path]:
    """Draw every picture there is something to draw for; returns their paths."""
    pictures = {
        "dice_by_clicks.png": draw_clicks(rows, plan),
        "dice_by_class.png": draw_classes(rows, plan),
    }
    if ids and Mode.MOE in plan.modes:
        pictures["gate_confusion.png"] = draw_confusion(rows, ids)
        pictures["gate_reliability.png"] = draw_reliability(rows)
    for name, figure in pictures.items():
        with written_whole(folder / name) as stream:
            figure.savefig(stream, format="png", dpi=130, bbox_inches="tight")
        pyplot.close(figure)
    return [folder / name for name in pictures]


def draw_clicks(rows: Sequence[Row], plan: StudyPlan) -> Figure:
    """Draw mean Dice against the number of clicks, the experts' classes apart from the others."""
    parts = {name: inside for name, inside in groups(rows).items() if name != "all"}
    parts = parts or {"all classes": list(rows)}
    figure, panels = pyplot.subplots(
        1, len(parts), figsize=(1 + 4.5 * len(parts), 4), sharey=True, squeeze=False
    )
    for axes, (name, inside) in zip(panels[0], parts.items(), strict=True):
        for mode in plan.modes:
            _draw_mode(axes, rows_of_mode(inside, mode), plan, mode)
        axes.set(title=name, xlabel="clicks", ylim=(0, 1))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(frameon=False, fontsize=8, loc="lower right")
    panels[0][0].set_ylabel("mean Dice")
    return _clean(figure)


def _draw_mode(axes: Axes, rows: Sequence[Row], plan: StudyPlan, mode: Mode) -> None:
    for n, series in enumerate(plan.series):
        counts = sorted({row.clicks for row in rows if row.series == series.name})
        means = [
            fmean(r.dice for r in rows if (r.series, r.clicks) == (series.name, count))
            for count in counts
        ]
        if counts:
            axes.plot(counts, means, "-" if n == 0 else "--", marker="o", ms=4,
                      color=COLORS[mode], label=f"{mode}, {series.name}")  # fmt: skip


def draw_classes(rows: Sequence[Row], plan: StudyPlan) -> Figure:
    """Draw a bar for every class and mode, after the last click of the first series."""
    chosen = [row for row in last_clicks(rows) if row.series == plan.series[0].name]
    names = class_names(chosen)
    figure, axes = pyplot.subplots(figsize=(6, 1 + 0.28 * len(names) * len(plan.modes)))
    height = 0.8 / len(plan.modes)
    for n, mode in enumerate(plan.modes):
        of_mode = rows_of_mode(chosen, mode)
        for place, name in enumerate(names):
            dice = [row.dice for row in of_mode if row.class_name == name]
            if dice:
                at = place + (n - (len(plan.modes) - 1) / 2) * height
                label = str(mode) if name == _first_with(of_mode, names) else None
                axes.barh(at, fmean(dice), height * 0.92, color=COLORS[mode], label=label)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set(xlabel=f"mean Dice, {plan.series[0].name}", xlim=(0, 1))
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
    return _clean(figure)


def draw_confusion(rows: Sequence[Row], ids: Sequence[str]) -> Figure:
    """Draw where the gate sends whose prompts, as shares of each task."""
    names = [*ids, GENERAL]
    counts = confusion(rows, ids)
    shares = [[c / max(sum(line), 1) for c in line] for line in counts]
    figure, axes = pyplot.subplots(figsize=(1.6 + 0.75 * len(names), 1.2 + 0.7 * len(names)))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for i, line in enumerate(counts):
        for j, count in enumerate(line):
            axes.text(j, i, str(count), ha="center", va="center",
                      color="white" if shares[i][j] > 0.5 else "black")  # fmt: skip
    axes.set_xticks(range(len(names)), names, rotation=30, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="sent to", ylabel="task")
    return figure


def draw_reliability(rows: Sequence[Row]) -> Figure:
    """Draw how often the top expert is right, against its score."""
    figure, axes = pyplot.subplots(figsize=(4.5, 4))
    axes.plot([0, 1], [0, 1], color="#bbbbbb", lw=1)
    points = reliability(rows)
    if points:
        scores, right, counts = zip(*points, strict=True)
        axes.plot(scores, right, color=COLORS[Mode.MOE], lw=1)
        axes.scatter(scores, right, s=[12 + 8 * count**0.5 for count in counts],
                     color=COLORS[Mode.MOE])  # fmt: skip
        for score, share, count in points:
            axes.annotate(str(count), (score, share), xytext=(5, 5),
                          textcoords="offset points", fontsize=7)  # fmt: skip
    axes.set(xlabel="score of the top expert", ylabel="share that is its task", xlim=(0, 1),
             ylim=(-0.03, 1.03))  # fmt: skip
    return _clean(figure)


def _first_with(rows: Sequence[Row], names: Sequence[str]) -> str | None:
    there = {row.class_name for row in rows}
    return next((name for name in names if name in there), None)


def _clean(figure: Figure) -> Figure:
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    return figure
