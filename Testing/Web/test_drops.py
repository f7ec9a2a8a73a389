"""Files that are dropped while others arrive, are asked about or are read."""

import asyncio
from types import SimpleNamespace

import pytest

pytest.importorskip("trame_slicer", reason="trame-slicer is not installed here")

from own_loop import run
from sammoe_web.page_requests import PageRequests
from sammoe_web.uploads import Uploads


class FakeScan:
    """Counts requests.

    Attributes:
        given_up: Those that are waited for no more.
    """

    request = 0

    def __init__(self):
        self.given_up = []

    def expect(self):
        self.request += 1
        return self.request

    def give_up(self, request):
        self.given_up.append(request)


class FakeOpener:
    """Permits and reads as a test lets it.

    Attributes:
        opened: Names of what was read, with the contents of its files.
    """

    def __init__(self, scan):
        self._scan = scan
        self.permitted, self.readable = asyncio.Event(), asyncio.Event()
        self.is_allowed = True
        self.opened, self.reading = [], []

    async def permit(self, _name):
        await self.permitted.wait()
        return self._scan.expect() if self.is_allowed else None

    def abandon(self, request):
        self._scan.give_up(request)

    async def open_path(self, path, *, name, request):
        self.reading.append(name)
        await self.readable.wait()
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        self.opened.append((name, [file.read_bytes() for file in files]))


class Page:
    """Sends what the page's script sends."""

    def __init__(self, *, patience_s=60.0):
        self.scan, self.refused, self._triggers = FakeScan(), [], {}
        self.opener, self.uploads = FakeOpener(self.scan), Uploads()
        panel = SimpleNamespace(
            uploads=self.uploads,
            opener=self.opener,
            scan=self.scan,
            refuse=self.refused.append,
            changed=SimpleNamespace(emit=lambda: None),
            session=SimpleNamespace(undo=None, redo=None),
            presentation=SimpleNamespace(go_on=None),
            question=SimpleNamespace(answer=None),
            saving=SimpleNamespace(make=self._make, confirm=None),
            prompting=SimpleNamespace(mouse=SimpleNamespace(giveUp=None)),
            views=SimpleNamespace(gestures=SimpleNamespace(take=None)),
            stop=None,
            next_segment=None,
            start_over=None,
        )
        PageRequests(SimpleNamespace(controller=self), panel, patience_s=patience_s)

    def _make(self, _kind):
        raise ValueError("a name that no file can hold")

    def save(self):
        return self._triggers["sammoe_save"]("dicom")

    def trigger(self, name):
        return lambda answer: self._triggers.__setitem__(name, answer)

    def begin(self, *files, folder=""):
        return self._triggers["sammoe_upload_begin"]([list(file) for file in files], folder)

    def send(self, upload, index, piece):
        return self._triggers["sammoe_upload_piece"](upload, index, piece)

    def end(self, upload, *, is_whole=True):
        self._triggers["sammoe_upload_end"](upload, is_whole)


async def until(condition):
    while not condition():
        await asyncio.sleep(0.001)


def series(page):
    """Send two slices of a folder."""
    upload = page.begin(("1.dcm", 1), ("2.dcm", 1), folder="P01")
    assert page.send(upload, 0, b"x")
    assert page.send(upload, 1, b"y")
    page.end(upload)


def test_a_drop_while_another_is_read_breaks_neither():
    async def two_drops():
        page = Page()
        page.opener.permitted.set()
        series(page)
        await until(lambda: page.opener.reading == ["P01"])
        second = page.begin(("scan.nii", 4))
        assert page.send(second, 0, b"ab")
        page.opener.readable.set()
        await until(lambda: page.opener.opened)
        assert page.send(second, 0, b"cd")
        page.end(second)
        await until(lambda: len(page.opener.opened) == 2)
        assert page.opener.opened == [("P01", [b"x", b"y"]), ("scan.nii", [b"abcd"])]
        assert page.refused == []

    run(two_drops())


def test_files_arrive_while_the_user_is_asked_and_are_read_after_a_yes():
    async def asked():
        page = Page()
        page.opener.readable.set()
        series(page)
        await asyncio.sleep(0)
        assert page.opener.reading == []
        page.opener.permitted.set()
        await until(lambda: page.opener.opened)
        assert page.opener.opened == [("P01", [b"x", b"y"])]

    run(asked())


def test_after_a_no_nothing_more_is_taken_and_nothing_is_read_or_said():
    async def declined():
        page = Page()
        page.opener.is_allowed = False
        upload = page.begin(("scan.nii", 2))
        assert page.send(upload, 0, b"a")
        page.opener.permitted.set()
        await until(lambda: not page.uploads.accepts(upload))
        assert not page.send(upload, 0, b"b")
        page.end(upload, is_whole=False)
        await asyncio.sleep(0)
        assert (page.opener.reading, page.refused) == ([], [])

    run(declined())


def test_a_drop_that_is_outdated_when_it_has_arrived_is_not_read():
    async def outdated():
        page = Page()
        page.opener.permitted.set()
        page.opener.readable.set()
        slow = page.begin(("slow.nii", 2))
        assert page.send(slow, 0, b"a")
        await until(lambda: page.uploads.progress(1) == 0.5)
        quick = page.begin(("quick.nii", 1))
        assert page.send(quick, 0, b"q")
        page.end(quick)
        await until(lambda: page.opener.opened)
        assert not page.send(slow, 0, b"b")
        page.end(slow, is_whole=False)
        await until(lambda: not page.uploads.accepts(quick))
        assert page.opener.opened == [("quick.nii", [b"q"])]
        assert page.refused == []

    run(outdated())


@pytest.mark.parametrize("sent", [b"", b"a", b"ab"])
def test_a_page_that_was_closed_in_mid_upload_keeps_no_other_waiting(sent):
    """It does not come to say that the upload is over, not even of one that has arrived."""

    async def closed():
        page = Page(patience_s=0.05)
        page.opener.permitted.set()
        left = page.begin(("scan.nii", 2))
        assert page.send(left, 0, sent)
        await until(lambda: page.scan.given_up)
        assert page.scan.given_up == [1]
        await until(lambda: not page.uploads.accepts(left))
        assert [str(error) for error in page.refused] == ["scan.nii has not arrived; drop it again"]
        assert not page.send(left, 0, b"b")

    run(closed())


def test_the_question_about_an_upload_that_breaks_off_is_not_waited_for():
    async def broken_off():
        page = Page()
        upload = page.begin(("scan.nii", 2))
        await asyncio.sleep(0)
        page.end(upload, is_whole=False)
        await until(lambda: not page.uploads.accepts(upload))
        assert page.scan.request == 0

    run(broken_off())


def test_a_slow_upload_is_waited_for_and_so_is_an_answer_after_it():
    async def slow():
        page = Page(patience_s=0.2)
        page.opener.readable.set()
        upload = page.begin(("scan.nii", 8))
        for _piece in range(8):
            await asyncio.sleep(0.05)
            assert page.send(upload, 0, b"a")
        page.end(upload)
        await asyncio.sleep(0.3)
        page.opener.permitted.set()
        await until(lambda: page.opener.opened)
        assert page.opener.opened == [("scan.nii", [b"a" * 8])]
        assert page.refused == []

    run(slow())


def test_whatever_goes_wrong_while_a_file_is_made_is_said():
    page = Page()
    assert page.save() is None
    assert ["ValueError: a name that no file can hold" in str(error) for error in page.refused] == [
        True
    ]
