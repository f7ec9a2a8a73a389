"""The curves and bars of a report."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..options import GENERAL
from ..whole_file import written_whole
from .calibration import Bin, confusion
from .methods import MIXTURE_METHOD, Method
from .rows import Row
from .tables import class_names, groups, last_clicks

PANELS_IN_A_ROW = 4


def save(path: Path, figure: Figure) -> None:
    """Write a picture."""
    with written_whole(path) as stream:
        figure.savefig(stream, format="png", dpi=130, bbox_inches="tight")


def draw_clicks(rows: Sequence[Row], methods: Sequence[Method]) -> Figure:
    """Draw mean Dice against the number of clicks, a panel a group."""
    parts = groups(rows)
    columns = min(len(parts), PANELS_IN_A_ROW)
    lines = -(-len(parts) // columns)
    figure = Figure(figsize=(1 + 3 * columns, 3 * lines), layout="constrained")
    panels = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False).flatten()
    for axes in panels[len(parts) :]:
        axes.remove()
    for axes, (name, inside) in zip(panels, parts.items(), strict=False):
        for method in methods:
            _draw_method(axes, inside, method)
        axes.set(title=name, xlabel="clicks", ylabel="mean Dice", ylim=(0, 1))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.label_outer()
    curves = {
        curve.get_label(): curve for axes in panels[: len(parts)] for curve in axes.get_lines()
    }
    figure.legend(
        handles=list(curves.values()), loc="outside lower center", ncols=4, frameon=False,
        fontsize=8,
    )  # fmt: skip
    return _clean(figure)


def _draw_method(axes: Axes, inside: Sequence[Row], method: Method) -> None:
    mine = method.rows(inside)
    if {row.case for row in mine} != {row.case for row in inside}:
        return  # a mean over a part of the cases would mislead
    for n, series in enumerate(dict.fromkeys(row.series for row in inside)):
        counts = sorted({row.clicks for row in mine if row.series == series})
        means = [
            fmean(r.dice for r in mine if (r.series, r.clicks) == (series, count))
            for count in counts
        ]
        axes.plot(counts, means, "-" if n == 0 else "--", marker="o", ms=4,
                  color=method.color, label=f"{method.name}, {series}")  # fmt: skip


def draw_classes(rows: Sequence[Row], methods: Sequence[Method], series: str) -> Figure:
    """Draw a bar for every class and method, after the last click of a series."""
    chosen = [row for row in last_clicks(rows) if row.series == series]
    names = class_names(chosen)
    figure = Figure(figsize=(6, 1 + 0.2 * len(names) * len(methods)))
    axes = figure.subplots()
    height = 0.8 / len(methods)
    for n, method in enumerate(methods):
        places, means = [], []
        for place, name in enumerate(names):
            dice = [row.dice for row in method.rows(chosen) if row.class_name == name]
            if dice:
                places.append(place + (n - (len(methods) - 1) / 2) * height)
                means.append(fmean(dice))
        axes.barh(places, means, height * 0.92, color=method.color, label=method.name)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.invert_yaxis()
    axes.set(xlabel=f"mean Dice, {series}", xlim=(0, 1))
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
    return _clean(figure)


def draw_confusion(rows: Sequence[Row], ids: Sequence[str]) -> Figure:
    """Draw where the gate sends whose prompts, as shares of each task."""
    names = [*ids, GENERAL]
    counts = confusion(rows, ids)
    shares = [[c / max(sum(line), 1) for c in line] for line in counts]
    figure = Figure(figsize=(1.6 + 0.75 * len(names), 1.2 + 0.7 * len(names)))
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for i, line in enumerate(counts):
        for j, count in enumerate(line):
            axes.text(j, i, str(count), ha="center", va="center",
                      color="white" if shares[i][j] > 0.5 else "black")  # fmt: skip
    axes.set_xticks(range(len(names)), names, rotation=30, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="sent to", ylabel="task")
    return figure


def draw_reliability(bins: Sequence[Bin]) -> Figure:
    """Draw how often the top expert is right, against its score."""
    figure = Figure(figsize=(4.5, 4))
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="#bbbbbb", lw=1)
    axes.plot(
        [b.score for b in bins], [b.right for b in bins], "-o", color=MIXTURE_METHOD.color, lw=1
    )
    for found in bins:
        axes.annotate(str(found.count), (found.score, found.right), xytext=(5, 5),
                      textcoords="offset points", fontsize=7)  # fmt: skip
    axes.set(xlabel="score of the top expert", ylabel="share that is its task", xlim=(0, 1),
             ylim=(-0.03, 1.03))  # fmt: skip
    return _clean(figure)


def _clean(figure: Figure) -> Figure:
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    return figure
