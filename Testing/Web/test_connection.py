"""What the page's script makes of a server that is silent, lost or restarted."""

from pathlib import Path

import pytest

pytest.importorskip("trame_slicer", reason="trame-slicer is not installed here")

import sammoe_web

SCRIPT = (Path(sammoe_web.__file__).parent / "serve" / "connection.js").read_text("utf-8")
TRAME = """<script>window.trame = (() => {
  const state = { server_id: "%s", is_unsaved: %s, connection: "" };
  const call = () => new Promise((done) => (trame.answer = done));
  const client = {
    onConnectionClose: (then) => (trame.close = then),
    getConnection: () => ({ getSession: () => ({ call }) }),
  };
  return { client, state: { get: (key) => state[key], set: (key, value) => (state[key] = value) } };
})();</script><script>%s</script>"""
SHOWN = "trame.state.get('connection')"


class Served:
    """A page with a stand-in for trame, and a clock that a test moves.

    Attributes:
        server_id: Of the server that answers.
        is_unsaved: Whether it holds work that was not saved.
        is_there: Whether it answers at all.
    """

    def __init__(self, page):
        self.server_id, self.is_unsaved, self.is_there = "first", "true", True
        self.page = page
        page.clock.install()
        page.route("**/*", self._answer)
        page.goto("http://page.test/")
        page.wait_for_function("!!window.trame?.close")
        page.evaluate("window.isOld = true")

    def _answer(self, route):
        body = TRAME % (self.server_id, self.is_unsaved, SCRIPT)
        route.fulfill(content_type="text/html", body=body) if self.is_there else route.abort()

    def pass_s(self, seconds):
        for _second in range(seconds):
            self.page.clock.run_for(1000)

    def lose_and_find(self, server_id):
        self.page.evaluate("trame.close(); 0")
        self.server_id = server_id
        self.pass_s(2)
        self.page.wait_for_function("!window.isOld && !!window.trame?.close")
        return self.page.evaluate(SHOWN)


@pytest.fixture
def served(browser):
    page = browser.new_page()
    yield Served(page)
    page.close()


def test_a_silent_server_is_told_and_no_more_once_it_answers(served):
    served.pass_s(5)
    assert served.page.evaluate(SHOWN) == ""
    served.pass_s(20)
    assert served.page.evaluate(SHOWN) == "silent"
    served.page.evaluate("trame.answer()")
    served.page.wait_for_function(f"{SHOWN} === ''")


def test_a_connection_on_which_nothing_comes_is_given_up_for_a_new_one_if_there_is_one(served):
    served.is_there = False
    served.pass_s(80)
    assert served.page.evaluate("window.isOld")
    served.is_there = True
    served.pass_s(20)
    served.page.wait_for_function("!window.isOld && !!window.trame?.close")
    assert served.page.evaluate(SHOWN) == ""


def test_a_page_with_a_process_of_its_own_waits_for_that_one(served):
    served.page.evaluate("trame.state.set('is_launched', true)")
    served.pass_s(120)
    assert served.page.evaluate("window.isOld")
    assert served.page.evaluate(SHOWN) == "silent"


@pytest.mark.parametrize(
    ("server_id", "is_unsaved", "told"),
    [("first", "true", ""), ("second", "true", "restarted"), ("second", "false", "")],
)
def test_work_that_was_lost_with_a_server_is_told_once(served, server_id, is_unsaved, told):
    served.page.evaluate(f"trame.state.set('is_unsaved', {is_unsaved})")
    assert served.lose_and_find(server_id) == told
    served.page.reload()
    served.page.wait_for_function("!!window.trame?.close")
    assert served.page.evaluate(SHOWN) == ""
