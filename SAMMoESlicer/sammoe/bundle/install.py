"""Put a model into a library: from a bundle's folder, a zip of one, or an upstream `.pth`."""

import hashlib
import re
import shutil
import tempfile
from pathlib import Path

from ..errors import CheckpointError
from ..path_lock import path_lock
from ..patiently import PATIENCE_S
from ..whole_file import written_whole
from ..whole_folder import move_folder, new_folder, put_in_place, sweep
from .card import CARD_FILE, BundleCard
from .reader import Bundle, card_from, is_whole, read_bundle, read_card
from .sources import BundleFolder, BundleSource, ZippedBundle, copy_files

_IMPORTS = ".sammoe-import-"


def install_bundle(source: Path, library: Path) -> Bundle:
    """Copy or convert a model into `library`, verified before anything is replaced.

    The folder's name holds the hash of the bundle's card, which holds those of its files: a bundle
    that is there already is kept if it is whole, and replaced as a whole if it is not.

    Args:
        source: A bundle's folder (or its `bundle.json`), a `.zip` of one, or a `.pth`.
        library: Folder of all installed models.

    Raises:
        CheckpointError: What is wrong with the source; the library stays as it was.
    """
    try:
        library.mkdir(parents=True, exist_ok=True)
        sweep(library)
        return _install_any(source, library)
    except OSError as error:
        raise CheckpointError(f"{source} cannot be installed: {error}") from error


def installed_cards(library: Path) -> dict[Path, BundleCard]:
    """Return the cards of all installed models by folder, without what is only half there."""
    found = {}
    for card_file in sorted(library.glob(f"[!.]*/{CARD_FILE}")):
        folder = card_file.parent
        try:
            card, _ = read_card(folder)
        except CheckpointError:
            continue
        if all((folder / file_path).is_file() for file_path in card.files):
            found[folder] = card
    return found


def remove_bundle(folder: Path) -> None:
    """Remove an installed model: whole, or not at all where it is in use and that forbids it.

    Raises:
        CheckpointError: It cannot be removed.
    """
    try:
        with new_folder(folder) as aside:
            aside.rmdir()
            move_folder(folder, aside, patience_s=PATIENCE_S)
    except OSError as error:
        raise CheckpointError(f"{folder} cannot be removed: {error}") from error


def _install_any(source: Path, library: Path) -> Bundle:
    if source.name == CARD_FILE:
        source = source.parent
    if source.is_dir():
        return _install(BundleFolder(source), library)
    if not source.exists():
        raise CheckpointError(f"{source} does not exist; choose a bundle's folder, .zip or .pth")
    if source.suffix.lower() == ".zip":
        with ZippedBundle(source) as archive:
            return _install(archive, library)
    if source.suffix.lower() in (".pth", ".pt"):
        return _import(source, library)
    raise CheckpointError(f"{source.name} is no bundle's folder, .zip or .pth; choose another one")


def _import(source: Path, library: Path) -> Bundle:
    """Convert a checkpoint beside the library's models, then install the result."""
    from .import_upstream import import_sam_med3d

    with path_lock(library / f"{_IMPORTS}lock"):
        for unfinished in library.glob(f"{_IMPORTS}*"):
            shutil.rmtree(unfinished, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=_IMPORTS, dir=library))
        try:
            imported = import_sam_med3d(source, folder / "bundle")
            return _install(BundleFolder(imported.path), library)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _install(source: BundleSource, library: Path) -> Bundle:
    card_bytes = source.read_card()
    card = card_from(card_bytes)
    target = library / _folder_name(card, hashlib.sha256(card_bytes).hexdigest())
    with new_folder(target) as staging:
        if not is_whole(target):
            copy_files(source, card, staging)
            with written_whole(staging / CARD_FILE) as stream:
                stream.write(card_bytes)
            read_bundle(staging)
            put_in_place(staging, target)
    return read_bundle(target)


def _folder_name(card: BundleCard, card_hash: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", card.name.lower()).strip("-") or "model"
    return f"{words[:48]}-{card_hash[:8]}"
