"""`bundle.json`: what it takes and what it refuses."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from sammoe.bundle import BundleCard, ExpertCard, InputCard
from sammoe.errors import CheckpointError


def a_card(**changes):
    expert = ExpertCard("liver", "Liver", color=(1, 0, 0.5), dice={"5 clicks": 0.9}, tau=0.7)
    return replace(BundleCard("A bundle", "compact", experts=(expert,)), **changes)


def as_json(**changes):
    return json.dumps(json.loads(a_card().to_json()) | changes)


def test_a_card_comes_back_from_its_json_unchanged():
    card = a_card(input=InputCard(64, None, "window", "auto-zoom"), training={"minutes": 11})
    assert BundleCard.from_json(card.to_json()) == card


def test_fields_of_a_later_release_are_ignored():
    assert BundleCard.from_json(as_json(mood="good")) == a_card()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format_version": 2}, "format version 2.*version 1"),
        ({"format_version": None}, "format version"),
        ({"experts": {}}, "not a list"),
        ({"experts": [3]}, "not a JSON object"),
        ({"experts": [{"id": "a"}]}, "name"),
        ({"input": "big"}, "not a JSON object"),
        ({"name": 7}, "'name' has the wrong type"),
        ({"sizes": [1]}, "'sizes' has the wrong type"),
        ({"sizes": {"depths": [2, 10**30]}}, "sizes.depths: no model has a size of 10"),
        ({"tau": 1.5}, "tau is 0 to 1"),
        ({"tau": True}, "tau is 0 to 1"),
        ({"prompt_kinds": ["scribble"]}, "no prompt kind"),
        ({"files": {"../../etc/passwd": "0" * 64}}, "outside the bundle"),
        ({"files": {"/etc/passwd": "0" * 64}}, "outside the bundle"),
        ({"files": {"experts\\..\\x": "0" * 64}}, "outside the bundle"),
        ({"files": {"C:evil": "0" * 64}}, "outside the bundle"),
        ({"files": {"general.safetensors": "abc"}}, "not a sha256"),
    ],
)
def test_a_card_with_a_wrong_value_is_refused_and_says_which(changes, message):
    with pytest.raises(CheckpointError, match=message):
        BundleCard.from_json(as_json(**changes))


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff\xfe", b"null", b'{"name": "x"}'])
def test_what_is_no_card_at_all_is_refused(text):
    with pytest.raises(CheckpointError):
        BundleCard.from_json(text)


@pytest.mark.parametrize("name", ["", "Liver", "../liver", "a b", "a/b", "x" * 65, "-a", "general"])
def test_an_experts_id_is_a_plain_word_and_not_a_reserved_one(name):
    with pytest.raises(CheckpointError, match=r"expert id|reserved"):
        ExpertCard(name, "Some name")


@pytest.mark.parametrize(("name", "value"), [("tau", 1.1), ("least_tau", -1), ("least_tau", None)])
def test_an_experts_threshold_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(CheckpointError, match=f"expert liver: {name} is 0 to 1"):
        ExpertCard("liver", "Liver", **{name: value})


def test_two_experts_cannot_share_an_id():
    expert = ExpertCard("liver", "Liver")
    with pytest.raises(CheckpointError, match="twice"):
        a_card(experts=(expert, expert))


@pytest.mark.parametrize("color", [(1, 0), (2, 0, 0), ("a", 0, 0)])
def test_a_color_is_three_numbers_from_zero_to_one(color):
    with pytest.raises(CheckpointError, match="color"):
        ExpertCard("liver", "Liver", color=color)


@pytest.mark.parametrize(
    "wrong", [{"patch_size": 4}, {"spacing_mm": 0}, {"normalisation": "x"}, {"crop": "x"}]
)
def test_an_input_no_patch_can_have_is_refused(wrong):
    with pytest.raises(CheckpointError):
        InputCard(**wrong)


def test_reading_cards_needs_no_torch():
    code = f"import sys; sys.path[:0] = {[path for path in sys.path if path]}; import sammoe.bundle"
    code += "; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
