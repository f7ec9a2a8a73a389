"""Names for segments: a few letters and Enter, or a template's rows."""

FIELD = "#structure"


def names(page):
    rows = page.page.locator("[data-segment] > .sm-grow").all_inner_texts()
    return [row.strip() for row in rows]


def test_two_letters_and_enter_name_a_segment_and_a_terminology_knows_the_rest(page):
    page.page.keyboard.press("F2")
    page.page.keyboard.type("li")
    page.wait_for("document.querySelector('#structures option')?.value === 'Liver'")
    page.page.keyboard.press("Enter")
    page.wait_for("document.querySelector('[data-segment]')?.innerText.includes('Liver')")
    assert page.page.input_value(FIELD) == ""
    page.page.keyboard.type("left tonsil")  # none of the templates' and none of the experts'
    page.page.keyboard.press("Enter")
    page.wait_for("document.querySelector('[data-segment]').innerText.match(/tonsil/i)")
    page.page.keyboard.type("Whatever it is")
    page.page.keyboard.press("Enter")
    page.wait_for("document.querySelector('[data-segment]').innerText.includes('Whatever')")
    assert names(page) == ["Whatever it is"]


def test_a_templates_rows_are_filled_one_after_the_other(page):
    page.press("Template")
    page.page.click(".v-list-item:has-text('Spine')")
    page.wait_for("document.querySelectorAll('[data-segment]').length > 20")
    assert names(page)[:2] == ["Vertebra C1", "Vertebra C2"]
    page.press("Object")
    page.click("Axial")
    page.wait_for_size(r"[\d.]+ ml", of=0)
    page.page.keyboard.press("n")
    page.page.wait_for_selector(".sm-item-chosen:has-text('Vertebra C2')")
    assert names(page)[0] == "Vertebra C1"


def test_a_name_is_given_up_with_escape_and_keys_are_heard_again(segmented):
    name = segmented.page.locator("[data-segment] .sm-clip")
    old = name.inner_text()
    name.dblclick()
    segmented.page.keyboard.type("n2")
    segmented.page.keyboard.press("Escape")
    assert name.inner_text() == old
    segmented.page.keyboard.press("F2")
    segmented.page.keyboard.type("n2")
    segmented.page.keyboard.press("Escape")
    assert segmented.page.input_value("#structure") == ""
    segmented.page.keyboard.press("2")
    segmented.wait_for("trame.state.get('placed') === 'negative'")
    assert segmented.segments() == 1


def test_a_double_click_on_a_rows_buttons_does_one_thing(segmented):
    buttons = segmented.page.locator("[data-segment] button")
    buttons.first.dblclick()
    assert segmented.page.evaluate("trame.state.get('renamed')") == ""
    segmented.press("Next")
    segmented.wait_for("document.querySelectorAll('[data-segment]').length === 2")
    segmented.click("Axial", right=20)
    segmented.wait_for_size(r"[\d.]+ ml", of=1)
    box = buttons.nth(1).bounding_box()
    mouse, at = segmented.page.mouse, (box["x"] + 8, box["y"] + 8)
    mouse.click(*at)
    segmented.wait_for("document.querySelectorAll('[data-segment]').length === 1")
    mouse.down(click_count=2)  # the next row has moved under the mouse
    mouse.up(click_count=2)
    segmented.page.keyboard.press("Control+z")
    segmented.wait_for("document.querySelectorAll('[data-segment]').length === 2")
    assert segmented.page.locator("#notice").count() == 0


KEY = "(key) => document.body.dispatchEvent(new KeyboardEvent('keydown', {...key, bubbles: true}))"


def test_keys_are_where_they_are_on_keyboards_without_their_letters(segmented):
    def press(key, code, **held):
        segmented.page.evaluate(KEY, {"key": key, "code": code, **held})

    press("é", "Digit2")  # French
    segmented.wait_for("trame.state.get('placed') === 'negative'")
    press("!", "Digit1", shiftKey=True)
    press("я", "KeyZ", ctrlKey=True)  # Russian
    segmented.wait_for_size("")
    assert segmented.page.evaluate("trame.state.get('placed')") == "negative"


def test_what_is_typed_for_a_name_stays_while_the_page_changes(segmented):
    segmented.page.keyboard.press("Escape")
    segmented.page.dblclick("[data-segment] > .sm-grow")
    field = segmented.page.locator("[data-segment] input")
    field.fill("Mine")
    segmented.page.evaluate("trame.trigger('sammoe_key', ['positive'])")
    segmented.wait_for("trame.state.get('placed') === 'positive'")
    assert field.input_value() == "Mine"
    field.press("Enter")
    segmented.wait_for("document.querySelector('[data-segment]').innerText.includes('Mine')")
