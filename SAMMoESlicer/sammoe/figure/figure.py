"""One picture of one segmentation: three slices, the prompts, the mask, the experts' confidence.

Needs matplotlib (`pip install 'sammoe[demo]'`), which is imported when a picture is drawn.
"""

from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SAMMoEError
from ..geometry import bounding_box, transform_points
from ..intensity import choose_window, sample_values
from ..options import GENERAL, GENERAL_COLOR
from ..prompts import PromptSet
from ..result import Result
from ..volume import Volume
from ..whole_file import written_whole
from .colors import BACKGROUND, BOX, PANEL, QUIET, TEXT
from .planes import ORIENTATIONS, Plane, bounds_ras, cut_plane
from .slices import draw_cross, draw_plane, draw_prompts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("png", "jpg", "jpeg", "svg", "pdf")
HEIGHT_INCH, MARGIN_INCH, GAP_INCH, SIDE_INCH = 5.0, 0.35, 0.12, 3.6


@dataclass(frozen=True)
class Caption:
    """The words and colours around the slices.

    Attributes:
        title: In large letters.
        subtitle: Below it.
        names: Expert id to the name on its bar; an id without one stands for itself.
        colors: Expert id to red, green, blue in 0..1.
        taus: Expert id to the score above which it is taken; without one its bar has no mark.
    """

    title: str = "SAM-Med3D-MoE"
    subtitle: str = ""
    names: dict[str, str] = field(default_factory=dict)
    colors: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    taus: dict[str, float] = field(default_factory=dict)


def check_can_draw(path: Path | str) -> str:
    """Return the format that a picture's ending chooses, before any work is done.

    Raises:
        SAMMoEError: The ending is of no picture, or matplotlib is not installed.
    """
    ending = Path(path).suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise SAMMoEError(f"{path}: a picture is written as .{', .'.join(FORMATS)}")
    if find_spec("matplotlib") is None:
        raise SAMMoEError("a picture needs matplotlib; install it with: pip install 'sammoe[demo]'")
    return ending


def save_figure(
    path: Path | str,
    volume: Volume,
    prompts: PromptSet,
    result: Result,
    *,
    caption: Caption | None = None,
) -> None:
    """Draw and save; the file's ending chooses the format.

    Raises:
        SAMMoEError: matplotlib is not installed, or the file cannot be written.
    """
    image_format = check_can_draw(path)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    caption = caption or Caption()
    centre_ras = _centre(volume, prompts, result)
    planes = [
        cut_plane(volume, result.mask_kji, centre_ras, orientation) for orientation in ORIENTATIONS
    ]
    figure = Figure(facecolor=BACKGROUND)
    FigureCanvasAgg(figure)
    axes = _layout(figure, planes)
    color = caption.colors.get(result.expert or "", GENERAL_COLOR)
    window = choose_window(sample_values(volume))
    for ax, plane in zip(axes, planes, strict=False):
        draw_plane(ax, plane, (window.lower, window.upper), color)
        draw_cross(ax, plane, centre_ras)
        draw_prompts(ax, plane, prompts, centre_ras)
    _draw_scores(axes[-1], result, caption)
    _draw_words(figure, volume, result, caption)
    try:
        with written_whole(Path(path)) as stream:
            figure.savefig(stream, format=image_format, dpi=130, facecolor=BACKGROUND)
    except OSError as error:
        raise SAMMoEError(f"the picture {path} cannot be written: {error}") from error


def _centre(volume: Volume, prompts: PromptSet, result: Result) -> NDArray[np.float64]:
    """Return where to cut: at what was pointed at, else the mask's or the volume's middle."""
    clicks = prompts.points_ras[prompts.point_labels == 1]
    if len(clicks):
        return clicks[-1]
    drawn = [curve.points_ras for curve in prompts.curves if curve.label == 1]
    if drawn:
        return drawn[-1][len(drawn[-1]) // 2]
    if result.mask_box_kji.any():
        box = bounding_box(result.mask_box_kji) + result.box_ijk[0]
        return transform_points((box[0] + box[1] - 1) / 2, volume.ijk_to_ras)[0]
    return bounds_ras(volume).mean(axis=0)


def _layout(figure: "Figure", planes: list[Plane]) -> list["Axes"]:
    """Place the slices at one common scale, as large as the height allows; then the bars."""
    sizes = np.array(
        [(p.extent_mm[1] - p.extent_mm[0], p.extent_mm[3] - p.extent_mm[2]) for p in planes]
    )
    inch_per_mm = min(HEIGHT_INCH / sizes[:, 1].max(), 13.0 / sizes[:, 0].sum())
    widths, heights = (sizes * inch_per_mm).T
    top_inch, bottom_inch = 0.95, 0.45
    full_height = heights.max() + top_inch + bottom_inch
    full_width = 2 * MARGIN_INCH + widths.sum() + 3 * GAP_INCH + SIDE_INCH
    figure.set_size_inches(full_width, full_height)
    left, axes = MARGIN_INCH, []
    for width, height in zip(widths, heights, strict=True):
        bottom = bottom_inch + (heights.max() - height) / 2
        box = (left / full_width, bottom / full_height, width / full_width, height / full_height)
        axes.append(figure.add_axes(box))
        left += width + GAP_INCH
    left += 1.35
    right = full_width - MARGIN_INCH - 0.35
    high = heights.max() * 0.58
    bottom = bottom_inch + heights.max() - high - 0.3
    axes.append(
        figure.add_axes(
            (
                left / full_width,
                bottom / full_height,
                (right - left) / full_width,
                high / full_height,
            )
        )
    )
    return axes


def _draw_scores(ax: "Axes", result: Result, caption: Caption) -> None:
    """Draw one bar an expert, with its own tau, and one for the general decoder; used: bright."""
    ids = [i for i in result.scores if i != GENERAL]
    ids = [*sorted(ids, key=lambda i: -result.scores[i]), GENERAL][::-1]
    chosen = result.expert or GENERAL
    for row, name in enumerate(ids):
        color = caption.colors.get(name, GENERAL_COLOR)
        score, used = result.scores.get(name, 0.0), name == chosen
        ax.barh(row, 1.0, height=0.56, color=PANEL)
        ax.barh(row, score, height=0.56, color=color, alpha=1.0 if used else 0.45)
        label = caption.names.get(name, name.replace("-", " ").capitalize())
        style: dict[str, Any] = {"va": "center", "color": TEXT if used else QUIET, "fontsize": 9.5}
        ax.text(-0.04, row, label, ha="right", weight="bold" if used else "normal", **style)
        ax.text(1.03, row, f"{score:.0%}", **style)
        if name in caption.taus:
            tau = caption.taus[name]
            ax.plot([tau] * 2, [row - 0.34, row + 0.34], color=BOX, linewidth=1.6)
            ax.text(tau, row + 0.36, f"τ {tau:.2f}", color=BOX, fontsize=6.5, ha="center")
    top = len(ids) - 0.5
    ax.set(xlim=(0, 1), ylim=(min(-0.6, top - 5.5), top + 0.5), xticks=[], yticks=[])
    ax.set_facecolor("none")
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_title("Experts' confidence", loc="left", x=-0.66, color=TEXT, fontsize=11, pad=12)


def _draw_words(figure: "Figure", volume: Volume, result: Result, caption: Caption) -> None:
    """Write title and facts."""
    width, height = figure.get_size_inches()
    left = MARGIN_INCH / width
    figure.text(
        left, 1 - 0.28 / height, caption.title, color=TEXT, fontsize=16, weight="bold", va="top"
    )
    figure.text(left, 1 - 0.62 / height, caption.subtitle, color=QUIET, fontsize=10, va="top")
    mask_ml = result.voxel_count * float(abs(np.linalg.det(volume.ijk_to_ras[:3, :3]))) / 1000
    used = (
        "General decoder"
        if result.expert is None
        else caption.names.get(result.expert, result.expert)
    )
    facts = [
        ("Mask", f"{mask_ml:,.1f} ml"),
        ("Fused from", used if result.expert is None else f"general + {used}"),
        ("Model", f"{sum(result.timings_ms.values()):,.0f} ms on {result.device}"),
    ]
    column = (width - MARGIN_INCH - SIDE_INCH + 0.15) / width
    for row, (key, value) in enumerate(reversed(facts)):
        y = (0.5 + 0.27 * row) / height
        figure.text(column, y, key, color=QUIET, fontsize=10)
        figure.text(column + 1.05 / width, y, value, color=TEXT, fontsize=10)
