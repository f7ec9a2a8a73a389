"""Read a bundle: verify every file first, load weights only when asked for. No torch at import."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CheckpointError
from ..whole_folder import is_written, settled
from .card import (
    CARD_FILE,
    GATE_BANK_FILE,
    GATE_FILE,
    GENERAL_FILE,
    SECOND_DECODER_FILE,
    BundleCard,
    expert_file,
)
from .place import Place

if TYPE_CHECKING:
    from torch import Tensor

BUNDLE_VARIABLE = "SAMMOE_BUNDLE"
MAX_CARD_BYTES = 4 << 20


@dataclass(frozen=True, eq=False)
class Bundle:
    """A verified bundle on disk; its weights are read each time they are asked for.

    Attributes:
        path: The bundle's folder.
        card: What `bundle.json` says.
        hash: sha256 (hex) of `bundle.json`, which holds the sha256 of every other file.
    """

    path: Path
    card: BundleCard
    hash: str

    @property
    def place(self) -> Place:
        """Where it lies, for what is made of it and takes its place."""
        return Place(self.path, self.hash)

    @property
    def general(self) -> "dict[str, Tensor]":
        """Weights of both encoders and of the general decoder."""
        return self._read(GENERAL_FILE)

    @property
    def second_decoder(self) -> "dict[str, Tensor] | None":
        """Differences of a second general decoder to the first, see `difference`; None: no such."""
        return self._read(SECOND_DECODER_FILE) if self.card.has_second_decoder else None

    @property
    def gate(self) -> "dict[str, Tensor] | None":
        """Weights of the gate; None: the bundle has none."""
        return self._read(GATE_FILE) if self.card.has_gate else None

    @property
    def gate_bank(self) -> "dict[str, Tensor] | None":
        """Samples with which a gate is retrained when an expert joins; None: not shipped."""
        return self._read(GATE_BANK_FILE) if GATE_BANK_FILE in self.card.files else None

    def expert(self, expert_id: str) -> "dict[str, Tensor]":
        """Return the weights of one expert's decoder.

        Raises:
            CheckpointError: No expert has this id.
        """
        return self._read(expert_file(self.card.expert(expert_id).id))

    def expert_shapes(self, expert_id: str) -> dict[str, tuple[int, ...]]:
        """Return the shape of each of an expert's weights, which are not read.

        Raises:
            CheckpointError: No expert has this id, or its file is none of weights.
        """
        from .weights import read_shapes

        return read_shapes(self.path / expert_file(self.card.expert(expert_id).id))

    def _read(self, file_path: str) -> "dict[str, Tensor]":
        from .weights import read_weights

        return read_weights(self.path / file_path, self.card.files[file_path])


def read_bundle(path: str | os.PathLike[str]) -> Bundle:
    """Return the bundle in a folder after checking that it is whole and unaltered.

    While somebody replaces it this waits for the new one; what a killed writer moved away comes
    back.

    Args:
        path: The bundle's folder, or the `bundle.json` in it.

    Raises:
        CheckpointError: What is wrong and what to do; nothing that was loaded before is touched.
    """
    folder = Path(path)
    if folder.name == CARD_FILE:
        folder = folder.parent
    folder = folder.absolute()
    while True:
        seen = _identity(folder)
        try:
            return _read_verified(folder)
        except CheckpointError as fault:
            if is_written(folder):
                return _read_settled(folder, fault)
            if _identity(folder) == seen:
                raise


def is_whole(folder: Path) -> bool:
    """Say whether a whole and unaltered bundle is in a folder, whoever writes there."""
    try:
        _read_verified(folder)
    except CheckpointError:
        return False
    return True


def read_card(folder: Path) -> tuple[BundleCard, str]:
    """Return the card in a bundle's folder and its sha256 in hexadecimal; no other file is read.

    Raises:
        CheckpointError: It cannot be read, or is none.
    """
    card_bytes = _read_card_bytes(folder)
    try:
        return card_from(card_bytes), hashlib.sha256(card_bytes).hexdigest()
    except CheckpointError as error:
        raise CheckpointError(f"{folder}: {error}") from error


def card_from(card_bytes: bytes) -> BundleCard:
    """Return a card that lists what its experts need, and nothing else.

    Raises:
        CheckpointError: What is wrong with it.
    """
    card = BundleCard.from_json(card_bytes)
    _check_members(card)
    return card


def _read_verified(folder: Path) -> Bundle:
    card, card_hash = read_card(folder)
    try:
        for file_path, digest in card.files.items():
            _check_file(folder, file_path, digest)
    except CheckpointError as error:
        raise CheckpointError(f"{folder}: {error}") from error
    return Bundle(folder, card, card_hash)


def default_bundle_path() -> Path:
    """Return where the embedded default lies.

    `$SAMMOE_BUNDLE` comes first (whoever sets it means it), then `Resources/Models/demo` inside
    this package, where a wheel has it, beside the Slicer module, where an installed extension has
    it, and the source tree's.

    Raises:
        CheckpointError: It is in none of these places.
    """
    roots = Path(__file__).resolve().parents[1:4]
    candidates = [root / "Resources" / "Models" / "demo" for root in roots]
    if os.environ.get(BUNDLE_VARIABLE):
        candidates.insert(0, Path(os.environ[BUNDLE_VARIABLE]))
    for candidate in candidates:
        if (candidate / CARD_FILE).is_file():
            return candidate
    places = ", ".join(str(candidate) for candidate in candidates)
    raise CheckpointError(f"no bundle found in {places}; reinstall, or set {BUNDLE_VARIABLE}")


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read_settled(folder: Path, fault: CheckpointError) -> Bundle:
    """Read a bundle once nobody writes it; `fault` is what was wrong with it before."""
    try:
        with settled(folder):
            return _read_verified(folder)
    except OSError:
        raise fault from None


def _identity(folder: Path) -> tuple[int, int] | None:
    """Return what differs between a folder and the one that takes its place."""
    try:
        status = (folder / CARD_FILE).stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def _read_card_bytes(folder: Path) -> bytes:
    card_path = folder / CARD_FILE
    if not folder.is_dir():
        raise CheckpointError(f"{folder} is not a folder; a bundle is a folder with {CARD_FILE}")
    try:
        if card_path.stat().st_size > MAX_CARD_BYTES:
            raise CheckpointError(f"{card_path} is too large to be a bundle's card")
        return card_path.read_bytes()
    except FileNotFoundError as error:
        raise CheckpointError(f"{folder} has no {CARD_FILE}, so it is not a bundle") from error
    except OSError as error:
        raise CheckpointError(f"{card_path} cannot be read: {error}") from error


def _check_members(card: BundleCard) -> None:
    """Check that the listed files are what the card's experts need, and nothing unknown."""
    needed = {GENERAL_FILE, *(expert_file(i) for i in card.expert_ids)}
    listed = set(card.files)
    if missing := needed - listed:
        raise CheckpointError(f"{CARD_FILE} lists no {', '.join(sorted(missing))}")
    if unknown := listed - needed - {GATE_FILE, GATE_BANK_FILE, SECOND_DECODER_FILE}:
        raise CheckpointError(
            f"{CARD_FILE} lists unexpected files: {', '.join(sorted(unknown))}; if it was made for "
            "another SAMMoESlicer, install the current model, or train it again"
        )


def _check_file(folder: Path, file_path: str, digest: str) -> None:
    path = folder / file_path
    if not path.resolve().is_relative_to(folder.resolve()):
        raise CheckpointError(f"{file_path} points outside the bundle; do not trust this bundle")
    try:
        actual = sha256_of(path)
    except FileNotFoundError as error:
        raise CheckpointError(f"{file_path} is missing; install the bundle again") from error
    except OSError as error:
        raise CheckpointError(f"{file_path} cannot be read: {error}") from error
    if actual != digest:
        raise CheckpointError(
            f"{file_path} was altered or damaged (sha256 {actual[:12]}..., expected "
            f"{digest[:12]}...); install the bundle again"
        )
