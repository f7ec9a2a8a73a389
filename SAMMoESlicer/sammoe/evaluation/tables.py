"""The tables of a report, as Markdown: per class and mode, per click, thresholds, routing."""

from collections.abc import Callable, Iterable, Sequence
from statistics import fmean

from ..options import GENERAL, Fusion
from .plan import Mode
from .rows import GENERAL_DECODER, PINNED, Row, moe_rows

SWEEP = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
NONE = "-"
NUMBERS: dict[str, Callable[[Row], float]] = {
    "Dice": lambda row: row.dice,
    "NSD": lambda row: row.nsd,
    "HD95 mm": lambda row: row.hd95_mm,
}


def rows_of_mode(rows: Sequence[Row], mode: Mode) -> list[Row]:
    """Return a mode's rows; the experts' mode has rows only where a class has an expert."""
    if mode is Mode.BASELINE:
        return [row for row in rows if row.trajectory == GENERAL_DECODER]
    if mode is Mode.EXPERTS:
        return [row for row in rows if row.trajectory == PINNED]
    return moe_rows(rows, fusion=Fusion.WEIGHTED)


def last_clicks(rows: Iterable[Row]) -> list[Row]:
    """Return the rows at the end of every series."""
    rows = list(rows)
    most: dict[str, int] = {}
    for row in rows:
        most[row.series] = max(most.get(row.series, 0), row.clicks)
    return [row for row in rows if row.clicks == most[row.series]]


def class_names(rows: Iterable[Row]) -> list[str]:
    """Return the classes, those with an expert first."""
    found = {row.class_name: bool(row.expected) for row in rows}
    return sorted(found, key=lambda name: (not found[name], _as_people_count(name)))


def table_by_class(rows: Sequence[Row], modes: Sequence[Mode], series: str) -> str:
    """Return the paper's Table 1: a line a class, columns of numbers for every mode."""
    chosen = [row for row in last_clicks(rows) if row.series == series]
    by_mode = {mode: rows_of_mode(chosen, mode) for mode in modes}
    header = ["class", "expert", "n", *(f"{mode} {name}" for mode in modes for name in NUMBERS)]
    lines = []
    for name in [*class_names(chosen), "all"]:
        inside = [row for row in chosen if name in ("all", row.class_name)]
        expert = {row.expected for row in inside} if name != "all" else set()
        cells = [name, next(iter(expert), "") or NONE, str(len({row.case for row in inside}))]
        for mode in modes:
            of_mode = [row for row in by_mode[mode] if name in ("all", row.class_name)]
            cells += [_mean(of_mode, number) for number in NUMBERS.values()]
        lines.append(cells)
    return markdown(header, lines)


def groups(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Return the rows of the experts' classes and of the others, where both occur, and all."""
    special = [row for row in rows if row.expected]
    others = [row for row in rows if not row.expected]
    if not special or not others:
        return {"all": list(rows)}
    return {"experts' classes": special, "others": others, "all": list(rows)}


def table_by_click(rows: Sequence[Row], modes: Sequence[Mode]) -> str:
    """Return a line a group, mode, series and number; a column for every number of clicks."""
    counts = sorted({row.clicks for row in rows})
    lines = []
    for group, inside in groups(rows).items():
        for mode in modes:
            of_mode = rows_of_mode(inside, mode)
            if mode is Mode.EXPERTS and any(not row.expected for row in inside):
                continue  # a mean over the classes that have an expert only would mislead
            for series in dict.fromkeys(row.series for row in of_mode):
                for name, number in NUMBERS.items():
                    means = [
                        _mean([r for r in of_mode if (r.series, r.clicks) == (series, n)], number)
                        for n in counts
                    ]
                    lines.append([group, str(mode), series, name, *means])
    return markdown(["classes", "mode", "prompts", "", *(f"{n} clicks" for n in counts)], lines)


def table_of_fusions(rows: Sequence[Row]) -> str:
    """Return the paper's Table 2: Dice by threshold and way to fuse, at the last click.

    Columns split classes with an expert from those that are nobody's task.
    """
    chosen = last_clicks(rows)
    fusions = [fusion for fusion in Fusion if any(r.trajectory == fusion for r in chosen)]
    lines = []
    for tau in (None, *SWEEP):
        label = "calibrated" if tau is None else f"{tau:.1f}"
        cells = [label]
        for fusion in fusions:
            mixed = moe_rows(chosen, fusion=fusion, tau=tau)
            special = [row for row in mixed if row.expected]
            general = [row for row in mixed if not row.expected]
            cells += [_mean(part, NUMBERS["Dice"]) for part in (special, general, mixed)]
        lines.append(cells)
    header = ["tau"]
    for fusion in fusions:
        header += [f"{fusion}: experts' classes", f"{fusion}: others", f"{fusion}: all"]
    return markdown(header, lines)


def confusion(rows: Sequence[Row], ids: Sequence[str]) -> list[list[int]]:
    """Return counts: rows whose task it is, columns where the gate sends it; 'general' last."""
    names = [*ids, GENERAL]
    counts = [[0] * len(names) for _ in names]
    for row in _first_prompts(rows):
        truth = row.expected or GENERAL
        sent = row.top if row.routed() else GENERAL
        counts[names.index(truth)][names.index(sent)] += 1
    return counts


def table_of_routing(rows: Sequence[Row], ids: Sequence[str]) -> str:
    """Return the confusion matrix of the gate at the first prompt."""
    names = [*ids, GENERAL]
    lines = [
        [name, *map(str, counts)] for name, counts in zip(names, confusion(rows, ids), strict=True)
    ]
    return markdown(["task", *(f"sent to {name}" for name in names)], lines)


def reliability(rows: Sequence[Row], *, bins: int = 10) -> list[tuple[float, float, int]]:
    """Return mean score, share that is right, and count, of prompts by the top expert's score."""
    groups: list[list[Row]] = [[] for _ in range(bins)]
    for row in _first_prompts(rows):
        groups[min(int(row.top_score * bins), bins - 1)].append(row)
    return [
        (fmean(r.top_score for r in group), fmean(r.top == r.expected for r in group), len(group))
        for group in groups
        if group
    ]


def markdown(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    rows = [list(header), ["---"] * len(header), *map(list, lines)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _as_people_count(name: str) -> list[str]:
    """Return a sorting key in which 'label 9' comes before 'label 10'."""
    return [part.zfill(9) if part.isdecimal() else part for part in name.split()]


def _first_prompts(rows: Sequence[Row]) -> list[Row]:
    """Return one row for every case and series, with the gate's decision."""
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        if row.top:
            found.setdefault((row.case, row.series), row)
    return list(found.values())


def _mean(rows: Sequence[Row], number: Callable[[Row], float]) -> str:
    if not rows:
        return NONE
    mean = fmean(number(row) for row in rows)
    return f"{mean:.1f}" if number is NUMBERS["HD95 mm"] else f"{mean:.3f}"
