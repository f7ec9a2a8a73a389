"""Another scan: the last one asked for is shown, and nothing is lost unasked."""

import asyncio
import hashlib

import pytest

pytest.importorskip("trame_slicer", reason="trame-slicer is not installed here")

from file_server import FileServer
from own_loop import run
from sammoe.errors import SAMMoEError
from sammoe_web.opener import Opener
from sammoe_web.samples import Sample
from sammoe_web.uploads import Uploads


@pytest.fixture
def slow_server(scan):
    """A server of the scan that does not answer before it is released."""
    with FileServer(scan.read_bytes()) as server:
        server.released.clear()
        yield server


@pytest.fixture
def slow(slow_server):
    content = hashlib.sha256(slow_server.content).hexdigest()
    return Sample("slow", slow_server.url, "slow.nii.gz", content)


async def until(condition):
    while not condition():
        await asyncio.sleep(0.001)


def test_a_slow_scan_does_not_take_the_place_of_one_that_was_asked_for_later(
    work, opener, slow, slow_server, scan
):
    async def both():
        first = asyncio.create_task(opener.open_sample(slow))
        await until(lambda: work.scan.opening == "slow")
        assert await opener.open_path(scan, name="later")
        shown = work.scan.node
        slow_server.released.set()
        assert not await first
        assert (work.scan.name, work.scan.node, work.scan.opening) == ("later", shown, "")

    run(both())
    assert opener.said == []


def test_while_the_later_one_is_read_the_page_says_so_whatever_became_of_the_first(
    work, opener, slow, slow_server, scan
):
    with FileServer(scan.read_bytes()) as first_server:
        first_server.released.clear()
        first = Sample("first", first_server.url, "first.nii.gz", slow.sha256)

        async def both():
            outdated = asyncio.create_task(opener.open_sample(first))
            await until(lambda: work.scan.opening == "first")
            later = asyncio.create_task(opener.open_sample(slow))
            await until(lambda: work.scan.opening == "slow")
            first_server.released.set()
            assert not await outdated
            assert (work.scan.name, work.scan.opening) == ("", "slow")
            slow_server.released.set()
            assert await later

        run(both())


def test_what_is_wrong_with_an_outdated_scan_is_not_said(work, opener, slow, slow_server, scan):
    slow_server.content = b"no scan"

    async def both():
        first = asyncio.create_task(opener.open_sample(slow))
        await until(lambda: work.scan.opening == "slow")
        await opener.open_path(scan)
        slow_server.released.set()
        assert not await first

    run(both())
    assert opener.said == []
    assert work.scan.name == scan.name


def test_a_scan_that_cannot_be_read_is_refused_and_the_next_one_is_asked_about_again(
    work, opener, tmp_path
):
    work.click()

    async def twice():
        for _time in range(2):
            opening = asyncio.create_task(opener.open_path(tmp_path / "none.nii.gz"))
            await until(lambda: work.question.text)
            work.question.answer(True)
            assert not await opening

    run(twice())
    assert len(opener.said) == 2
    assert all(isinstance(error, SAMMoEError) for error in opener.said)
    assert work.unsaved.exists


def test_whatever_a_reader_raises_is_said_and_nothing_is_given_up(work, tmp_path):
    class Unreadable:
        def expect(self, name):
            return 1

        async def open_path(self, path, **_told):
            raise LookupError("no such tag")

    said = []
    opener = Opener(
        Unreadable(), work.question, work.unsaved, on_permitted=lambda: None, refuse=said.append
    )
    work.click()

    async def opened():
        opening = asyncio.create_task(opener.open_path(tmp_path))
        await until(lambda: work.question.text)
        work.question.answer(True)
        assert not await opening

    run(opened())
    assert [str(error) for error in said] == [
        "this cannot be read as a scan (LookupError: no such tag)"
    ]
    assert not work.unsaved.is_given_up


@pytest.mark.parametrize("files", [{"notes.txt": b"text"}, {"1.txt": b"a", "2.txt": b"b"}])
def test_what_is_no_scan_is_called_as_the_user_calls_it(work, opener, files):
    uploads = Uploads()
    upload = uploads.begin([(name, len(content)) for name, content in files.items()])
    for index, content in enumerate(files.values()):
        uploads.add(upload, index, content)
    assert not run(opener.open_path(uploads.take(upload), name=uploads.name(upload)))
    uploads.close()
    (error,) = opener.said
    called = "notes.txt cannot be read" if len(files) == 1 else "the folder 2 files holds no DICOM"
    assert called in str(error)
    assert "sammoe-uploads" not in str(error)


@pytest.mark.parametrize("may_open", [True, False])
def test_unsaved_work_is_given_up_only_after_a_yes(work, opener, scan, may_open):
    work.click()
    before = work.scan.node

    async def asked():
        opening = asyncio.create_task(opener.open_path(scan, name="other"))
        await until(lambda: work.question.text)
        assert work.scan.opening == ""
        assert "other" in work.question.text
        assert work.worklist.segments()[0].name in work.question.text
        work.question.answer(may_open)
        assert await opening is may_open

    run(asked())
    assert work.question.text == ""
    assert (work.scan.node is before) is not may_open


def test_an_empty_list_is_never_asked_about(work, opener, scan):
    work.worklist.ensure_chosen()
    assert run(opener.open_path(scan))


def test_what_was_made_while_the_scan_was_read_is_asked_about(work, opener, slow, slow_server):
    async def worked_meanwhile():
        opening = asyncio.create_task(opener.open_sample(slow))
        await until(lambda: work.scan.opening == "slow")
        work.click()
        slow_server.released.set()
        await until(lambda: work.question.text)
        work.question.answer(False)
        assert not await opening

    run(worked_meanwhile())
    assert work.scan.name == ""


def test_a_question_that_another_page_has_outdated_by_saving_is_taken_back(work, opener, scan):
    work.click()

    async def two_wishes():
        older = asyncio.create_task(opener.open_path(scan, name="older"))
        await until(lambda: work.question.text)
        work.saving.confirm(work.saving.make("segmentation").receipt)
        assert await opener.open_path(scan, name="newer")
        assert not await older
        assert work.question.text == ""

    run(two_wishes())
    assert work.scan.name == "newer"


def test_a_newer_wish_takes_the_question_of_an_older_one_back(work, opener, scan):
    work.click()

    async def two_wishes():
        older = asyncio.create_task(opener.open_path(scan, name="older"))
        await until(lambda: work.question.text)
        newer = asyncio.create_task(opener.open_path(scan, name="newer"))
        assert not await older
        assert "newer" in work.question.text
        work.question.answer(True)
        assert await newer

    run(two_wishes())
    assert work.scan.name == "newer"


def test_a_question_about_a_scan_that_does_not_come_is_taken_back(work, opener):
    work.click()

    async def nothing_comes():
        permit = asyncio.create_task(opener.permit("lost"))
        await until(lambda: work.question.text)
        permit.cancel()
        await asyncio.wait({permit})
        assert work.question.text == ""
        work.question.answer(True)
        assert not work.unsaved.is_given_up

    run(nothing_comes())


@pytest.mark.parametrize("is_cancelled", [True, False])
def test_work_given_up_for_a_scan_that_never_came_is_asked_about_again(work, opener, is_cancelled):
    work.click()

    async def given_up_in_vain():
        permit = asyncio.create_task(opener.permit("lost"))
        await until(lambda: work.question.text)
        work.question.answer(True)
        request = await permit
        if is_cancelled:
            opener.cancel()
        opener.abandon(request)
        again = asyncio.create_task(opener.permit("next"))
        await until(lambda: work.question.text)
        work.question.answer(False)
        assert await again is None

    run(given_up_in_vain())


def test_a_scan_that_was_cancelled_while_it_was_read_is_not_shown(work, opener, slow, slow_server):
    async def cancelled():
        opening = asyncio.create_task(opener.open_sample(slow))
        await until(lambda: work.scan.opening == "slow")
        opener.cancel()
        assert work.scan.opening == ""
        slow_server.released.set()
        assert not await opening

    before = work.scan.node
    run(cancelled())
    assert work.scan.node is before
    assert opener.said == []
