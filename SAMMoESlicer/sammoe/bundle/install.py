"""Put a model into a library: from a bundle's folder, a zip of one, or an upstream `.pth`.

`python -m sammoe.bundle.install SOURCE LIBRARY` prints the new bundle's folder.
"""

import argparse
import re
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from ..errors import CheckpointError
from .card import CARD_FILE
from .reader import Bundle, read_bundle

MAX_ZIP_BYTES = 16 << 30


def install_bundle(source: Path, library: Path) -> Bundle:
    """Copy or convert a model into `library/<name>`, verified before anything is replaced.

    Args:
        source: A bundle's folder (or its `bundle.json`), a `.zip` of one, or a `.pth`.
        library: Folder of all installed models.

    Raises:
        CheckpointError: What is wrong with the source; the library stays as it was.
    """
    library.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".install-", dir=library))
    try:
        bundle = read_bundle(_stage(source, staging))
        target = library / _folder_name(bundle)
        shutil.rmtree(target, ignore_errors=True)
        bundle.path.rename(target)
    except OSError as error:
        raise CheckpointError(f"{source} cannot be installed: {error}") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return read_bundle(target)


def _stage(source: Path, staging: Path) -> Path:
    """Return a bundle's folder inside `staging`."""
    if source.name == CARD_FILE:
        source = source.parent
    if source.is_dir():
        card = read_bundle(source).card
        for file_path in (CARD_FILE, *card.files):
            copied = staging / "bundle" / file_path
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / file_path, copied)
        return staging / "bundle"
    if source.suffix == ".zip":
        _unzip(source, staging)
        cards = list(staging.rglob(CARD_FILE))
        if len(cards) != 1:
            raise CheckpointError(f"{source.name} holds {len(cards)} {CARD_FILE}; it should be one")
        return cards[0].parent
    if source.suffix in (".pth", ".pt"):
        from .import_upstream import import_sam_med3d

        return import_sam_med3d(source, staging / "bundle").path
    raise CheckpointError(f"{source.name} is no bundle's folder, .zip or .pth; choose another one")


def _unzip(source: Path, staging: Path) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            for member in archive.infolist():
                parts = PurePosixPath(member.filename).parts
                if member.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
                    raise CheckpointError(
                        f"{source.name}: {member.filename!r} points outside; do not trust it"
                    )
            if sum(member.file_size for member in archive.infolist()) > MAX_ZIP_BYTES:
                raise CheckpointError(f"{source.name} is too large to be a bundle")
            archive.extractall(staging)
    except zipfile.BadZipFile as error:
        raise CheckpointError(f"{source.name} is no readable zip file: {error}") from error


def _folder_name(bundle: Bundle) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", bundle.card.name.lower()).strip("-") or "model"
    return f"{words[:48]}-{bundle.hash[:8]}"


def main(arguments: list[str] | None = None) -> int:
    """Install as the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(prog="sammoe.bundle.install")
    parser.add_argument("source", type=Path)
    parser.add_argument("library", type=Path)
    options = parser.parse_args(arguments)
    try:
        print(install_bundle(options.source, options.library).path)
    except CheckpointError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
