"""Download one large file: resumed after a stop, checked at the end, or not there at all.

A stop (also a kill) leaves `FILE.part`, and in `FILE.part.json` what the server said of the whole;
the next try goes on from there if the server still has the same file. The standard library only.
"""

import errno
import hashlib
import json
import os
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .errors import DownloadError
from .path_lock import path_lock
from .patiently import patiently

CHUNK_BYTES = 1 << 20
TIMEOUT_S = 30.0
SCHEMES = ("http", "https")
STATED_HASH = "X-Linked-ETag"
"""Where a model hub states the sha256 of a large file, on the answer that redirects to it."""
_PAGE = re.compile(rb"\s*(<!doctype\s+html|<html|<head)", re.IGNORECASE)
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")

Progress = Callable[[int, int], None]
"""Called with the bytes received so far and the whole size, 0 where it is not known."""


def download(
    url: str,
    path: Path,
    *,
    sha256: str | None = None,
    size: int | None = None,
    progress: Progress | None = None,
) -> str:
    """Download a file, going on where an earlier attempt stopped; return its sha256.

    Args:
        url: http or https.
        path: Written only when everything has arrived and is what was expected; a file that is
            there already and has the wanted sha256 is not fetched again.
        sha256: In hexadecimal; None: what the server states, if it does.
        size: Bytes of the file, where they are known.
        progress: Called after every chunk.

    Raises:
        DownloadError: No connection, a server that answers something else, or a full disk.
    """
    if urlsplit(url).scheme.lower() not in SCHEMES:
        raise DownloadError(f"{url}: only http and https are downloaded from")
    wanted = sha256.lower() if sha256 else None
    with _fails_plainly(url, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if wanted and path.is_file() and _sha256_of(path) == wanted:
            return wanted
        with path_lock(path.with_name(f"{path.name}.part.lock"), wait=False):
            return _Download(url, path, wanted, size, progress).run()


@dataclass(frozen=True)
class _Whole:
    """What the server said of the whole file.

    Attributes:
        url: Where it comes from.
        validator: Its ETag or date, by which the server knows it again; empty: none.
        total: Its bytes; 0: not said.
    """

    url: str
    validator: str = ""
    total: int = 0


class _Download:
    """One try; see `download`."""

    def __init__(
        self,
        url: str,
        path: Path,
        sha256: str | None,
        size: int | None,
        progress: Progress | None,
    ) -> None:
        self._url, self._path, self._progress = url, path, progress
        self._sha256, self._size = sha256, size
        self._part = path.with_name(f"{path.name}.part")
        self._notes = path.with_name(f"{path.name}.part.json")
        self._redirects = _Redirects()

    def run(self) -> str:
        have, known = self._resumable()
        answer = self._open(have, known)
        if answer.status == 416 or (answer.status == 206 and not _continues(answer, have, known)):
            answer.close()
            have = 0
            answer = self._open(0, known)
        with answer:
            self._receive(answer, have if answer.status == 206 else 0)
        digest = self._check(_stated_hash(answer.headers))
        with self._part.open("rb+") as stream:
            os.fsync(stream.fileno())
        patiently(lambda: self._part.replace(self._path))
        self._notes.unlink(missing_ok=True)
        return digest

    def _resumable(self) -> tuple[int, _Whole]:
        """Return how much of the file is here, 0 where one cannot know of which file."""
        try:
            known = _Whole(**json.loads(self._notes.read_text("utf-8")))
            have = self._part.stat().st_size
            goes_on = known.url == self._url and 0 < have < known.total
        except (OSError, ValueError, TypeError):
            goes_on = False
        if goes_on and (known.validator or self._sha256):
            return have, known
        return 0, _Whole(self._url)

    def _open(self, have: int, known: _Whole) -> HTTPResponse:
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
            if known.validator:
                headers["If-Range"] = known.validator
        request = urllib.request.Request(self._url, headers=headers)
        opener = urllib.request.build_opener(self._redirects)
        try:
            answer: HTTPResponse = opener.open(request, timeout=TIMEOUT_S)
            return answer
        except urllib.error.HTTPError as error:
            if error.code == 416 and have:
                return error.fp  # type: ignore[return-value]
            raise

    def _receive(self, answer: HTTPResponse, have: int) -> None:
        """Write what comes behind the first `have` bytes; an answer that is no file is not."""
        whole = self._announced(answer, have)
        self._check_room(whole.total - have)
        if have == 0:
            self._part.write_bytes(b"")
            self._notes.write_text(json.dumps(asdict(whole)), "utf-8")
        received = have
        with self._part.open("ab") as stream:
            while chunk := answer.read(CHUNK_BYTES):
                stream.write(chunk)
                received += len(chunk)
                if self._progress is not None:
                    self._progress(received, whole.total)
        if whole.total and received != whole.total:
            raise ConnectionError(f"{received} of {whole.total} bytes came")

    def _announced(self, answer: HTTPResponse, have: int) -> _Whole:
        """Return what the server says of the file it is about to send."""
        headers = answer.headers
        if headers.get_content_type() in ("text/html", "application/xhtml+xml"):
            raise DownloadError(
                f"{self._url}: a web page came in the place of the file; does it need a login?"
            )
        validator = headers.get("ETag") or headers.get("Last-Modified") or ""
        length = answer.length
        if length is None and not (answer.chunked or self._sha256 or self._size):
            raise DownloadError(f"{self._url}: the server does not say how long the file is")
        total = 0 if length is None else have + length
        if self._size and total and total != self._size:
            raise DownloadError(
                f"{self._url}: the server has a file of {total} bytes, expected {self._size}; "
                "look for a newer version of this extension"
            )
        weak = validator.startswith("W/")
        return _Whole(self._url, "" if weak else validator, total)

    def _check_room(self, missing: int) -> None:
        free = shutil.disk_usage(self._part.parent).free
        if missing > free:
            raise OSError(errno.ENOSPC, f"{missing - free} bytes too few are free")

    def _check(self, stated: str | None) -> str:
        """Return the hash of what arrived; what is not the file is removed."""
        expected = self._sha256 or self._redirects.stated or stated
        size, digest = self._part.stat().st_size, _sha256_of(self._part)
        with self._part.open("rb") as stream:
            is_page = _PAGE.match(stream.read(1000)) is not None
        fault = ""
        if size == 0:
            fault = "an empty file came"
        elif expected and digest != expected:
            fault = f"{self._path.name} arrived damaged (wrong sha256)"
        elif self._size and size != self._size:
            fault = f"{size} bytes came, expected {self._size}"
        elif is_page:
            fault = "a web page came in the place of the file; does it need a login?"
        if fault:
            self._part.unlink()
            self._notes.unlink(missing_ok=True)
            raise DownloadError(f"{self._url}: {fault}; download it again")
        return digest


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows to http and https alone, and remembers the checksum stated on the way."""

    stated: str | None = None

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        """Follow, as the base class does.

        Raises:
            DownloadError: It leads elsewhere, or from https to http.
        """
        old, new = urlsplit(req.full_url).scheme.lower(), urlsplit(newurl).scheme.lower()
        if new not in SCHEMES or (old == "https" and new == "http"):
            raise DownloadError(f"{req.full_url}: it leads to {newurl}, which is not followed")
        self.stated = self.stated or _stated_hash(headers)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@contextmanager
def _fails_plainly(url: str, path: Path) -> Iterator[None]:
    """Say in one line what failed: the disk, the server or the line to it.

    Raises:
        DownloadError: Whatever it was.
    """
    try:
        yield
    except BlockingIOError as error:
        raise DownloadError(f"{path.name} is being downloaded already") from error
    except urllib.error.HTTPError as error:
        hint = "; it needs a login" if error.code in (401, 403) else ""
        text = f"{url}: the server answers {error.code} {error.reason}{hint}"
        raise DownloadError(text) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DownloadError(f"the disk with {path.parent} is full: {error.strerror}") from error
        if error.filename is not None:
            raise DownloadError(f"{path} cannot be written: {error}") from error
        raise DownloadError(f"{url}: the connection failed ({error}); try again") from error
    except (HTTPException, ValueError) as error:
        raise DownloadError(f"{url}: the connection failed ({error}); try again") from error


def _continues(answer: HTTPResponse, have: int, known: _Whole) -> bool:
    """Say whether a partial answer is the rest of the file of which `have` bytes are here."""
    match = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range") or "")
    if match is None:
        return False
    first, last, total = map(int, match.groups())
    rest = total - have
    return (first, last, total) == (have, total - 1, known.total) and answer.length == rest


def _stated_hash(headers: HTTPMessage) -> str | None:
    value = (headers.get(STATED_HASH) or "").strip('"').lower()
    return value if re.fullmatch(r"[0-9a-f]{64}", value) else None


def _sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
