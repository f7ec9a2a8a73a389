import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sammoe import ProtocolError
from sammoe.worker.process import worker_environment
from sammoe.worker.shared_volume import (
    SegmentStore,
    attach_segment,
    create_segment,
    remove_names,
)

FOLDER = Path("/dev/shm")
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="names of segments are seen on Linux")


@pytest.fixture
def store():
    store = SegmentStore()
    yield store
    store.release_all()


def names(store):
    return sorted(path.name for path in FOLDER.glob(f"{store.prefix}-*"))


def some_bytes(count=100_000):
    return np.random.default_rng(0).integers(0, 256, count).astype(np.uint8)


def test_bytes_put_into_a_segment_are_read_from_it_and_its_name_is_gone(store):
    segment = store.add(1, some_bytes())
    assert names(store) == [segment.name]
    received = attach_segment(segment.name, segment.nonce, segment.size)
    assert names(store) == []
    np.testing.assert_array_equal(received, some_bytes())


def test_what_was_mapped_outlives_the_sender(store):
    segment = store.add(1, some_bytes())
    received = attach_segment(segment.name, segment.nonce, segment.size)
    store.release_all()
    np.testing.assert_array_equal(received, some_bytes())


def test_a_mapped_volume_cannot_be_written(store):
    segment = store.add(1, some_bytes())
    received = attach_segment(segment.name, segment.nonce, segment.size)
    with pytest.raises(ValueError, match="read-only"):
        received[0] = 1


def test_an_array_behind_the_preamble_is_aligned(store):
    segment = store.add(1, some_bytes(800))
    received = attach_segment(segment.name, segment.nonce, segment.size)
    assert received.view(np.float64).flags.aligned


@pytest.mark.parametrize("change", ["name", "nonce", "size"])
def test_a_segment_that_is_not_the_announced_one_is_refused(store, change):
    segment = store.add(1, some_bytes())
    announced = {"name": segment.name, "nonce": segment.nonce, "size": segment.size}
    wrong = {"name": f"{store.prefix}-99", "nonce": "00" * 16, "size": segment.size - 1}
    with pytest.raises(ProtocolError):
        attach_segment(**(announced | {change: wrong[change]}))


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "sammoe-x-1", ""])
def test_a_name_that_is_not_ours_is_never_opened(name):
    with pytest.raises(ProtocolError, match="cannot be ours"):
        attach_segment(name, "00" * 16, 10)


def test_a_link_in_place_of_a_segment_is_not_followed(store, tmp_path):
    target = tmp_path / "precious"
    target.write_bytes(bytes(74))
    link = FOLDER / f"{store.prefix}-7"
    link.symlink_to(target)
    try:
        with pytest.raises(ProtocolError, match="cannot be mapped"):
            attach_segment(link.name, "00" * 16, 10)
    finally:
        link.unlink()
    assert target.exists()


def test_a_released_request_leaves_no_name_and_the_others_stay(store):
    store.add(1, some_bytes())
    kept = store.add(2, some_bytes())
    store.release(1)
    assert names(store) == [kept.name]


def test_a_store_that_let_go_of_everything_makes_no_more(store):
    store.release_all()
    assert store.add(1, some_bytes()) is None
    assert names(store) == []


def test_a_name_that_exists_is_not_overwritten(store):
    segment = store.add(1, some_bytes())
    assert create_segment(some_bytes(5), segment.name) is None
    received = attach_segment(segment.name, segment.nonce, segment.size)
    np.testing.assert_array_equal(received, some_bytes())


def test_names_of_a_client_that_died_are_removed_and_no_others(store):
    other = SegmentStore()
    kept = other.add(1, some_bytes(10))
    store.add(1, some_bytes(10))
    remove_names(store.prefix)
    remove_names("*")
    remove_names("")
    assert names(store) == []
    assert names(other) == [kept.name]
    other.release_all()


def test_a_full_shared_memory_means_in_the_frame_instead_of_a_dead_process():
    program = (
        "import numpy as np\n"
        "from sammoe.worker.shared_volume import create_segment\n"
        "full = create_segment(np.ones(8 << 20, np.uint8), 'sammoe-0123456789abcdef-1')\n"
        "fits = create_segment(np.ones(1 << 20, np.uint8), 'sammoe-0123456789abcdef-2')\n"
        "print(full, fits is not None)\n"
    )
    small = "mount -t tmpfs -o size=4m none /dev/shm"
    command = ["unshare", "-Urm", "sh", "-c", f'{small} && exec "$0" -c "$1"']
    if subprocess.run([*command[:2], "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mount namespaces here")
    run = subprocess.run(
        [*command, sys.executable, program],
        env=worker_environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert run.stdout == "None True\n"
