"""Folders of bundles: changed by hand, zipped, looked into."""

import json
import zipfile


def edit_card(folder, **changes):
    card = json.loads((folder / "bundle.json").read_text("utf-8"))
    (folder / "bundle.json").write_text(json.dumps(card | changes))


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
