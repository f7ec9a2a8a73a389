"""Whose task a class is, and whether the experts a user names have a class to draw."""

from collections.abc import Collection, Mapping, Sequence

from ..errors import SAMMoEError
from .cases import Case
from .plan import EXPERTS, EvaluationPlan


def expert_of(case: Case, told: Mapping[str, str], ids: Collection[str]) -> str:
    """Return the expert whose task a class is: as told, as the data set says, or of the same name.

    Args:
        case: Of the class.
        told: Expert id by class, its name or label value.
        ids: The experts there are; a task of no other one is nobody's.
    """
    same_name = case.class_name.lower().replace(" ", "-")
    named = told.get(case.class_name) or told.get(str(case.label))
    expert_id = named or case.expert or same_name
    return expert_id if expert_id in ids else ""


def check_classes(
    told: Sequence[Mapping[str, str]], cases: Sequence[Case], named: Collection[str] = ()
) -> None:
    """Check that every assignment of an expert is about a class there is.

    Args:
        told: Expert id by class; one mapping for each assignment, of which one class suffices.
        cases: What is scored.
        named: Further classes that data sets name.

    Raises:
        SAMMoEError: A class is misspelt.
    """
    known = {*named, *(name for case in cases for name in (case.class_name, str(case.label)))}
    for assignment in told:
        if known.isdisjoint(assignment):
            names = list(assignment)
            spelt = names[0] if len(names) == 1 else f"{names[0]}-{names[-1]}"
            raise SAMMoEError(f"--expert: there is no class '{spelt}'; {_listed(cases)}")


def check_pinned(cases: Sequence[Case], plan: EvaluationPlan, ids: tuple[str, ...]) -> None:
    """Check that an evaluation of pinned experts alone has an expert to pin.

    Raises:
        SAMMoEError: No class is the task of an expert.
    """
    if plan.modes != (EXPERTS,) or any(expert_of(case, plan.expert_of, ids) for case in cases):
        return
    raise SAMMoEError(
        "--modes experts: no class is an expert's task; say whose it is with --expert CLASS=ID, or "
        f"add the mode baseline; {_listed(cases)}; the experts are: {', '.join(ids) or 'none'}"
    )


def _listed(cases: Sequence[Case]) -> str:
    named = (
        name if name == f"label {label}" else f"{label} {name}"
        for label, name in sorted({(case.label, case.class_name) for case in cases})
    )
    return "the classes are: " + ", ".join(named)
