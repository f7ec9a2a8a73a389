"""What `bundle.json` says: the card of a bundle. No torch here."""

import json
import re
from dataclasses import asdict, dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from ..errors import CheckpointError
from .card_checks import check_choice, check_sizes, check_tau, is_number
from .expert_card import ExpertCard
from .input_card import InputCard
from .schema import check_schema

FORMAT_VERSION, OLDEST_FORMAT_VERSION = 2, 1
"""What is written, and the oldest that is read; parts a card lacks have their defaults."""
CARD_FILE, GENERAL_FILE, GATE_FILE = "bundle.json", "general.safetensors", "gate.safetensors"
GATE_BANK_FILE = "gate_bank.safetensors"
SECOND_DECODER_FILE = "second_decoder.safetensors"
PROMPT_KINDS = ("points", "box", "mask", "curve")
MAX_DEPTH = 16
"""Of values within values in a card."""
_TOO_DEEP = f"values are nested more than {MAX_DEPTH} deep"
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
        prompt_kinds: What the weights were trained on, a subset of points, box, mask, curve.
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

    @property
    def has_second_decoder(self) -> bool:
        """Say whether a second general decoder is among the files."""
        return SECOND_DECODER_FILE in self.files

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

    def tau_of(self, expert_id: str | None) -> float:
        """Return the threshold of an expert: its own or the bundle's; None: the bundle's.

        Raises:
            CheckpointError: No expert has this id.
        """
        own = None if expert_id is None else self.expert(expert_id).tau
        return self.tau if own is None else own

    def to_json(self) -> str:
        """Return the text of `bundle.json`, in the present format."""
        values = asdict(replace(self, format_version=FORMAT_VERSION))
        return json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> "BundleCard":
        """Read the text of `bundle.json`; fields it does not know are ignored.

        Raises:
            CheckpointError: Not JSON, another format, a field missing, or a value of the wrong
                kind.
        """
        values = _parse(text)
        _check_version(values.get("format_version"))
        check_schema(values, CARD_FILE)
        values["input"] = _from_values(InputCard, values.get("input", {}))
        values["experts"] = tuple(_from_values(ExpertCard, e) for e in values.get("experts", ()))
        card: BundleCard = _from_values(cls, values)
        return card


def _parse(text: str | bytes) -> dict[str, Any]:
    """Return the values of a card's text, which any writer of JSON could write again."""
    try:
        values = json.loads(text, parse_constant=_refuse_constant)
        _check_depth([values])
        json.dumps(values, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except RecursionError:
        raise CheckpointError(f"{CARD_FILE} is not JSON ({_TOO_DEEP}); install it again") from None
    except ValueError as error:
        raise CheckpointError(f"{CARD_FILE} is not JSON ({error}); install it again") from error
    if not isinstance(values, dict):
        raise CheckpointError(f"{CARD_FILE} holds no JSON object; install the bundle again")
    return values


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _check_depth(values: list[Any]) -> None:
    """Raise ValueError for values within values deeper than any card needs."""
    level, depth = values, -1
    while level:
        if depth > MAX_DEPTH:
            raise ValueError(_TOO_DEEP)
        containers = [item for item in level if isinstance(item, dict | list)]
        inner = [item.values() if isinstance(item, dict) else item for item in containers]
        level = [value for values in inner for value in values]
        depth += 1


def _from_values(cls: type, values: dict[str, Any]) -> Any:
    """Return a card of checked values; a list stands for a tuple."""
    known = cls.__dataclass_fields__  # type: ignore[attr-defined]
    return cls(**{name: value for name, value in values.items() if name in known})


def _check_version(version: Any) -> None:
    if not is_number(version) or version not in range(OLDEST_FORMAT_VERSION, FORMAT_VERSION + 1):
        raise CheckpointError(
            f"the bundle has format version {str(version)[:20]}, this SAMMoESlicer reads version "
            f"{OLDEST_FORMAT_VERSION} to {FORMAT_VERSION}; install the matching release or another "
            "bundle"
        )


def _check_file(file_path: str, digest: str) -> None:
    parts = PurePosixPath(file_path).parts
    outside = "\\" in file_path or ":" in file_path or file_path.startswith("/") or ".." in parts
    if outside or file_path != "/".join(parts) or not file_path.isprintable():
        raise CheckpointError(
            f"{file_path[:80]!r} points outside the bundle; do not trust this bundle"
        )
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        raise CheckpointError(f"{file_path}: {str(digest)[:80]!r} is not a sha256 in hexadecimal")
