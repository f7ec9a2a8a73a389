"""Installing: only what the card lists, never half of it, and nothing that was there is lost."""

import json
import shutil
import signal
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest
import torch

from random_sam_med3d import TINY, random_sam_med3d
from sammoe.bundle import read_bundle, sources
from sammoe.bundle.install import install_bundle, installed_cards, remove_bundle
from sammoe.errors import CheckpointError
from sammoe.worker.process import worker_environment
from tiny_bundle import write_tiny_bundle


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A bundle's folder that nobody writes to."""
    return write_tiny_bundle(tmp_path_factory.mktemp("source") / "tiny").path


@pytest.fixture
def library(tmp_path):
    return tmp_path / "library"


def zipped(path, folder, *, prefix="", method=zipfile.ZIP_DEFLATED, extra=()):
    with zipfile.ZipFile(path, "w", method) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, prefix + file.relative_to(folder).as_posix())
        for name, content in extra:
            archive.writestr(name, content)
    return path


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("prefix", "method"),
    [
        ("", zipfile.ZIP_STORED),
        ("./", zipfile.ZIP_DEFLATED),
        ("tiny-1.0/", zipfile.ZIP_BZIP2),
        ("./a/b/", zipfile.ZIP_LZMA),
    ],
)
def test_a_zip_is_installed_however_it_was_made(tiny, library, tmp_path, prefix, method):
    source = zipped(tmp_path / "tiny.ZIP", tiny, prefix=prefix, method=method)
    installed = install_bundle(source, library)
    assert installed.hash == read_bundle(tiny).hash
    assert names_in(library) == [installed.path.name]
    assert installed.path.name == f"tiny-{installed.hash[:8]}"


@pytest.mark.parametrize("source", ["folder", "card", "zip"])
def test_only_what_the_card_lists_is_installed(tiny, library, tmp_path, source):
    folder = shutil.copytree(tiny, tmp_path / "more")
    (folder / "autorun.sh").write_text("echo")
    (folder / "experts" / "other.safetensors").write_bytes(b"other")
    sources_ = {"folder": folder, "card": folder / "bundle.json"}
    path = sources_[source] if source in sources_ else zipped(tmp_path / "more.zip", folder)
    installed = install_bundle(path, library).path
    files = {f.relative_to(installed).as_posix() for f in installed.rglob("*") if f.is_file()}
    assert files == {"bundle.json", *read_bundle(tiny).card.files}


def test_a_published_checkpoint_is_installed(library, tmp_path):
    _, _, state = random_sam_med3d(**TINY)
    torch.save(state, tmp_path / "upstream.pth")
    installed = install_bundle(tmp_path / "upstream.pth", library)
    assert installed.card.architecture == "sam_med3d"
    assert names_in(library) == [installed.path.name]


def changed_card(folder, tmp_path, **changes):
    copy = shutil.copytree(folder, tmp_path / "changed")
    card = json.loads((copy / "bundle.json").read_text())
    (copy / "bundle.json").write_text(json.dumps(card | changes))
    return copy


def encrypted(path):
    """Set the bit that says so, in both headers of every entry."""
    content = bytearray(path.read_bytes())
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(magic)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(magic, at + 4)
    path.write_bytes(content)
    return path


def of_unknown_method(path):
    content = bytearray(path.read_bytes())
    for magic, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = content.find(magic)
        while at >= 0:
            content[at + offset] = 93  # Zstandard
            at = content.find(magic, at + 4)
    path.write_bytes(content)
    return path


def cut(path):
    path.write_bytes(path.read_bytes()[:-200])
    return path


def nested_card(tiny, tmp_path):
    copy = changed_card(tiny, tmp_path, training={})
    text = (copy / "bundle.json").read_text()
    deep = "[" * 3000 + "]" * 3000
    (copy / "bundle.json").write_text(
        text.replace('"training": {}', f'"training": {{"a": {deep}}}')
    )
    return copy


WRONG = {
    "encrypted": (lambda t, p: encrypted(zipped(p / "x.zip", t)), "is encrypted"),
    "method": (lambda t, p: of_unknown_method(zipped(p / "x.zip", t)), "not known here"),
    "cut": (lambda t, p: cut(zipped(p / "x.zip", t)), "no readable zip"),
    "no zip": (lambda t, p: Path(shutil.copy(t / "bundle.json", p / "x.zip")), "no readable zip"),
    "empty": (lambda t, p: zipped(p / "x.zip", p / "nowhere"), "holds 0 bundle.json"),
    "two": (
        lambda t, p: zipped(p / "x.zip", t, extra=[("b/bundle.json", "{}")]),
        "holds 2 bundle.json",
    ),
    "twice": (
        lambda t, p: zipped(p / "x.zip", t, extra=[("./general.safetensors", b"evil")]),
        "twice",
    ),
    "outside": (lambda t, p: zipped(p / "x.zip", t, extra=[("../x", b"evil")]), "points outside"),
    "missing": (
        lambda t, p: (
            zipped(p / "x.zip", t, prefix="a/").rename(p / "y.zip")
            and zipped(p / "x.zip", p, extra=[("bundle.json", (t / "bundle.json").read_text())])
        ),
        "no .*safetensors, which its card lists",
    ),
    "nested": (nested_card, "nested more than"),
    "no card": (lambda t, p: p, "has no bundle.json"),
    "other": (lambda t, p: Path(shutil.copy(t / "bundle.json", p / "x.txt")), "no bundle's folder"),
    "nothing": (lambda t, p: p / "nowhere.zip", "does not exist"),
    "pickle": (lambda t, p: Path(shutil.copy(t / "bundle.json", p / "x.pth")), "no checkpoint"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_bundle_is_one_clear_line_and_leaves_nothing(tiny, library, tmp_path, what):
    make, message = WRONG[what]
    (tmp_path / "in").mkdir()
    source = make(tiny, tmp_path / "in")
    with pytest.raises(CheckpointError, match=message):
        install_bundle(source, library)
    assert names_in(library) == []


def test_a_bomb_is_refused_before_it_is_unpacked(tiny, library, tmp_path):
    """A file of more bytes than a bundle may hold, though the zip is small and the sum right."""
    copy = shutil.copytree(tiny, tmp_path / "bomb")
    with (copy / "general.safetensors").open("wb") as stream:
        stream.truncate(sources.MAX_FILE_BYTES + 1)
    with pytest.raises(CheckpointError, match="too large for a bundle"):
        install_bundle(copy, library)
    assert names_in(library) == []


@pytest.mark.parametrize("limit", ["MAX_FILE_BYTES", "MAX_BUNDLE_BYTES"])
def test_a_zip_is_held_to_the_limits_too(tiny, library, tmp_path, monkeypatch, limit):
    sizes = [path.stat().st_size for path in tiny.rglob("*.safetensors")]
    monkeypatch.setattr(sources, limit, (max if limit == "MAX_FILE_BYTES" else sum)(sizes) - 1)
    with pytest.raises(CheckpointError, match=r"too (large|many) for a bundle"):
        install_bundle(zipped(tmp_path / "x.zip", tiny), library)
    assert names_in(library) == []


def test_a_bundle_that_is_whole_is_kept_and_a_damaged_one_is_mended(tiny, library):
    installed = install_bundle(tiny, library).path
    weights = installed / "general.safetensors"
    inode = weights.stat().st_ino
    assert install_bundle(tiny, library).path == installed
    assert weights.stat().st_ino == inode
    weights.write_bytes(b"damaged")
    install_bundle(tiny, library)
    assert read_bundle(installed).hash == read_bundle(tiny).hash
    assert names_in(library) == [installed.name]


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
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
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


def test_a_folder_without_all_its_files_is_not_offered(tiny, library):
    installed = install_bundle(tiny, library).path
    assert [card.name for card in installed_cards(library).values()] == ["Tiny"]
    (installed / "gate.safetensors").unlink()
    assert installed_cards(library) == {}
    assert installed_cards(library / "nowhere") == {}


def test_a_model_is_removed_whole_or_not_at_all(tiny, library, monkeypatch):
    installed = install_bundle(tiny, library).path

    def in_use(self, target):
        raise PermissionError("another program has it open")

    with monkeypatch.context() as busy:
        busy.setattr(Path, "rename", in_use)
        with pytest.raises(CheckpointError, match="cannot be removed"):
            remove_bundle(installed)
    assert read_bundle(installed).card.name == "Tiny"
    remove_bundle(installed)
    assert names_in(library) == []
