# ruff: noqa: E402  what follows needs the skips before it
"""Fixtures as nouns: one server and one browser for all tests, a fresh scan for each."""

import re
import shutil
from pathlib import Path

import pytest

pytest.importorskip("trame_slicer", reason="trame-slicer is not installed here")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed here")

from grids import GRIDS, ellipsoid_volume
from sammoe.image_io import write_volume
from sammoe_web.opener import Opener
from web_server import CHROMIUM, FLAGS, WebPage, WebServer
from web_session import WebSession

OUTPUT = Path(__file__).parents[1] / "Output"


@pytest.fixture(scope="session")
def scan(tmp_path_factory):
    """An oblique scan with an ellipsoid in its middle."""
    path = tmp_path_factory.mktemp("scan") / "ellipsoid.nii.gz"
    volume, _mask, _centre = ellipsoid_volume(GRIDS["oblique"], radii_mm=(16.0, 13.0, 11.0))
    write_volume(path, volume)
    return path


@pytest.fixture(scope="session")
def server(scan, tmp_path_factory):
    log = tmp_path_factory.mktemp("web") / "server.log"
    server = WebServer("--threads", 1, scan, log=log)
    yield server
    assert server.close() == 0, log.read_text("utf-8")
    written = log.read_text("utf-8")  # what trame says of pages that were closed is not ours
    assert not re.search(r"sammoe_web/(?!guard)\w+\.py|while (polling|refreshing)", written), (
        written
    )


@pytest.fixture(scope="session")
def browser():
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed here (apt-get install chromium)")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(server, browser):
    """Open pages of the server; each test ends without an error on any of them."""
    pages = []

    def make(width=1280, height=720, **options):
        size = {"width": width, "height": height}
        page = WebPage(browser.new_page(viewport=size, **options), server.address)
        pages.append(page)
        return page

    yield make
    for page in pages:
        page.close()
        assert page.errors == []


@pytest.fixture
def page(new_page, scan, tmp_path):
    """A page on which the scan was just opened."""
    page = new_page()
    page.open_scan(shutil.copy(scan, tmp_path / f"{tmp_path.name}.nii.gz"))
    return page


@pytest.fixture
def work(tmp_path):
    """A scan with segments, without server and browser."""
    work = WebSession(tmp_path)
    yield work
    work.close()


@pytest.fixture
def opener(work):
    """Opens scans; `said` is what was refused."""
    said = []
    opener = Opener(
        work.scan, work.question, work.unsaved, on_permitted=lambda: None, refuse=said.append
    )
    opener.said = said
    return opener


@pytest.fixture(scope="session")
def output():
    OUTPUT.mkdir(exist_ok=True)
    return OUTPUT


@pytest.fixture
def segmented(page):
    """The page after one click in the middle of the ellipsoid, still placing."""
    page.press("Object")
    page.click("Axial")
    page.wait_for_size(r"[\d.]+ ml")
    return page
