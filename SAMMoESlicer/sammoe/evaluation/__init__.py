"""Many cases clicked through the product in several modes, and the report of it."""

from .cases import Case, Wanted, find_cases, named_classes
from .executors import default_processes, default_threads, executor_of
from .experts import check_classes, check_pinned, expert_of
from .part_rows import PART_FILE, alone_in, earlier_rows, start_rows, study_of
from .plan import EvaluationPlan, Series, parse_modes, parse_series
from .report import Evaluated, holds_report, make_report_folder, write_report
from .rows import Row
from .run import Scored, score_cases

__all__ = [
    "PART_FILE",
    "Case",
    "Evaluated",
    "EvaluationPlan",
    "Row",
    "Scored",
    "Series",
    "Wanted",
    "alone_in",
    "check_classes",
    "check_pinned",
    "default_processes",
    "default_threads",
    "earlier_rows",
    "executor_of",
    "expert_of",
    "find_cases",
    "holds_report",
    "make_report_folder",
    "named_classes",
    "parse_modes",
    "parse_series",
    "score_cases",
    "start_rows",
    "study_of",
    "write_report",
]
