"""What `bundle.json` says: the card of a bundle. No torch here."""

import json
import re
from dataclasses import asdict, dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from ..errors import CheckpointError
from .card_checks import check_choice, check_sizes, check_tau
from .expert_card import ExpertCard
from .input_card import InputCard

FORMAT_VERSION = 1
CARD_FILE, GENERAL_FILE, GATE_FILE = "bundle.json", "general.safetensors", "gate.safetensors"
GATE_BANK_FILE = "gate_bank.safetensors"
PROMPT_KINDS = ("points", "box", "mask")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def expert_file(expert_id: str) -> str:
    """Return the path of an expert's weights within a bundle."""
    return f"experts/{expert_id}.safetensors"


@dataclass(frozen=True)
class BundleCard:
    """Everything a bundle says about itself.

    Attributes:
        name: Name on the panel.
        version: The bundle's own version, any text.
        license: Licence of the weights, an SPDX id where there is one.
        intended_use: What it may be used for, shown before the first use.
        architecture: Family name: "sam_med3d" or "compact".
        sizes: Keyword arguments of the family's `build`.
        gate_sizes: Further keyword arguments of `Gate`.
        input: How a patch is prepared.
        prompt_kinds: What the weights were trained on, a subset of points, box, mask.
        tau: Gate threshold of experts without their own, 0..1.
        training: How the weights came about, free form.
        experts: In the order of the gate's columns; the last column is `general`.
        files: sha256 (hex) of every file by its path within the bundle; filled by the writer.
        format_version: Of `bundle.json` itself.

    Raises:
        CheckpointError: A value out of range, an expert twice, a file name outside the bundle.
    """

    name: str
    architecture: str
    sizes: dict[str, Any] = field(default_factory=dict)
    version: str = "1"
    license: str = ""
    intended_use: str = "Research only; not a medical device."
    gate_sizes: dict[str, Any] = field(default_factory=dict)
    input: InputCard = field(default_factory=InputCard)
    prompt_kinds: tuple[str, ...] = ("points", "mask")
    tau: float = 0.5
    training: dict[str, Any] = field(default_factory=dict)
    experts: tuple[ExpertCard, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION

    def __post_init__(self) -> None:
        _check_version(self.format_version)
        object.__setattr__(self, "experts", tuple(self.experts))
        object.__setattr__(self, "prompt_kinds", tuple(self.prompt_kinds))
        for kind in self.prompt_kinds:
            check_choice(kind, PROMPT_KINDS, "prompt kind")
        check_tau(self.tau, "the bundle")
        ids = self.expert_ids
        if len(set(ids)) != len(ids):
            raise CheckpointError(f"an expert id occurs twice: {', '.join(ids)}")
        check_sizes({"sizes": self.sizes, "gate_sizes": self.gate_sizes})
        for file_path, digest in self.files.items():
            _check_file(file_path, digest)

    @property
    def expert_ids(self) -> tuple[str, ...]:
        """Expert ids in the order of the gate's columns."""
        return tuple(expert.id for expert in self.experts)

    @property
    def has_gate(self) -> bool:
        """Say whether a gate's weights are among the files."""
        return GATE_FILE in self.files

    def expert(self, expert_id: str) -> ExpertCard:
        """Return the card of an expert.

        Raises:
            CheckpointError: No expert has this id.
        """
        for expert in self.experts:
            if expert.id == expert_id:
                return expert
        known = ", ".join(self.expert_ids) or "none"
        raise CheckpointError(f"no expert {expert_id!r} in the bundle; it has: {known}")

    def with_files(self, files: dict[str, str]) -> "BundleCard":
        """Return the same card with other checksums."""
        return replace(self, files=dict(files))

    def to_json(self) -> str:
        """Return the text of `bundle.json`."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> "BundleCard":
        """Read the text of `bundle.json`; fields it does not know are ignored.

        Raises:
            CheckpointError: Not JSON, a field missing, or a value of the wrong kind.
        """
        try:
            values = json.loads(text)
        except (ValueError, UnicodeDecodeError) as error:
            raise CheckpointError(f"{CARD_FILE} is not JSON ({error}); install it again") from error
        if not isinstance(values, dict):
            raise CheckpointError(f"{CARD_FILE} holds no JSON object; install the bundle again")
        _check_version(values.get("format_version"))
        values["input"] = _from_values(InputCard, values.get("input"), "input")
        experts = values.get("experts", [])
        if not isinstance(experts, list):
            raise CheckpointError(f"{CARD_FILE}: 'experts' is not a list")
        values["experts"] = tuple(_from_values(ExpertCard, e, "experts") for e in experts)
        card: BundleCard = _from_values(cls, values, "the bundle")
        return card


_KINDS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("name", "architecture", "version", "license", "intended_use", "id"), str),
    **dict.fromkeys(("description", "trained_on", "normalisation", "crop"), str),
    **dict.fromkeys(("sizes", "gate_sizes", "training", "files", "dice"), dict),
    **dict.fromkeys(("prompt_kinds", "color"), (list, tuple)),
    "terminology": (dict, type(None)),
}


def _from_values(cls: type, values: Any, where: str) -> Any:
    if not isinstance(values, dict):
        raise CheckpointError(f"{CARD_FILE}: {where} is not a JSON object")
    known = {k: v for k, v in values.items() if k in cls.__dataclass_fields__}  # type: ignore[attr-defined]
    for key, value in known.items():
        if key in _KINDS and not isinstance(value, _KINDS[key]):
            raise CheckpointError(f"{CARD_FILE}: {where}: {key!r} has the wrong type: {value!r}")
    try:
        return cls(**known)
    except TypeError as error:
        raise CheckpointError(f"{CARD_FILE}: {where}: {error}") from error


def _check_version(version: Any) -> None:
    if version != FORMAT_VERSION:
        raise CheckpointError(
            f"the bundle has format version {version!r}, this SAMMoESlicer reads version "
            f"{FORMAT_VERSION}; install the matching release or another bundle"
        )


def _check_file(file_path: str, digest: str) -> None:
    parts = PurePosixPath(file_path).parts
    if "\\" in file_path or ":" in file_path or file_path.startswith("/") or ".." in parts:
        raise CheckpointError(f"{file_path!r} points outside the bundle; do not trust this bundle")
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        raise CheckpointError(f"{file_path}: {digest!r} is not a sha256 in hexadecimal")
