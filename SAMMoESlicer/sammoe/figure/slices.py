"""Draw one slice: grey values, the mask and its contour, the prompts, the patient's sides."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..prompts import PromptSet
from .colors import BOX, CROSS, FRAME, NEGATIVE, POSITIVE, SIDE_LETTERS, TEXT
from .planes import AXIS_LETTERS, Plane

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SLAB_MM = 4.0
"""Clicks farther from the plane are drawn faintly."""


def draw_plane(
    ax: "Axes", plane: Plane, window: tuple[float, float], color: tuple[float, float, float]
) -> None:
    """Draw grey values between the window's ends, the mask as a veil, its contour, the labels."""
    ax.set_facecolor("black")
    style: dict[str, Any] = {"extent": plane.extent_mm, "aspect": "equal"}
    ax.imshow(
        np.nan_to_num(plane.grey, nan=window[0]),
        cmap="gray", vmin=window[0], vmax=window[1], interpolation="bilinear", **style,
    )  # fmt: skip
    rgba = np.zeros((*plane.mask.shape, 4))
    rgba[..., :3] = color
    rgba[..., 3] = 0.28 * plane.mask
    ax.imshow(rgba, interpolation="bilinear", **style)
    if plane.mask.max() > 0.5 > plane.mask.min():
        ax.contour(
            plane.mask, levels=[0.5], colors=[color], linewidths=1.6, extent=plane.extent_mm,
            origin="upper",
        )  # fmt: skip
    ax.set(xticks=[], yticks=[], xlim=plane.extent_mm[:2], ylim=plane.extent_mm[2:])
    for spine in ax.spines.values():
        spine.set_color(FRAME)
    _label_plane(ax, plane)


def _label_plane(ax: "Axes", plane: Plane) -> None:
    """Write the orientation's name, the patient's sides and a scale bar, readable on bone too."""
    from matplotlib.patheffects import withStroke

    orientation = plane.orientation
    sides = AXIS_LETTERS[orientation.across][:: orientation.across_sign]
    halo = [withStroke(linewidth=2.5, foreground="black", alpha=0.75)]
    small: dict[str, Any] = {"color": SIDE_LETTERS, "fontsize": 9, "path_effects": halo}
    small["transform"] = ax.transAxes
    ax.text(0.025, 0.965, orientation.name, va="top", **(small | {"color": TEXT, "fontsize": 10}))
    ax.text(0.02, 0.5, sides[0], va="center", **small)
    ax.text(0.98, 0.5, sides[1], va="center", ha="right", **small)
    ax.text(0.5, 0.98, AXIS_LETTERS[orientation.up][1], va="top", ha="center", **small)
    width = plane.extent_mm[1] - plane.extent_mm[0]
    bar_mm = 50 if width > 150 else 10
    left, low = plane.extent_mm[0] + 0.03 * width, plane.extent_mm[2] + 0.03 * width
    style: dict[str, Any] = {"color": TEXT, "path_effects": halo}
    ax.plot([left, left + bar_mm], [low, low], linewidth=2, solid_capstyle="butt", **style)
    middle = left + bar_mm / 2
    ax.text(middle, low + 0.015 * width, f"{bar_mm} mm", fontsize=7.5, ha="center", **style)


def draw_cross(ax: "Axes", plane: Plane, centre_ras: NDArray[np.float64]) -> None:
    """Draw where the other two slices cut this one."""
    ((across, up),) = plane.to_picture(centre_ras[None])
    line: dict[str, Any] = {"color": CROSS, "linewidth": 0.7, "alpha": 0.45}
    ax.axvline(across, **line)
    ax.axhline(up, **line)


def draw_prompts(
    ax: "Axes", plane: Plane, prompts: PromptSet, centre_ras: NDArray[np.float64]
) -> None:
    """Draw clicks and curves, faint where they lie off this plane, and the outline of a box."""
    off_mm = np.abs(
        prompts.points_ras[:, plane.orientation.through] - centre_ras[plane.orientation.through]
    )
    places = plane.to_picture(prompts.points_ras)
    for place, label, distance_mm in zip(places, prompts.point_labels, off_mm, strict=True):
        ax.plot(
            *place, marker="o" if label else "X", markersize=8, markeredgecolor="white",
            markeredgewidth=1.2, color=POSITIVE if label else NEGATIVE,
            alpha=1.0 if distance_mm <= SLAB_MM else 0.3,
        )  # fmt: skip
    for curve in prompts.curves:
        line = curve.line_ras
        off_mm = np.abs(
            line[:, plane.orientation.through] - centre_ras[plane.orientation.through]
        ).min()
        ax.plot(
            *plane.to_picture(line).T, color=POSITIVE if curve.label else NEGATIVE, linewidth=1.6,
            alpha=1.0 if off_mm <= SLAB_MM else 0.3,
        )  # fmt: skip
    if prompts.box_ras is not None:
        corners = plane.to_picture(prompts.box_ras)
        (left, low), (right, high) = corners.min(axis=0), corners.max(axis=0)
        outline = np.array([(left, low), (right, low), (right, high), (left, high), (left, low)])
        ax.plot(*outline.T, color=BOX, linewidth=1.2, linestyle=(0, (4, 2)))
