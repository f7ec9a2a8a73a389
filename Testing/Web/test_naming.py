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
