"""Whose task a class is, and whether the experts a user names have a class to draw."""

from collections.abc import Mapping, Sequence

from ..errors import SAMMoEError
from .cases import StudyCase
from .plan import Mode, StudyPlan


def expert_of(case: StudyCase, plan: StudyPlan, ids: tuple[str, ...]) -> str:
    """Return the expert whose task a class is: as the plan says, or of the same name."""
    same_name = case.class_name.lower().replace(" ", "-")
    told = plan.expert_of.get(case.class_name) or plan.expert_of.get(str(case.label))
    expert_id = told or same_name
    return expert_id if expert_id in ids else ""


def check_classes(
    told: Sequence[Mapping[str, str]],
    cases: Sequence[StudyCase],
    label_names: Mapping[int, str],
) -> None:
    """Check that every assignment of an expert is about a class there is.

    Args:
        told: Expert id by class; one mapping for each assignment, of which one class suffices.
        cases: What is scored.
        label_names: Further classes the data set names.

    Raises:
        SAMMoEError: A class is misspelt.
    """
    classes = {**label_names, **{case.label: case.class_name for case in cases}}
    known = {*classes.values(), *map(str, classes)}
    for assignment in told:
        if known.isdisjoint(assignment):
            names = list(assignment)
            spelt = names[0] if len(names) == 1 else f"{names[0]}-{names[-1]}"
            raise SAMMoEError(f"--expert: there is no class '{spelt}'; {_listed(classes)}")


def check_pinned(cases: Sequence[StudyCase], plan: StudyPlan, ids: tuple[str, ...]) -> None:
    """Check that a study of pinned experts alone has an expert to pin.

    Raises:
        SAMMoEError: No class is the task of an expert.
    """
    if plan.modes != (Mode.EXPERTS,) or any(expert_of(case, plan, ids) for case in cases):
        return
    classes = {case.label: case.class_name for case in cases}
    raise SAMMoEError(
        "--modes experts: no class is an expert's task; say whose it is with --expert CLASS=ID, or "
        f"add the mode baseline; {_listed(classes)}; the experts are: {', '.join(ids) or 'none'}"
    )


def _listed(classes: Mapping[int, str]) -> str:
    named = (
        name if name == f"label {label}" else f"{label} {name}"
        for label, name in sorted(classes.items())
    )
    return "the classes are: " + ", ".join(named)
