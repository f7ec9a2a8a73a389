"""Installing: only what the card lists, never half of it, and nothing that was there is lost."""

import shutil
import zipfile
from pathlib import Path

import pytest
import torch

from bundle_folders import names_in, zipped
from random_sam_med3d import TINY, random_sam_med3d
from sammoe.bundle import read_bundle
from sammoe.bundle.install import install_bundle, installed_cards, remove_bundle
from sammoe.errors import CheckpointError


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
