"""`sammoe evaluate`: how good is a bundle on labelled scans, in every mode, written as a report."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import SAMMoEError
from .arguments import DEVICES, count
from .cases import add_cases, cases_from, told_experts
from .console import TrainingConsole
from .training_arguments import check_extra, positive
from .training_run import STOPPED

if TYPE_CHECKING:
    from ..bundle import Bundle
    from ..evaluation import Case, Evaluated, EvaluationPlan, Scored
    from ..labelled_scans import LeftOut


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--bundle", metavar="DIR", type=Path, help="default: the embedded one")
    add_cases(parser)
    parser.add_argument(
        "--prompts", metavar="LIST", default="points:6,box",
        help="points:N is one click in the middle and N - 1 corrections, box a box with 5 mm "
        "jitter, box:N the same with N corrections, box+point:N such a box with a click in the "
        "middle and N - 1 corrections, mask:N corrections of an earlier mask with local errors; "
        "default: points:6,box",
    )  # fmt: skip
    parser.add_argument(
        "--modes", metavar="LIST", default="baseline,experts,mixture",
        help="baseline: general decoder; experts: the class's own expert alone; expert:ID: this "
        "expert alone, whatever the class; mixture: the gate decides; default: all but expert:ID",
    )  # fmt: skip
    parser.add_argument(
        "--users", metavar="N", type=count, default=1,
        help="how many users try every case: the first begins in the very middle, the others a "
        "little off it, and each draws another box; the report says how much they differ; "
        "default: 1",
    )  # fmt: skip
    parser.add_argument("--no-ablations", action="store_true", help="only the weighted fusion")
    parser.add_argument("--nsd-mm", metavar="MM", type=positive, default=2.0)
    parser.add_argument("--every", metavar="N", type=count, default=1, help="every N-th case only")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument(
        "--processes",
        metavar="N",
        type=count,
        help="how many score cases; default: one a core on a CPU, one on a GPU",
    )
    parser.add_argument("--threads", metavar="N", type=count, help="of each process on a CPU")
    parser.add_argument(
        "--scheduler", metavar="ADDRESS",
        help="spread the cases over a dask cluster, e.g. tcp://host:8786, whose workers see the "
        "same paths",
    )  # fmt: skip
    parser.add_argument(
        "--worst", metavar="N", type=int, default=6, help="draw so many of the worst cases"
    )
    parser.add_argument(
        "--out", metavar="DIR", type=Path, required=True, help="CSV, Markdown and pictures"
    )


def run(arguments: argparse.Namespace) -> None:
    """Score every case and write the report.

    Raises:
        SAMMoEError: Bundle, data, options or the report's folder cannot be used.
        WorkerError: The scheduler cannot be reached.
        SystemExit: Stopped with Ctrl+C. The report holds what was scored, unless the folder had
            one: a part does not replace it.
    """
    check_extra("monai", "scipy")
    from ..bundle import default_bundle_path, read_bundle
    from ..evaluation import Evaluated, alone_in, make_report_folder
    from ..labelled_scans import LeftOut

    bundle = read_bundle(arguments.bundle or default_bundle_path())
    plan = _plan(arguments, bundle)
    make_report_folder(arguments.out)
    with alone_in(arguments.out):
        left_out = LeftOut()
        cases = _cases(arguments, plan, bundle, left_out)
        console = TrainingConsole()
        result = _scored(arguments, cases, plan, bundle, left_out, console)
        _report(arguments, result, Evaluated(cases, result.rows, plan, bundle, left_out), console)


def _scored(
    arguments: argparse.Namespace,
    cases: list["Case"],
    plan: "EvaluationPlan",
    bundle: "Bundle",
    left_out: "LeftOut",
    console: TrainingConsole,
) -> "Scored":
    """Return the rows of all cases; those that a run which was ended has left are not made again.

    Raises:
        SAMMoEError: No case can be scored.
    """
    from ..evaluation import (
        default_processes,
        default_threads,
        earlier_rows,
        executor_of,
        score_cases,
        start_rows,
        study_of,
    )

    study = study_of(cases, plan, bundle.hash)
    earlier = earlier_rows(arguments.out, study)
    done = {row.case for row in earlier}
    if done:
        console.say(
            f"{len(done)} of {len(cases)} cases were scored before this evaluation was ended, and "
            "are not scored again; to do so name another folder"
        )
    left = [case for case in cases if case.name not in done]
    processes = arguments.processes or default_processes(arguments.device, arguments.threads)
    processes = min(processes, max(len(left), 1))
    if plan.threads is None and arguments.scheduler is None:
        plan = replace(plan, threads=default_threads(processes))
    with executor_of(arguments.scheduler, processes) as (executor, at_once):
        result = score_cases(
            left, plan, executor, at_once=at_once, left_out=left_out,
            on_case=lambda scored, total: console.count("cases", scored, total),
            on_rows=start_rows(arguments.out, study=study, rows=earlier),
        )  # fmt: skip
    if not result.rows and not earlier and not result.stopped:
        raise SAMMoEError(f"no case could be scored; the first: {result.failed[0][1]}")
    number = {case.name: n for n, case in enumerate(cases)}
    return replace(result, rows=sorted([*earlier, *result.rows], key=lambda r: number[r.case]))


def _report(
    arguments: argparse.Namespace, result: "Scored", done: "Evaluated", console: TrainingConsole
) -> None:
    """Write the report, unless it is of a part of the cases and the folder has one.

    Raises:
        SystemExit: Stopped with Ctrl+C.
    """
    from ..evaluation import PART_FILE, holds_report, write_report

    keeps_earlier = bool(result.stopped) and holds_report(arguments.out)
    if result.rows and not keeps_earlier:
        report = write_report(
            arguments.out, done, worst=arguments.worst, is_whole=not result.stopped
        )
        console.say(report.text)
        console.say("written: " + ", ".join(str(path) for path in report.files))
    if result.stopped:
        scored = len({row.case for row in result.rows})
        if not scored:
            console.say(f"stopped before the first of {len(done.cases)} cases was scored")
            raise SystemExit(STOPPED)
        where = f"{PART_FILE}, the earlier report stays" if keeps_earlier else "the report"
        console.say(f"stopped: {scored} of {len(done.cases)} cases are in {where}")
        raise SystemExit(STOPPED)


def _plan(arguments: argparse.Namespace, bundle: "Bundle") -> "EvaluationPlan":
    from ..evaluation import EvaluationPlan, parse_modes, parse_series

    plan = EvaluationPlan(
        bundle=bundle.path.absolute(),
        device=arguments.device,
        series=parse_series(arguments.prompts),
        modes=parse_modes(arguments.modes),
        expert_of=told_experts(arguments, bundle),
        nsd_mm=arguments.nsd_mm,
        ablations=not arguments.no_ablations,
        threads=arguments.threads,
        users=arguments.users,
    )
    for expert_id in plan.everywhere:
        bundle.card.expert(expert_id)
    return plan


def _cases(
    arguments: argparse.Namespace, plan: "EvaluationPlan", bundle: "Bundle", left_out: "LeftOut"
) -> list["Case"]:
    from ..evaluation import check_pinned

    cases = cases_from(arguments, left_out)[:: arguments.every]
    check_pinned(cases, plan, bundle.card.expert_ids)
    return cases
