"""What is done on the page is done in the order it was made, however busy the server is."""

import os
import signal
from contextlib import contextmanager

SLICE = "document.querySelector('.sm-slice-slider [role=slider]').getAttribute('aria-valuenow')"


@contextmanager
def busy(server):
    """Let the server do nothing meanwhile."""
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.process.pid, signal.SIGCONT)


def test_a_key_after_a_click_is_about_what_was_clicked(page, server):
    page.press("Object")
    page.page.wait_for_selector("button:has-text('Object')[aria-pressed=true]")
    with busy(server):
        page.click("Axial")
        page.page.keyboard.press("n")
        page.click("Coronal", right=10)
        page.page.keyboard.press("n")
    page.wait_for("document.querySelectorAll('[data-segment]').length === 3")
    for number in range(2):
        page.wait_for_size(r"[\d.]+ ml", of=number)
    assert page.points() == []


def test_a_wheel_a_click_and_a_button_keep_their_order(page, server):
    page.press("Object")
    page.page.wait_for_selector("button:has-text('Object')[aria-pressed=true]")
    page.page.mouse.move(*page.at("Axial"))
    before = page.page.evaluate(SLICE)
    with busy(server):
        page.page.mouse.wheel(0, 100)
        page.click("Axial")
        page.press("Next")
        page.page.mouse.wheel(0, 100)
    page.wait_for("document.querySelectorAll('[data-segment]').length === 2")
    page.wait_for_size(r"[\d.]+ ml")
    page.wait_for(f"{SLICE} !== '{before}'")
    assert page.points() == []
    page.page.click("[data-segment] >> nth=0")
    page.wait_for_points(1)


def test_a_click_right_after_a_change_of_the_layout_counts(page):
    page.press("Object")
    page.page.wait_for_selector("button:has-text('Object')[aria-pressed=true]")
    page.page.evaluate(CLICK_AS_SOON_AS_ALONE)
    page.use_layout("Axial", 1)
    page.wait_for_points(1)
    page.wait_for_size(r"[\d.]+ ml")
    page.use_layout("Four", 4)


CLICK_AS_SOON_AS_ALONE = """() => {
  const kinds = [['pointermove', -1, 0], ['pointerdown', 0, 1], ['pointerup', 0, 0]];
  const look = () => {
    const views = document.querySelectorAll('.layout-grid-item .remote-controlled-area');
    if (views.length !== 1) return requestAnimationFrame(look);
    const { x, y, width, height } = views[0].getBoundingClientRect();
    const at = { clientX: x + width / 2, clientY: y + height / 2, pointerType: 'mouse' };
    for (const [kind, button, buttons] of kinds) views[0].dispatchEvent(new PointerEvent(
      kind, { ...at, button, buttons, pointerId: 1, bubbles: true, cancelable: true }));
  };
  look();
}"""


def test_of_keys_that_are_held_only_undo_and_redo_act_again(segmented):
    keyboard = segmented.page.keyboard
    segmented.click("Axial", right=15)
    segmented.wait_for_points(2)
    keyboard.down("Control")
    for left in (1, 0):
        keyboard.down("z")
        segmented.wait_for_points(left)
    keyboard.up("z")
    for left in (1, 2):
        keyboard.down("y")
        segmented.wait_for_points(left)
    keyboard.up("y")
    keyboard.up("Control")
    for _ in range(3):
        keyboard.down("2")  # is placed once, not placed and ended in turn
    segmented.wait_for("trame.state.get('placed') === 'negative'")
    segmented.page.evaluate(LISTEN)
    for _ in range(2):
        keyboard.down(" ")
    assert segmented.page.evaluate("window.prevented") == [True, True]  # nothing scrolls


LISTEN = """window.prevented = [];
addEventListener('keydown', (event) => window.prevented.push(event.defaultPrevented));
document.activeElement.blur();"""
