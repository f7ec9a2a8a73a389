"""Cases scored here, in several processes, or on a cluster of which a worker dies: each once."""

import csv
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sammoe.errors import SAMMoEError, WorkerError
from sammoe.evaluation import (
    PART_FILE,
    Case,
    EvaluationPlan,
    default_threads,
    executor_of,
    executors,
    score_cases,
    start_rows,
)
from sammoe.evaluation.executors import InThisProcess
from sammoe.labelled_scans import Entry, LeftOut
from slow_scorer import make_row, score_slowly

distributed = pytest.importorskip("distributed")


def cases(*names: str) -> list[Case]:
    return [Case(name, "ball", Entry(name, Path("a"), Path("b")), 1) for name in names]


def scored_here(names, score, **told):
    return score_cases(
        cases(*names), EvaluationPlan(), InThisProcess(), at_once=1, score=score, **told
    )


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes on this machine."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as local:
        yield local


def test_every_case_is_counted_once_although_a_worker_of_a_cluster_is_killed(cluster, tmp_path):
    names = [f"case{n}" for n in range(6)]
    killed = []

    def kill_a_busy_worker(done: int, total: int) -> None:
        if killed:
            return
        traces = sorted(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime)
        victim = int(traces[-1].read_text("utf-8"))
        assert victim != os.getpid()
        os.kill(victim, signal.SIGKILL)
        killed.append(victim)

    with executor_of(cluster.scheduler_address, 1) as (executor, at_once):
        result = score_cases(
            cases(*names), EvaluationPlan(bundle=tmp_path), executor, at_once=at_once,
            on_case=kill_a_busy_worker, score=score_slowly,
        )  # fmt: skip
    assert killed
    assert [row.case for row in result.rows] == names
    assert result.failed == []
    assert len(list(tmp_path.iterdir())) > len(names)  # what died was done again


@pytest.mark.parametrize("processes", [1, 2])
def test_a_case_that_cannot_be_scored_is_named_and_the_others_count(tmp_path, processes):
    told, left_out = [], LeftOut()
    with executor_of(None, processes) as (executor, at_once):
        result = score_cases(
            cases("a", "bad", "c"), EvaluationPlan(bundle=tmp_path), executor, at_once=at_once,
            left_out=left_out, on_case=lambda *counts: told.append(counts), score=score_slowly,
        )  # fmt: skip
    assert [row.case for row in result.rows] == ["a", "c"]
    assert list(left_out) == [("bad", "this case cannot be read")]
    assert told == [(1, 3), (2, 3), (3, 3)]
    workers = {path.read_text("utf-8") for path in tmp_path.iterdir()}
    assert (str(os.getpid()) in workers) == (processes == 1)


def test_a_process_that_dies_ends_the_evaluation_with_what_was_scored(tmp_path):
    left_out = LeftOut()
    with executor_of(None, 2) as (executor, _):
        result = score_cases(
            cases("a", "fatal", "c"), EvaluationPlan(bundle=tmp_path), executor, at_once=1,
            left_out=left_out, score=score_slowly,
        )  # fmt: skip
    assert [row.case for row in result.rows] == ["a"]
    assert "a process died" in result.stopped
    assert [name for name, _ in left_out] == ["fatal", "c"]


def test_any_executor_will_do():
    with ThreadPoolExecutor(2) as threads:
        result = score_cases(
            cases("a", "b", "c"), EvaluationPlan(), threads, at_once=2,
            score=lambda case, plan: [make_row(case)],
        )  # fmt: skip
    assert [row.case for row in result.rows] == ["a", "b", "c"]


def test_the_rows_of_a_case_are_on_the_disk_before_the_next_one_begins(tmp_path):
    def look_at_c(case, plan):
        if case.name == "c":
            with (tmp_path / PART_FILE).open() as stream:
                seen.extend(row["case"] for row in csv.DictReader(stream))
        return [make_row(case)]

    seen = []
    scored_here("abc", look_at_c, on_rows=start_rows(tmp_path))
    assert seen == ["a", "b"]


def test_ctrl_c_keeps_what_is_scored_and_names_what_is_not():
    def interrupt_at_b(case, plan):
        if case.name == "b":
            raise KeyboardInterrupt
        return [make_row(case)]

    left_out = LeftOut()
    result = scored_here("abc", interrupt_at_b, left_out=left_out)
    assert result.stopped
    assert [row.case for row in result.rows] == ["a"]
    assert [name for name, _ in left_out] == ["b", "c"]


def test_a_mistake_in_the_program_is_not_taken_for_a_bad_case():
    def mistaken(case, plan):
        raise TypeError("of the program")

    with pytest.raises(TypeError, match="of the program"):
        scored_here("a", mistaken)


def test_a_scheduler_that_does_not_answer_is_a_clear_error():
    with (
        pytest.raises(WorkerError, match="no dask scheduler answers"),
        executor_of("nonsense://nowhere:1", 1),
    ):
        pass


def test_two_cases_of_one_name_are_refused_because_they_could_not_be_told_apart():
    with pytest.raises(SAMMoEError, match="same name"):
        scored_here("aa", lambda case, plan: [make_row(case)])


def test_processes_that_share_cores_do_not_each_take_all_of_them(monkeypatch):
    monkeypatch.setattr(executors, "_cores", lambda: 8)
    assert [default_threads(processes) for processes in (1, 2, 3, 8, 20)] == [None, 4, 2, 1, 1]


def test_on_windows_a_pool_has_no_more_processes_than_can_be_waited_for(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    with executor_of(None, 128) as (_, at_once):
        assert at_once == 2 * 61


STARTS_TWO = """
import sys, time
from sammoe.evaluation.executors import executor_of

task = f"import os, time; open('{sys.argv[1]}/' + str(os.getpid()), 'w'); time.sleep(99)"
with executor_of(None, 2) as (pool, _):
    for _ in range(2):
        pool.submit(exec, task)
    time.sleep(99)
"""


def test_processes_end_when_the_one_that_started_them_is_killed(tmp_path):
    psutil = pytest.importorskip("psutil")
    started = subprocess.Popen([sys.executable, "-c", STARTS_TWO, str(tmp_path)])
    until(lambda: len(list(tmp_path.iterdir())) == 2)
    started.kill()
    started.wait()

    def is_gone(number):
        try:
            return psutil.Process(number).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    until(lambda: all(is_gone(int(path.name)) for path in tmp_path.iterdir()))


def until(happens):
    """Wait for something, a minute at most."""
    end = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.1)
