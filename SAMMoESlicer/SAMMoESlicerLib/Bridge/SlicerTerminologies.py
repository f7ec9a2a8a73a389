"""Every structure that Slicer's own terminologies know."""

from collections.abc import Iterator
from typing import Any

import slicer

from .Structure import Code, Structure


def terminologyStructures(logic: Any) -> Iterator[Structure]:
    """Yield the types of all loaded terminologies, each with its sides or other modifiers.

    Args:
        logic: A vtkSlicerTerminologiesModuleLogic.
    """
    names: list[str] = []
    logic.GetLoadedTerminologyNames(names)
    for name in names:
        for index in range(logic.GetNumberOfCategoriesInTerminology(name)):
            category = slicer.vtkSlicerTerminologyCategory()
            if logic.GetNthCategoryInTerminology(name, index, category):
                yield from _ofCategory(logic, name, category)


def _ofCategory(logic: Any, name: str, category: Any) -> Iterator[Structure]:
    for index in range(logic.GetNumberOfTypesInTerminologyCategory(name, category)):
        entry = slicer.vtkSlicerTerminologyType()
        if not logic.GetNthTypeInTerminologyCategory(name, category, index, entry):
            continue
        codes: dict[str, Any] = {"type": _code(entry), "category": _code(category)}
        if not entry.GetHasModifiers():  # to count them would be logged as an error
            yield Structure(entry.GetCodeMeaning(), _color(entry), **codes)
            continue
        count = logic.GetNumberOfTypeModifiersInTerminologyType(name, category, entry)
        for number in range(count):
            modifier = slicer.vtkSlicerTerminologyType()
            if logic.GetNthTypeModifierInTerminologyType(name, category, entry, number, modifier):
                text = f"{modifier.GetCodeMeaning()} {entry.GetCodeMeaning().lower()}"
                yield Structure(text, _color(modifier), modifier=_code(modifier), **codes)


def _code(entry: Any) -> Code:
    return Code(entry.GetCodingSchemeDesignator(), entry.GetCodeValue(), entry.GetCodeMeaning())


def _color(entry: Any) -> tuple[float, float, float] | None:
    red, green, blue = (part / 255 for part in entry.GetRecommendedDisplayRGBValue())
    return (red, green, blue)
