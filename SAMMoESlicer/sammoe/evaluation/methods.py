"""The methods a report compares: which rows are what a method would have shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..options import Fusion
from .plan import BASELINE, EXPERT, EXPERTS, MIXTURE, EvaluationPlan
from .rows import GENERAL_DECODER, PINNED, Row


@dataclass(frozen=True)
class Method:
    """One way to segment.

    Attributes:
        name: In tables.
        color: In pictures.
        rows: Chooses, of the rows of all trajectories, those it would have shown.
    """

    name: str
    color: str
    rows: Callable[[Sequence[Row]], list[Row]]


BASELINE_METHOD = Method("baseline", "#7f8c8d", lambda rows: _of(rows, GENERAL_DECODER))
OWN_EXPERT_METHOD = Method(
    "own expert alone",
    "#e67e22",
    lambda rows: [row for row in rows if row.trajectory == f"{PINNED}{row.expected}"],
)
MIXTURE_METHOD = Method("mixture", "#2874a6", lambda rows: mixture_rows(rows))
UPPER_BOUND_METHOD = Method(
    "upper bound",
    "#117a65",
    lambda rows: [row for row in rows if row.trajectory == _right_decoder(row)],
)
"""Whose task it is answers alone: what a gate that never errs would give."""
FIXED_TAU = (0.5, 0.7)


def methods_of(plan: EvaluationPlan, ids: Sequence[str]) -> list[Method]:
    """Return the methods of a plan's modes, the baseline first and the mixture last."""
    methods = [BASELINE_METHOD] if BASELINE in plan.modes or MIXTURE in plan.modes else []
    if EXPERTS in plan.modes and ids:
        methods.append(OWN_EXPERT_METHOD)
    methods += [_everywhere(mode.removeprefix(EXPERT)) for mode in plan.modes if EXPERT in mode]
    return [*methods, MIXTURE_METHOD] if MIXTURE in plan.modes and ids else methods


def ablations_of(plan: EvaluationPlan, ids: Sequence[str]) -> list[Method]:
    """Return the lines of the paper's Table 2: bounds, thresholds, and ways to fuse."""
    if MIXTURE not in plan.modes or not ids:
        return []
    methods = [BASELINE_METHOD]
    if EXPERTS in plan.modes:
        methods.append(UPPER_BOUND_METHOD)
    methods += [_mixture(f"tau {tau}", tau=tau) for tau in FIXED_TAU]
    methods += [_mixture(str(fusion), fusion=fusion) for fusion in plan.fusions[1:]]
    return [*methods, _mixture("tau calibrated per expert")]


def mixture_rows(
    rows: Sequence[Row], *, fusion: str = Fusion.WEIGHTED, tau: float | None = None
) -> list[Row]:
    """Return what the mixture gives at a threshold: fused where the gate is sure, else general.

    At each expert's own threshold that is the product itself, run. Another threshold is judged by
    the trajectories in which the top expert draws from the first look on, or nobody does.

    Args:
        rows: Of all trajectories.
        fusion: How the two are fused.
        tau: One threshold for all; None: each expert's own.
    """
    if tau is None and fusion == Fusion.WEIGHTED:
        return _of(rows, MIXTURE)
    return [
        row for row in rows if row.trajectory == (fusion if row.routed(tau) else GENERAL_DECODER)
    ]


def _everywhere(expert_id: str) -> Method:
    trajectory = f"{PINNED}{expert_id}"
    return Method(f"{expert_id} alone", "#af601a", lambda rows: _of(rows, trajectory))


def _mixture(name: str, *, fusion: Fusion = Fusion.WEIGHTED, tau: float | None = None) -> Method:
    return Method(
        name, MIXTURE_METHOD.color, lambda rows: mixture_rows(rows, fusion=fusion, tau=tau)
    )


def _right_decoder(row: Row) -> str:
    return f"{PINNED}{row.expected}" if row.expected else GENERAL_DECODER


def _of(rows: Sequence[Row], trajectory: str) -> list[Row]:
    return [row for row in rows if row.trajectory == trajectory]
