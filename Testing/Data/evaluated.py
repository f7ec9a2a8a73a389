"""`sammoe evaluate` on a tiny bundle and a tiny scan."""

from pathlib import Path

from sammoe.cli import main


def evaluate(place: Path, *words: str) -> int:
    return main([
        "evaluate", "--bundle", str(place / "bundle"), "--data", str(place / "scans"),
        "--prompts", "points:2,box", "--expert", "ball=liver", "--device", "cpu",
        "--processes", "1", "--worst", "1", "--out", str(place / "report"), *words,
    ])  # fmt: skip
