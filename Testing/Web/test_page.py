"""The page itself: sizes, themes, files it refuses."""

import os
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

SIZES = [(1280, 720), (1920, 1080), (820, 1180)]
CLIPPED = """() => {
  const seen = (element) => element.checkVisibility() && element.getBoundingClientRect().width;
  const wide = [...document.querySelectorAll('.sm-panel *')].filter((element) => {
    const box = element.getBoundingClientRect();
    return seen(element) && !element.closest('.v-progress-linear') &&
      (box.right > innerWidth + 1 || box.left < -1);
  });
  const cut = [...document.querySelectorAll('.v-btn__content, .sm-expert-name')].filter(
    (element) => seen(element) && element.scrollWidth > element.clientWidth + 1);
  const root = document.documentElement, bar = getComputedStyle(root).overflowY !== 'hidden';
  const scrolls = bar || root.scrollHeight > innerHeight ? [document.body] : [];
  return [...wide, ...cut, ...scrolls].map((element) => element.outerHTML.slice(0, 120));
}"""

BACKGROUND = "getComputedStyle(document.querySelector('.v-application')).backgroundColor"


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_nothing_is_clipped_in_any_size_and_theme(page, new_page, output, theme):
    page.press("Object")
    page.click("Axial")
    page.wait_for_size(r"[\d.]+ ml")
    for width, height in SIZES:
        sized = new_page(width, height, color_scheme=theme)
        sized.wait_for_size(r"[\d.]+ ml")
        assert sized.page.evaluate(CLIPPED) == [], f"{width} x {height}"
        brightness = sum(map(int, sized.page.evaluate(BACKGROUND)[4:-1].split(",")))
        assert (brightness < 300) == (theme == "dark")
        for view in ("Axial", "3-D"):
            assert sized.see(lambda view=view, sized=sized: sized.picture(view).std() > 10)
        sized.page.screenshot(path=output / f"web-{width}x{height}-{theme}.png")
        sized.close()


LETTERS_ON_BUTTONS = """() => {
  const boxes = (selector) =>
    [...document.querySelectorAll(selector)].map((element) => element.getBoundingClientRect());
  return boxes('.sm-side').filter((a) => boxes('.sm-view-buttons .v-btn').some((b) =>
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)).length;
}"""


@pytest.mark.parametrize("size", [(1024, 600), (960, 540), (640, 360)])
def test_a_low_window_as_of_a_magnified_page_shows_tools_and_views(segmented, new_page, size):
    small = new_page(*size)
    small.wait_for_size(r"[\d.]+ ml")
    footer = small.page.locator(".sm-footer").bounding_box()
    for caption in ("Object", "Box", "Lasso", "Undo"):
        button = small.page.locator(f"button:has-text('{caption}')").first.bounding_box()
        assert button["y"] + button["height"] < footer["y"], caption
    for view in ("Axial", "3-D"):
        assert small.view(view).bounding_box()["height"] > 150
    if size[0] > 700:
        assert small.page.evaluate(LETTERS_ON_BUTTONS) == 0
    assert small.page.evaluate(CLIPPED) == []


def test_a_page_that_lost_its_connection_comes_back_to_the_work(page):
    page.press("Object")
    page.click("Axial")
    page.wait_for_size(r"[\d.]+ ml")
    page.page.route("**/*", lambda route: route.abort())
    page.page.evaluate("window.isOld = true; trame.client.getConnection().getSession().close(); 0")
    page.page.wait_for_selector(".sm-lost:has-text('The work is kept there')")
    page.page.unroute("**/*")
    page.wait_for("!window.isOld && document.querySelectorAll('[data-segment]').length === 1")
    page.errors.clear()  # what was under way has failed
    assert page.see(lambda: page.picture("Coronal").std() > 10)
    page.click("Coronal", right=10)
    page.wait_for_points(2)


def test_brightness_is_dragged_and_the_crosshair_is_shown(page):
    before = page.picture("Axial")
    page.page.click("button[title^='Axial: Drag']")
    page.page.wait_for_selector("button[title^='Axial: Drag'][aria-pressed=true]")
    page.drag("Axial", (-60, -60), (90, 90))
    assert page.see(lambda: abs(page.picture("Axial") - before).max() > 8)
    page.page.click("button[title^='Axial: Drag']")
    page.page.click("button[title^='Axial: Crosshair']")
    page.page.wait_for_selector("button[title^='Axial: Crosshair'][aria-pressed=true]")
    page.page.click("button[title^='Axial: Crosshair']")


def test_a_right_drag_zooms_while_points_are_placed_and_places_none(page):
    page.press("Object")
    page.page.mouse.move(*page.at("Axial", 20, 20))
    assert page.see(lambda: page.picture("Axial").std() > 10)
    before = page.picture("Axial")
    page.page.mouse.down(button="right")
    page.page.mouse.move(*page.at("Axial", 20, 90), steps=5)
    page.page.mouse.up(button="right")
    for letter in "qe":  # to VTK they mean: end the process
        page.page.keyboard.press(letter)
    assert page.see(lambda: (abs(page.picture("Axial") - before).max(axis=2) > 60).mean() > 0.01)
    page.click("Axial")
    page.wait_for_points(1)


@pytest.mark.parametrize("path", ["", "index.html", "ws", "sammoe_web/sammoe.js"])
def test_the_server_itself_turns_another_sites_page_away(server, path):
    request = Request(server.address + path, headers={"Origin": "https://elsewhere.example"})
    with pytest.raises(HTTPError, match="403"):
        urlopen(request, timeout=30)


def test_a_file_of_two_gigabytes_is_refused_before_it_is_sent(page, tmp_path):
    shown = page.page.inner_text("#scan")
    large = tmp_path / "large.nii.gz"
    large.touch()
    os.truncate(large, 2_000_000_000)
    page.choose_file(large)
    page.page.wait_for_selector("#notice:has-text('2,000 MB are too large')")
    assert page.page.locator("#notice").bounding_box()["height"] < 150
    assert page.page.inner_text("#scan") == shown


def test_a_file_that_is_no_scan_is_refused_and_the_work_stays(page, tmp_path):
    page.press("Object")
    page.click("Axial")
    page.wait_for_size(r"[\d.]+ ml")
    broken = tmp_path / "broken.txt"
    broken.write_bytes(b"NRRD0004\nnothing else")
    page.choose_file(broken)
    page.press("Open without saving")
    page.page.wait_for_selector("#notice:has-text('cannot be read')")
    assert page.page.inner_text("#notice").startswith("Broken.txt")
    assert page.segments() == 1


def test_layouts_and_grey_values_are_chosen_from_their_menus(page):
    for layout, shown in (("Coronal", 1), ("Four", 4)):
        page.use_layout(layout, shown)
    page.click("Axial")
