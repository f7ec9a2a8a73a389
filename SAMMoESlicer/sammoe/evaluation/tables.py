"""The tables of a report, as Markdown."""

from collections.abc import Callable, Iterable, Sequence
from statistics import fmean, stdev

from ..options import GENERAL
from .calibration import Bin, confusion
from .intervals import estimate
from .methods import BASELINE_METHOD, OWN_EXPERT_METHOD, Method, mixture_rows
from .rows import Row

SWEEP = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
NONE = "-"
ALL = "all"
NUMBERS: dict[str, Callable[[Row], float]] = {
    "Dice": lambda row: row.dice,
    "NSD": lambda row: row.nsd,
    "HD95 mm": lambda row: row.hd95_mm,
}


def groups(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Return rows by what their data sets say of them, all first.

    Where some classes are an expert's task and others are nobody's, these two are groups as well.
    """
    found = {ALL: list(rows)}
    own, others = ([row for row in rows if bool(row.expected) is own] for own in (True, False))
    if own and others:
        found |= {"experts' tasks": own, "nobody's task": others}
    for name in sorted({row.group for row in rows} - {""}):
        found[name] = [row for row in rows if row.group == name]
    return found


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


def table_of_methods(
    rows: Sequence[Row], methods: Sequence[Method], *, gains: Sequence[Method] = ()
) -> str:
    """Return Dice after the last click with its interval over patients, the paper's Tables 1 and 2.

    A line a group and series, a column a method; a method that did not answer all cases of a group
    has no number there.

    Args:
        rows: Of all trajectories.
        methods: A column each.
        gains: A further column each, of how much more than the baseline they give.
    """
    chosen = last_clicks(rows)
    lines = []
    for series in dict.fromkeys(row.series for row in chosen):
        for name, inside in groups([row for row in chosen if row.series == series]).items():
            cells = [_mean_of(method, inside) for method in methods]
            cells += [_gain(method, inside) for method in gains]
            lines.append([name, series, _count(inside), *cells])
    names = [method.name for method in methods]
    names += [f"{method.name} - {BASELINE_METHOD.name}" for method in gains]
    return markdown(["group", "prompts", "", *names], lines)


def table_by_class(rows: Sequence[Row], methods: Sequence[Method], series: str) -> str:
    """Return a line a class, columns of numbers for every method; Dice with its spread."""
    chosen = [row for row in last_clicks(rows) if row.series == series]
    by_method = {method.name: method.rows(chosen) for method in methods}
    header = ["class", "group", "expert", "n"]
    header += [f"{method.name} {name}" for method in methods for name in NUMBERS]
    lines = []
    for name in [*class_names(chosen), ALL]:
        inside = [row for row in chosen if name in (ALL, row.class_name)]
        what = _only({row.group for row in inside}), _only({row.expected for row in inside})
        cells = [name, *(("", "") if name == ALL else what), _cases(inside)]
        for method in methods:
            mine = [row for row in by_method[method.name] if name in (ALL, row.class_name)]
            if _cases(mine) != _cases(inside):
                mine = []  # a mean over a part of the cases would mislead
            cells += [_number(mine, key) for key in NUMBERS]
        lines.append([cell or NONE for cell in cells])
    return markdown(header, lines)


def table_by_click(rows: Sequence[Row], methods: Sequence[Method]) -> str:
    """Return a line a group, method and series, with mean Dice after every number of clicks.

    Where several users tried, the standard deviation of their means goes with it.
    """
    counts = sorted({row.clicks for row in rows})
    lines = []
    for group, inside in groups(rows).items():
        for method in methods:
            mine = _complete(method, inside)
            for series in dict.fromkeys(row.series for row in mine):
                own = [row for row in mine if row.series == series]
                means = [_mean_of_users([row for row in own if row.clicks == n]) for n in counts]
                lines.append([group, method.name, series, *means])
    return markdown(["group", "", "prompts", *(f"{n} clicks" for n in counts)], lines)


def table_of_thresholds(rows: Sequence[Row]) -> str:
    """Return the mixture's Dice at the last click by group, for many thresholds."""
    inside = groups(last_clicks(rows))
    lines = []
    for tau in (None, *SWEEP):
        cells = [_dice(mixture_rows(part, tau=tau)) for part in inside.values()]
        lines.append(["calibrated" if tau is None else f"{tau:.1f}", *cells])
    return markdown(["tau", *inside], lines)


def table_of_routing(rows: Sequence[Row], ids: Sequence[str]) -> str:
    """Return the confusion matrix of the gate at the first prompt."""
    names = [*ids, GENERAL]
    lines = [
        [name, *map(str, counts)] for name, counts in zip(names, confusion(rows, ids), strict=True)
    ]
    return markdown(["task", *(f"sent to {name}" for name in names)], lines)


def table_of_reliability(bins: Sequence[Bin]) -> str:
    """Return how often the top expert is right, by its score."""
    lines = [[f"{b.score:.2f}", f"{b.right:.2f}", str(b.count)] for b in bins]
    return markdown(["mean score of the top expert", "share that is its task", "prompts"], lines)


def forgetting(rows: Sequence[Row], methods: Sequence[Method]) -> str:
    """Return what nobody's tasks lose against the baseline, as a sentence."""
    others = [row for row in last_clicks(rows) if not row.expected]
    before = {_tried(row): row for row in BASELINE_METHOD.rows(others)}
    if not before:
        return "Every case is an expert's task: nothing shows what is forgotten."
    said = []
    for method in methods:
        after = method.rows(others)
        if method in (BASELINE_METHOD, OWN_EXPERT_METHOD) or not after:
            continue
        gain = estimate((row.patient, row.dice - before[_tried(row)].dice) for row in after)
        said.append(f"{method.name} {_signed(str(gain))}")
    return f"Dice on {_count(others)} that are nobody's task, against the baseline: " + (
        "; ".join(said) or "no other method was tried"
    )


def markdown(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    rows = [list(header), ["---"] * len(header), *map(list, lines)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _complete(method: Method, inside: Sequence[Row]) -> list[Row]:
    """Return a method's rows of a group, none where it did not answer all of its cases."""
    mine = method.rows(inside)
    return mine if {row.case for row in mine} == {row.case for row in inside} else []


def _mean_of(method: Method, inside: Sequence[Row]) -> str:
    mine = _complete(method, inside)
    return str(estimate((row.patient, row.dice) for row in mine)) if mine else NONE


def _gain(method: Method, inside: Sequence[Row]) -> str:
    """Return by how much a method's Dice differs from the baseline's, case by case."""
    before = {_tried(row): row.dice for row in _complete(BASELINE_METHOD, inside)}
    after = _complete(method, inside)
    if not before or not after:
        return NONE
    return _signed(str(estimate((row.patient, row.dice - before[_tried(row)]) for row in after)))


def _signed(text: str) -> str:
    return text if text.startswith("-") else f"+{text}"


def _number(rows: Sequence[Row], name: str) -> str:
    if not rows:
        return NONE
    found = estimate((row.patient, NUMBERS[name](row)) for row in rows)
    if name == "HD95 mm":
        return f"{found.mean:.1f}"
    if name == "Dice" and found.cases > 1:
        return f"{found.mean:.3f} ± {found.spread:.3f}"
    return f"{found.mean:.3f}"


def _dice(rows: Sequence[Row]) -> str:
    return f"{fmean(row.dice for row in rows):.3f}" if rows else NONE


def _mean_of_users(rows: Sequence[Row]) -> str:
    """Return the mean Dice of all users, and how much their own means differ."""
    users = sorted({row.user for row in rows})
    if len(users) < 2:
        return _dice(rows)
    means = [fmean(row.dice for row in rows if row.user == user) for user in users]
    return f"{_dice(rows)} ± {stdev(means):.3f}"


def _tried(row: Row) -> tuple[str, int, str]:
    """Return what was tried, whoever answered."""
    return row.case, row.user, row.series


def _cases(rows: Sequence[Row]) -> str:
    return str(len({row.case for row in rows}))


def _count(rows: Sequence[Row]) -> str:
    return f"{_cases(rows)} cases ({len({row.patient for row in rows})} patients)"


def _only(values: set[str]) -> str:
    return values.pop() if len(values) == 1 else ""


def _as_people_count(name: str) -> list[str]:
    """Return a sorting key in which 'label 9' comes before 'label 10'."""
    return [part.zfill(9) if part.isdecimal() else part for part in name.split()]
