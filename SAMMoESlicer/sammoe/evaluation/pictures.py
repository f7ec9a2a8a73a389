"""The cases that went worst, as pictures: the truth, and what baseline and mixture drew."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..figure.planes import ORIENTATIONS, Plane, cut_plane
from ..geometry import bounding_box, box_corners, transform_points
from ..intensity import choose_window, sample_values
from ..labelled_scans import LabelledScan
from ..options import AUTO, NO_EXPERT, PredictOptions
from ..overlap import dice
from ..simulated_user import most_interior_voxel, next_click
from ..volume import Volume
from ..whole_file import written_whole
from .cases import Case
from .click_loop import click_through
from .methods import BASELINE_METHOD, MIXTURE_METHOD, Method
from .plan import EvaluationPlan, seed_of
from .rows import Row
from .score_case import predictor_of
from .tables import last_clicks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TRUTH_COLOR, BASELINE_COLOR, MIXTURE_COLOR = "#58d68d", "#f5b041", "#5dade2"
MARGIN_MM = 25.0
CONTOUR = 0.5


@dataclass(frozen=True, eq=False)
class Drawn:
    """A mask to outline."""

    name: str
    color: str
    mask_kji: NDArray[np.bool_]


def worst_cases(rows: Sequence[Row], method: Method, series: str, count: int) -> list[Row]:
    """Return the rows of the lowest Dice after the last click of a series, one of every case."""
    last = [row for row in last_clicks(method.rows(rows)) if row.series == series]
    worst: dict[str, Row] = {}
    for row in sorted(last, key=lambda row: row.dice):
        worst.setdefault(row.case, row)
    return list(worst.values())[:count]


def draw_worst(
    folder: Path, cases: Sequence[Case], rows: Sequence[Row], plan: EvaluationPlan, *, count: int
) -> list[tuple[Path, str]]:
    """Draw the cases with the lowest Dice after the first series; returns pictures and captions.

    Args:
        folder: Where to.
        cases: All of them.
        rows: Theirs.
        plan: How they were scored.
        count: How many are drawn.
    """
    series = plan.series[0]
    mixture = MIXTURE_METHOD.rows(rows)
    method = MIXTURE_METHOD if mixture and {r.trajectory for r in mixture} != {"general"} else (
        BASELINE_METHOD
    )  # fmt: skip
    by_name = {case.name: case for case in cases}
    drawn = []
    for place, row in enumerate(worst_cases(rows, method, series.name, count), start=1):
        path = folder / f"worst_{place}.png"
        caption = f"{row.class_name} in {row.case.split(':')[0]}, {series.name}"
        _draw(path, by_name[row.case], plan, row.user, caption)
        drawn.append((path, f"{caption}: Dice {row.dice:.2f}"))
    return drawn


def _draw(path: Path, case: Case, plan: EvaluationPlan, user: int, title: str) -> None:
    """Draw three planes through the middle of the mixture's largest error with a user's clicks."""
    from matplotlib.figure import Figure

    scan = case.read_scan()
    volume, truth = scan.volume, scan.mask_kji(case.label)
    masks = [
        Drawn("truth", TRUTH_COLOR, truth),
        Drawn(BASELINE_METHOD.name, BASELINE_COLOR, _mask(scan, case, plan, user, NO_EXPERT)),
        Drawn(MIXTURE_METHOD.name, MIXTURE_COLOR, _mask(scan, case, plan, user, AUTO)),
    ]
    centre_kji = _largest_error(truth, masks[-1].mask_kji, volume)
    centre_ras = transform_points(centre_kji[::-1], volume.ijk_to_ras)[0]
    figure = Figure(figsize=(11, 4))
    window = choose_window(sample_values(volume), float(np.median(volume.array_kji[truth])))
    for axes, orientation in zip(figure.subplots(1, 3), ORIENTATIONS, strict=True):
        planes = [cut_plane(volume, drawn.mask_kji, centre_ras, orientation) for drawn in masks]
        _show(axes, planes[0], (window.lower, window.upper))
        for plane, drawn in zip(planes, masks, strict=True):
            _outline(axes, plane, drawn)
        _zoom(axes, planes[0], volume, truth | masks[-1].mask_kji)
        axes.set_title(orientation.name, fontsize=9)
    figure.suptitle(title)
    handles = [
        figure.axes[0].plot([], [], color=drawn.color, label=_label(drawn, truth))[0]
        for drawn in masks
    ]
    figure.legend(handles=handles, loc="lower center", ncols=3, frameon=False, fontsize=9)
    with written_whole(path) as stream:
        figure.savefig(stream, format="png", dpi=110, bbox_inches="tight")


def _label(drawn: Drawn, truth: NDArray[np.bool_]) -> str:
    same = drawn.mask_kji is truth
    return drawn.name if same else f"{drawn.name}, Dice {dice(drawn.mask_kji, truth):.2f}"


def _largest_error(
    truth: NDArray[np.bool_], mask: NDArray[np.bool_], volume: Volume
) -> NDArray[np.int64]:
    """Return the voxel (3,) a user would click next, or the object's middle."""
    spacing: Any = tuple(volume.spacing_mm[::-1])
    click = next_click(truth, mask, spacing=spacing)
    return click[0] if click else most_interior_voxel(truth, spacing=spacing)


def _mask(
    scan: LabelledScan, case: Case, plan: EvaluationPlan, user: int, expert: str
) -> NDArray[np.bool_]:
    """Return what the product shows after the first series, where it was annotated."""
    predictor = predictor_of(plan.bundle, plan.device, plan.threads)
    predictor.set_volume(scan.volume)
    *_, last = click_through(
        predictor,
        scan.volume,
        scan.mask_kji(case.label),
        plan.series[0],
        options=PredictOptions(expert=expert),
        ignored_kji=scan.ignored_kji,
        seed=seed_of(case.name, user),
        exact=user == 0,
    )
    return last.mask_kji


def _show(axes: "Axes", plane: Plane, window: tuple[float, float]) -> None:
    axes.imshow(plane.grey, cmap="gray", vmin=window[0], vmax=window[1], extent=plane.extent_mm)
    axes.set(xticks=[], yticks=[])


def _outline(axes: "Axes", plane: Plane, drawn: Drawn) -> None:
    if (plane.mask > CONTOUR).any() and not (plane.mask > CONTOUR).all():
        axes.contour(
            plane.mask[::-1], [CONTOUR], colors=drawn.color, linewidths=1.2,
            extent=plane.extent_mm,
        )  # fmt: skip


def _zoom(axes: "Axes", plane: Plane, volume: Volume, shown: NDArray[np.bool_]) -> None:
    """Show the masks and what is near them."""
    corners_ijk = box_corners(bounding_box(shown) - 0.5)
    picture = plane.to_picture(transform_points(corners_ijk, volume.ijk_to_ras))
    low, high = picture.min(axis=0) - MARGIN_MM, picture.max(axis=0) + MARGIN_MM
    left, right, bottom, top = plane.extent_mm
    axes.set(
        xlim=(max(low[0], left), min(high[0], right)),
        ylim=(max(low[1], bottom), min(high[1], top)),
    )
