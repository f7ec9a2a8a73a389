"""Download one large file: in a process of its own, resumed after a stop, checked at the end.

`python -m sammoe.download URL FILE` writes `received total` lines to standard output; a stop (also
a kill) leaves `FILE.part`, from which the next run goes on. The standard library only.
"""

import argparse
import hashlib
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import Any

from .errors import CheckpointError

CHUNK_BYTES = 1 << 20
TIMEOUT_S = 30.0
STATED_HASH = "X-Linked-ETag"
"""Where a model hub states the sha256 of a large file, on the answer that redirects to it."""

Progress = Callable[[int, int], None]
"""Called with the bytes received so far and the whole size."""


def download(
    url: str, path: Path, *, sha256: str | None = None, progress: Progress | None = None
) -> None:
    """Download a file, going on where an earlier attempt stopped.

    Args:
        url: http or https.
        path: Written only when everything has arrived and the checksum is right.
        sha256: In hexadecimal; None: what the server states, if it does.
        progress: Called after every chunk.

    Raises:
        CheckpointError: No connection, an answer that is no file, or a wrong checksum.
    """
    part = path.with_name(path.name + ".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        stated = _fetch(url, part, progress)
    except urllib.error.HTTPError as error:
        raise CheckpointError(f"{url}: the server answers {error.code} {error.reason}") from error
    except (OSError, HTTPException) as error:
        raise CheckpointError(f"{url}: the connection failed ({error}); try again") from error
    expected = (sha256 or stated or "").lower()
    if expected and _sha256_of(part) != expected:
        part.unlink()
        raise CheckpointError(f"{path.name} arrived damaged (wrong sha256); download it again")
    part.replace(path)


def _fetch(url: str, part: Path, progress: Progress | None) -> str | None:
    """Append to `part` what is missing; returns the sha256 the server stated."""
    have = part.stat().st_size if part.exists() else 0
    redirects = _Redirects()
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    opener = urllib.request.build_opener(redirects)
    try:
        answer: HTTPResponse = opener.open(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:  # the file is no longer than what is here: begin again
            part.unlink()
            return _fetch(url, part, progress)
        raise
    with answer:
        resumes = answer.status == 206
        received = have if resumes else 0
        total = received + int(answer.headers.get("Content-Length") or 0)
        with part.open("ab" if resumes else "wb") as stream:
            while chunk := answer.read(CHUNK_BYTES):
                stream.write(chunk)
                received += len(chunk)
                if progress is not None:
                    progress(received, total)
        if total and received != total:
            raise ConnectionError(f"{received} of {total} bytes came")
        return redirects.stated or _stated_hash(answer.headers)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Remembers the checksum stated on the way."""

    stated: str | None = None

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        """Follow, as the base class does."""
        self.stated = self.stated or _stated_hash(headers)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _stated_hash(headers: HTTPMessage) -> str | None:
    value = (headers.get(STATED_HASH) or "").strip('"').lower()
    return value if re.fullmatch(r"[0-9a-f]{64}", value) else None


def _sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def main(arguments: list[str] | None = None) -> int:
    """Download as the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(prog="sammoe.download")
    parser.add_argument("url")
    parser.add_argument("path", type=Path)
    parser.add_argument("--sha256")
    options = parser.parse_args(arguments)
    try:
        download(
            options.url,
            options.path,
            sha256=options.sha256,
            progress=lambda received, total: print(received, total, flush=True),
        )
    except CheckpointError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
