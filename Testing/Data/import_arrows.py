"""The architecture as a table: which part may import which, and what may import torch."""

# part of `sammoe` -> parts it may import; a part is a module or a folder directly in `sammoe`
VALUES = {
    "errors",
    "geometry",
    "volume",
    "curve_prompt",
    "prompts",
    "options",
    "result",
    "provenance",
}
CLIENT_SIDE = VALUES | {"worker"}
ARROWS: dict[str, set[str]] = {
    "errors": set(),
    "power": set(),
    "processor": set(),
    "geometry": {"errors"},
    "volume": {"errors", "geometry"},
    "curve_prompt": {"errors"},
    "prompts": {"errors", "geometry", "curve_prompt"},
    "prompt_checks": {"errors", "geometry", "prompts", "volume"},
    "options": {"errors"},
    "result": {"errors", "geometry"},
    "provenance": {"errors", "geometry", "options", "prompts"},
    "intensity": {"errors", "geometry", "volume"},
    "crop": {"errors", "geometry", "volume", "prompts"},
    "model": {"errors", "options", "processor", "prompts"},
    "bundle": {"windows_names", "errors", "model", "path_lock", "patiently", "whole_file"}
    | {"whole_folder"},
    "download": {"errors", "path_lock", "patiently"},
    "engine": VALUES
    | {"prompt_checks", "crop", "intensity", "patch", "model", "bundle", "processor"},
    "worker": VALUES | {"bundle"},
    "worker.main": VALUES | {"worker", "engine", "bundle"},
    "overlap": set(),
    "windows_names": set(),
    "patiently": set(),
    "whole_file": {"patiently", "windows_names"},
    "whole_folder": {"path_lock", "patiently"},
    "path_lock": set(),
    "user_cache": {"errors"},
    "patch": VALUES | {"crop", "intensity"},
    "simulated_user": VALUES,
    "labelled_scans": VALUES | {"image_io"},
    "evaluation": VALUES
    | {"bundle", "engine", "figure", "intensity", "labelled_scans", "overlap", "simulated_user"}
    | {"path_lock", "whole_file"},
    "training": VALUES
    | {"crop", "intensity", "model", "bundle", "image_io", "processor"}
    | {"labelled_scans", "patch", "simulated_user", "user_cache", "whole_file"},
    "training.jobs": VALUES
    | {"training", "engine", "evaluation", "bundle", "labelled_scans", "model", "simulated_user"},
    "training.sheet": VALUES
    | {"training", "engine", "evaluation", "bundle", "crop", "intensity", "model", "overlap"}
    | {"patch", "whole_file"},
    "training.embedded_bundle": VALUES
    | {"training", "training.jobs", "training.sheet", "evaluation", "bundle", "labelled_scans"}
    | {"model"},
    "image_io": VALUES | {"whole_file"},
    "phantom": VALUES,
    "figure": VALUES | {"intensity", "whole_file"},
    "commands": CLIENT_SIDE
    | {
        "bundle",
        "download",
        "image_io",
        "phantom",
        "figure",
        "cli",
        "training",
        "training.embedded_bundle",
        "training.jobs",
        "evaluation",
        "labelled_scans",
        "path_lock",
        "prompt_checks",
        "whole_file",
        "whole_folder",
        "overlap",
    },
    "cli": VALUES | {"commands"},
}
TRAINING = (
    "view_batch", "reporter", "synthetic", "samples", "objectives.losses", "users",
    "loop.precision", "objectives", "loop", "gate", "stages", "sheet", "jobs", "embedded_bundle",
)  # fmt: skip
"""Parts of `sammoe.training`: each may import itself and those before it."""
WITH_TORCH = (
    "model",
    "engine",
    "training",
    "evaluation",
    "worker.main",
    "bundle.build",
    "bundle.writer",
)
WITH_TORCH += ("bundle.difference", "bundle.import_upstream", "bundle.weights")
SLICER_SIDE = {"slicer", "vtk", "qt", "ctk", "PySide6", "trame", "SAMMoESlicerLib", "SAMMoESlicer"}
