"""A study: many cases clicked through the product in several modes, and the report of it."""

from .cases import StudyCase, study_cases
from .experts import check_classes, check_pinned
from .plan import Mode, Series, StudyPlan, parse_modes, parse_series
from .report import write_report
from .rows import Row
from .scheduler import StudyResult, run_study

__all__ = [
    "Mode",
    "Row",
    "Series",
    "StudyCase",
    "StudyPlan",
    "StudyResult",
    "check_classes",
    "check_pinned",
    "parse_modes",
    "parse_series",
    "run_study",
    "study_cases",
    "write_report",
]
