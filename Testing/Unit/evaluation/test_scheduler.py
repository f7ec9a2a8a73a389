"""A study's cases, in this process or on a cluster of which a worker dies: each counted once."""

import csv
import os
import signal
from pathlib import Path

import pytest

from sammoe.errors import SAMMoEError, WorkerError
from sammoe.evaluation import Row, StudyCase, StudyPlan, run_study, start_rows
from sammoe.labelled_scans import Entry, LeftOut
from slow_scorer import make_row, score_slowly

distributed = pytest.importorskip("distributed")


def cases(*names: str) -> list[StudyCase]:
    return [StudyCase(name, "ball", Entry(name, Path("a"), Path("b")), 1) for name in names]


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes on this machine."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as local:
        yield local


def test_every_case_is_counted_once_although_a_worker_is_killed(cluster, tmp_path):
    names = [f"case{n}" for n in range(6)]
    killed = []

    def kill_a_busy_worker(done: int, total: int) -> None:
        if killed:
            return
        traces = sorted(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime)
        victim = int(traces[-1].read_text())
        assert victim != os.getpid()
        os.kill(victim, signal.SIGKILL)
        killed.append(victim)

    result = run_study(
        cases(*names), StudyPlan(bundle=tmp_path), scheduler=cluster.scheduler_address,
        on_case=kill_a_busy_worker, score=score_slowly,
    )  # fmt: skip
    assert killed
    assert [row.case for row in result.rows] == names
    assert result.failed == []
    assert len(list(tmp_path.iterdir())) > len(names)  # what died was done again


def test_a_case_that_cannot_be_scored_is_named_and_the_others_count(cluster, tmp_path):
    left_out = LeftOut()
    result = run_study(
        cases("a", "bad", "c"), StudyPlan(bundle=tmp_path), scheduler=cluster.scheduler_address,
        left_out=left_out, score=score_slowly,
    )  # fmt: skip
    assert [row.case for row in result.rows] == ["a", "c"]
    assert list(left_out) == [("bad", "this case cannot be read")]


def test_without_a_cluster_the_cases_are_scored_here_in_order(tmp_path):
    told, left_out = [], LeftOut()
    result = run_study(
        cases("a", "bad"), StudyPlan(bundle=tmp_path), left_out=left_out,
        on_case=lambda *counts: told.append(counts), score=score_slowly,
    )  # fmt: skip
    assert [row.case for row in result.rows] == ["a"]
    assert list(left_out) == [("bad", "this case cannot be read")]
    assert told == [(1, 2), (2, 2)]


def test_the_rows_of_a_case_are_on_the_disk_before_the_next_one_begins(tmp_path):
    def crash_at_c(case: StudyCase, plan: StudyPlan) -> list[Row]:
        if case.name == "c":
            raise MemoryError
        return [make_row(case)]

    with pytest.raises(MemoryError):
        run_study(cases("a", "b", "c"), StudyPlan(), on_rows=start_rows(tmp_path), score=crash_at_c)
    with (tmp_path / "rows.csv").open() as stream:
        assert [row["case"] for row in csv.DictReader(stream)] == ["a", "b"]


def test_ctrl_c_keeps_what_is_scored_and_names_what_is_not():
    def interrupt_at_b(case: StudyCase, plan: StudyPlan) -> list[Row]:
        if case.name == "b":
            raise KeyboardInterrupt
        return [make_row(case)]

    left_out = LeftOut()
    result = run_study(cases("a", "b", "c"), StudyPlan(), left_out=left_out, score=interrupt_at_b)
    assert result.stopped
    assert [row.case for row in result.rows] == ["a"]
    assert [name for name, _ in left_out] == ["b", "c"]


def test_a_scheduler_that_does_not_answer_is_a_clear_error():
    with pytest.raises(WorkerError, match="no dask scheduler answers"):
        run_study(cases("a"), StudyPlan(), scheduler="nonsense://nowhere:1", score=score_slowly)


def test_two_cases_of_one_name_are_refused_because_they_could_not_be_told_apart():
    with pytest.raises(SAMMoEError, match="same name"):
        run_study(cases("a", "a"), StudyPlan(), score=lambda case, plan: [make_row(case)])
