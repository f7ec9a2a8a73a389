"""The page on a tablet: real touches, from which nothing is made that the fingers did not mean."""

import shutil

import pytest

from fingers import Fingers

LEAST_PX = 40
SMALL = f"""() => [...document.querySelectorAll('button, .sm-item, input.sm-field')]
  .filter((element) => element.checkVisibility()).filter((element) => {{
    const box = element.getBoundingClientRect();
    return box.width && Math.min(box.width, box.height) < {LEAST_PX};
  }}).map((element) => element.outerHTML.slice(0, 160))"""
UNMOVED = "scrollX === 0 && scrollY === 0 && visualViewport.scale === 1"
PLACED = "trame.state.get('placed') === '{}'"
COUNT = "trame.state.get('prompt_count') === '{}'"


@pytest.fixture
def tablet(new_page, scan, tmp_path):
    """A tablet on which a scan was just opened."""
    page = new_page(1180, 820, has_touch=True, is_mobile=True)
    page.open_scan(shutil.copy(scan, tmp_path / f"{tmp_path.name}.nii.gz"))
    assert page.see(lambda: page.picture("Axial").std() > 10)
    yield page
    assert page.page.evaluate(UNMOVED)


@pytest.fixture
def fingers(tablet):
    return Fingers(tablet, "Axial")


def choose(page, caption, placed):
    page.page.tap(f"button:has-text('{caption}') >> visible=true")
    page.wait_for(PLACED.format(placed))


def moves(page, act):
    """Say whether something else is seen in a view after an act."""
    before = page.picture("Axial")
    act()
    return page.see(lambda: (abs(page.picture("Axial") - before).max(axis=2) > 60).mean() > 0.02)


def test_a_tap_places_one_point_and_a_pinch_none(tablet, fingers):
    choose(tablet, "Object", "positive")
    assert moves(tablet, fingers.spread)
    fingers.drag((0, 0))
    tablet.wait_for_size(r"[\d.]+ ml")
    assert len(tablet.points()) == 1
    fingers.drag((15, 0))
    tablet.wait_for_points(2)


@pytest.mark.parametrize(("caption", "kind"), [("Scribble", "scribble"), ("Lasso", "lasso")])
def test_one_finger_draws_and_a_second_one_takes_the_line_back(tablet, fingers, caption, kind):
    choose(tablet, caption, kind)
    fingers.touch((-40, 30))
    fingers.move((0, 30))
    fingers.touch((0, 30), (60, 30))
    fingers.move((-20, 30), (90, 30))
    fingers.lift((-20, 30))
    fingers.lift()
    fingers.drag((-20, 0), (0, 12), (20, 0), (0, -12))
    tablet.wait_for_size(r"[\d.]+ ml")
    tablet.wait_for(COUNT.format("1 drawn"))


def test_a_box_is_drawn_by_a_drag_after_one_was_given_up(tablet, fingers):
    choose(tablet, "Box", "box")
    fingers.touch((-40, -40))
    fingers.move((20, 20))
    fingers.touch((20, 20), (60, 30))
    fingers.lift()
    fingers.drag((-30, -30), (0, 0), (30, 30))
    tablet.wait_for_size(r"[\d.]+ ml")
    tablet.wait_for(COUNT.format("box"))


def test_a_finger_moves_a_point_and_a_second_one_puts_it_back(tablet, fingers):
    choose(tablet, "Object", "positive")
    fingers.drag((0, 0))
    tablet.wait_for_size(r"[\d.]+ ml")
    (placed,) = tablet.points()
    fingers.touch((0, 0))
    fingers.move((20, 0))
    fingers.touch((20, 0), (80, 0))
    fingers.lift()
    fingers.drag((0, 0), (10, 0), (25, 0))
    tablet.wait_for(f"document.querySelector('[data-point]').innerText !== {placed!r}")
    assert len(tablet.points()) == 1
    tablet.press("Undo")
    tablet.wait_for(f"document.querySelector('[data-point]').innerText === {placed!r}")
    tablet.press("Undo")
    tablet.wait_for_points(0)


def test_two_fingers_move_a_slice_and_one_turns_the_3d_view(tablet, fingers):
    def pan():
        fingers.touch((0, 0))
        fingers.touch((0, 0), (40, 0))
        for step in range(0, 81, 10):
            fingers.move((step, 0), (40 + step, 0))
        fingers.lift()

    assert moves(tablet, pan)
    choose(tablet, "Object", "positive")
    tablet.click("Coronal")
    tablet.wait_for_size(r"[\d.]+ ml")
    tablet.press("Object")
    assert tablet.see(lambda: tablet.picture("3-D").std() > 8)
    solid = tablet.picture("3-D")
    Fingers(tablet, "3-D").drag((0, 0), (40, 20), (80, 40))
    assert tablet.see(lambda: abs(tablet.picture("3-D") - solid).max() > 30)


def test_a_finger_that_rests_long_places_a_point_once_it_is_lifted(tablet, fingers):
    choose(tablet, "Object", "positive")
    fingers.touch((0, 0))
    tablet.page.wait_for_timeout(800)  # a long press
    assert tablet.points() == []
    fingers.lift()
    tablet.wait_for_size(r"[\d.]+ ml")
    assert len(tablet.points()) == 1


def test_everything_that_is_tapped_is_as_large_as_a_finger(tablet, fingers):
    choose(tablet, "Object", "positive")
    fingers.drag((0, 0))
    tablet.wait_for_size(r"[\d.]+ ml")
    assert tablet.page.evaluate(SMALL) == []
