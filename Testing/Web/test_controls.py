"""Experts, threshold, disagreement, presentation; what goes on while the model works; dropping."""

import base64
import os
import signal


def used(page):
    """Return the decoder whose name is bold."""
    rows = page.page.locator("[data-expert]:has(> div[style*='700'])")
    return rows.first.get_attribute("data-expert")


def wait_for_used(page, decoder):
    page.page.wait_for_selector(f"[data-expert='{decoder}'] > div[style*='700']")


def press_on(page, expert, tip):
    page.page.click(f"[data-expert='{expert}'] button[aria-label^='{tip}']")


def test_a_pinned_expert_draws_until_it_is_muted(segmented):
    assert used(segmented) == "general"
    press_on(segmented, "vertebra", "Always use")
    wait_for_used(segmented, "vertebra")
    press_on(segmented, "vertebra", "Never use")
    wait_for_used(segmented, "general")
    press_on(segmented, "vertebra", "Never use")
    segmented.page.wait_for_selector("[data-expert='vertebra']:not(.sm-expert-muted)")


def test_a_threshold_of_nothing_lets_the_surest_expert_draw(segmented):
    segmented.page.get_by_label("Auto", exact=True).uncheck()
    slider = ".v-slider:not(.sm-slice-slider):not(.v-input--disabled) [role=slider]"
    segmented.page.focus(slider)
    segmented.page.keyboard.press("Home")
    segmented.wait_for("!document.querySelector('[data-expert=general] > div[style*=\"700\"]')")
    assert used(segmented) != "general"
    segmented.page.get_by_label("Auto", exact=True).check()
    wait_for_used(segmented, "general")


def test_disagreement_and_a_decoders_own_mask_are_shown_and_taken_away(segmented):
    press_on(segmented, "rib", "Show this decoder")
    segmented.page.wait_for_selector("[data-expert='rib'] button[aria-pressed=true]")
    press_on(segmented, "rib", "Show this decoder")
    segmented.press("Show disagreement")
    segmented.page.wait_for_selector("button:has-text('Go there'):enabled, :text('They agree')")
    segmented.press("Show disagreement")
    segmented.page.wait_for_selector("button:has-text('Go there')", state="detached")


def test_slices_scroll_while_the_model_works_and_stop_gives_up(segmented, server):
    size = segmented.size()
    slice_before = slice_of(segmented)
    worker = server.worker_pid()
    os.kill(worker, signal.SIGSTOP)  # as long an encode as this test needs
    try:
        segmented.click("Axial", right=30)
        segmented.page.wait_for_selector("button:has-text('Stop'):visible")
        segmented.page.mouse.wheel(0, 100)
        segmented.wait_for(f"{SLICE} !== '{slice_before}'")
        segmented.press("Stop")
        segmented.page.wait_for_selector("button:has-text('Stop')", state="hidden")
    finally:
        os.kill(worker, signal.SIGCONT)
    assert segmented.size() == size
    segmented.press("Background")
    segmented.click("Axial", right=-30)
    segmented.wait_for_points(3)
    segmented.wait_for_other_size(size)


SLICE = "document.querySelector('.sm-slice-slider [role=slider]').getAttribute('aria-valuenow')"


def slice_of(page):
    return page.page.evaluate(SLICE)


def test_a_dropped_file_is_opened(page, scan):
    content = base64.b64encode(scan.read_bytes()).decode()
    page.page.evaluate(DROP, [content, "dropped.nii.gz"])
    page.wait_for("document.querySelector('#scan').innerText === 'dropped.nii.gz'")


PICK = """(size) => {
  const answer = () => new Promise((done, fail) => Object.assign(window, { done, fail }));
  const slice = () => ({ arrayBuffer: answer });
  window.sammoe.pick([{ name: "other.nii", size, webkitRelativePath: "", slice }]);
}"""


def test_a_file_that_cannot_be_read_any_more_is_said(page):
    page.page.evaluate(PICK, 2)
    page.wait_for("!!window.fail")
    page.page.evaluate("fail(new DOMException('moved', 'NotReadableError'))")
    page.page.wait_for_selector("#notice:has-text('Other.nii cannot be read')")
    page.page.wait_for_selector(".sm-drop", state="detached")


def test_what_is_being_sent_can_be_cancelled(page):
    shown = page.page.inner_text("#scan")
    page.page.evaluate(PICK, 2_000_000)
    page.page.wait_for_selector(".sm-drop:has-text('other.nii, 0% received')")
    page.press("Cancel")
    page.page.wait_for_selector(".sm-drop", state="detached")
    page.page.evaluate("done(new ArrayBuffer(1 << 20))")
    page.page.evaluate("trame.trigger('sammoe_hello')")
    assert page.page.inner_text("#scan") == shown
    assert page.page.locator("#notice").count() == 0


DROP = """([content, name]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name));
  const event = new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: carried });
  document.querySelector('.sm-views').dispatchEvent(event);
}"""


def test_the_presentation_clicks_step_by_step_and_starts_over_or_goes_with_its_scan(page, scan):
    page.press("Begin")
    page.page.wait_for_selector("button:has-text('Next step'):enabled")
    assert page.page.inner_text("#scan") == "TorsoPhantom"
    page.press("Next step")
    page.wait_for("document.querySelectorAll('[data-timing]').length === 1")
    page.page.evaluate("document.activeElement.blur()")
    page.page.keyboard.press("Space")
    page.wait_for("document.querySelectorAll('[data-timing]').length === 2")
    assert page.segments() == 2
    page.page.keyboard.press("F9")
    page.wait_for("document.querySelectorAll('[data-segment]').length === 0")
    page.page.keyboard.press("Space")
    page.wait_for("document.querySelectorAll('[data-timing]').length === 1")
    page.choose_file(scan)
    page.press("Open without saving")
    page.wait_for_scan(scan.name)
    page.wait_for("document.querySelectorAll('[data-timing]').length === 0")


def test_the_gate_is_asked_again_at_a_later_click(segmented):
    button = segmented.page.locator("#ask_again")
    assert button.is_disabled()
    segmented.click("Axial", right=20)
    segmented.wait_for_points(2)
    segmented.page.wait_for_selector("#ask_again:has-text('Decided at click 1'):enabled")
    button.click()
    segmented.page.wait_for_selector("#ask_again:disabled")
    segmented.click("Axial", right=-20)
    segmented.wait_for_points(3)
    segmented.page.wait_for_selector("#ask_again:has-text('Decided at click 2'):enabled")
