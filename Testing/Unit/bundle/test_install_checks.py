"""What is no bundle is not installed, and leaves nothing."""

import json
import shutil
from pathlib import Path

import pytest

from bundle_folders import names_in, zipped
from sammoe.bundle import sources
from sammoe.bundle.install import install_bundle
from sammoe.errors import CheckpointError


def changed_card(folder, tmp_path, **changes):
    copy = shutil.copytree(folder, tmp_path / "changed")
    card = json.loads((copy / "bundle.json").read_text("utf-8"))
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
    text = (copy / "bundle.json").read_text("utf-8")
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
            and zipped(
                p / "x.zip", p, extra=[("bundle.json", (t / "bundle.json").read_text("utf-8"))]
            )
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
