"""Installing at the same time, and killed in the midst of it: a reader sees whole bundles only."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

from bundle_folders import names_in, zipped
from sammoe.bundle import read_bundle
from sammoe.bundle.install import install_bundle, installed_cards
from sammoe.worker.process import worker_environment
from tiny_bundle import write_tiny_bundle


def test_several_installs_at_once_all_end_with_a_whole_bundle(tiny, library, tmp_path):
    archive = zipped(tmp_path / "x.zip", tiny)
    done = []
    threads = [
        threading.Thread(target=lambda source=source: done.append(install_bundle(source, library)))
        for source in (tiny, archive, tiny, archive)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [bundle.hash for bundle in done] == [read_bundle(tiny).hash] * 4
    assert names_in(library) == [done[0].path.name]


def test_a_reader_sees_a_whole_bundle_whenever_it_looks(tmp_path):
    """While one thread replaces a bundle again and again."""
    path = tmp_path / "bundle"
    hashes = {write_tiny_bundle(path, seed=seed).hash for seed in (1, 2)}
    stop = threading.Event()

    def write():
        while not stop.is_set():
            for seed in (1, 2):
                write_tiny_bundle(path, seed=seed)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen = [read_bundle(path).hash for _ in range(60)]
    finally:
        stop.set()
        writer.join()
    assert set(seen) <= hashes


KILLED_AT = """
import os, signal, sys
from pathlib import Path
from sammoe.bundle.install import install_bundle
from tiny_bundle import write_tiny_bundle

rename, left = Path.rename, [int(sys.argv[1])]

def killed(self, target):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(self, target)

Path.rename = killed
if sys.argv[2] == "write":
    write_tiny_bundle(Path(sys.argv[3]), seed=9)
else:
    install_bundle(Path(sys.argv[4]), Path(sys.argv[3]))
"""


def killed_at(rename, *arguments):
    """Run a program that is killed just before it renames a folder for that time."""
    data = Path(__file__).parents[2] / "Data"
    environment = worker_environment()
    environment["PYTHONPATH"] += f":{data}"
    command = [sys.executable, "-c", KILLED_AT, str(rename), *map(str, arguments)]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_a_kill_between_two_renames_loses_nothing(tmp_path):
    path = tmp_path / "bundle"
    before = write_tiny_bundle(path, seed=1).hash
    killed_at(1, "write", path)
    assert not path.exists()
    assert read_bundle(path).hash == before
    assert names_in(tmp_path) == ["bundle"]
    killed_at(0, "write", path)
    assert read_bundle(path).hash == before
    assert write_tiny_bundle(path, seed=2).hash == read_bundle(path).hash
    assert names_in(tmp_path) == ["bundle"]


def test_half_an_install_is_not_offered_and_swept_by_the_next_one(tiny, library, tmp_path):
    killed_at(0, "install", library, tiny)
    assert names_in(library) != []
    assert installed_cards(library) == {}
    other = write_tiny_bundle(tmp_path / "other", seed=5).path
    installed = install_bundle(other, library).path
    assert names_in(library) == [installed.name]
    assert list(installed_cards(library)) == [installed]
