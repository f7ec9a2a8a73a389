"""A study: many cases clicked through the product in several modes, and the report of it."""

from .cases import StudyCase, study_cases
from .experts import check_classes, check_pinned
from .plan import Mode, Series, StudyPlan, parse_modes, parse_series
from .report import make_report_folder, start_rows, write_report
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
    "make_report_folder",
    "parse_modes",
    "parse_series",
    "run_study",
    "start_rows",
    "study_cases",
    "write_report",
]
