"""`bundle.json`: what it takes and what it refuses."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sammoe.bundle import BundleCard, ExpertCard, InputCard, default_bundle_path
from sammoe.bundle.card import FORMAT_VERSION, MAX_DEPTH, OLDEST_FORMAT_VERSION
from sammoe.bundle.schema import SCHEMA, check_schema
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
        ({"format_version": FORMAT_VERSION + 1}, "format version 3.*reads version 1 to 2"),
        ({"format_version": 0}, "format version 0"),
        ({"format_version": True}, "format version True"),
        ({"format_version": 1.0}, "format_version: 1.0 is no integer"),
        ({"format_version": None}, "format version"),
        ({"experts": {}}, "experts: {} is no array"),
        ({"experts": [3]}, r"experts\[0\]: 3 is no object"),
        ({"experts": [{"id": "a"}]}, r"experts\[0\]: 'name' is missing"),
        ({"experts": [{"id": "A b", "name": "x"}]}, r"experts\[0\].id: 'A b' does not match"),
        ({"experts": [{"id": "a", "name": "x", "color": [1, 0]}]}, "color.*fewer than 3 items"),
        ({"experts": [{"id": "a", "name": "x", "dice": {"5": "good"}}]}, "dice.5.*no number"),
        (
            {"experts": [{"id": "a", "name": "x", "terminology": {"type": "Liver"}}]},
            "terminology: 'category' is missing",
        ),
        (
            {"experts": [{"id": "a", "name": "x", "terminology": {"category": {}, "type": {}}}]},
            "terminology.category: 'scheme' is missing",
        ),
        ({"input": "big"}, "input: 'big' is no object"),
        ({"input": {"patch_size": 1024}}, "patch_size: 1024 is above 256"),
        ({"input": {"spacing_mm": 0}}, "spacing_mm: 0 is not above 0"),
        ({"name": 7}, "name: 7 is no string"),
        ({"name": ""}, "name: '' has fewer than 1 characters"),
        ({"name": "two\nlines"}, "name: .* does not match"),
        ({"name": "x" * 5000}, "name: .*more than 200 characters"),
        ({"name": "half a pair \ud800"}, "is not JSON"),
        ({"sizes": [1]}, r"sizes: \[1\] is no object"),
        ({"sizes": {"heads": 2.0}}, "sizes.heads: a size is a whole number, got '2.0'"),
        ({"sizes": {"patch_size": None}}, "sizes.patch_size: a size is a whole number"),
        ({"gate_sizes": {"heads": "two"}}, "gate_sizes.heads: a size is a whole number"),
        ({"sizes": {"depths": [2, 10**30]}}, "sizes.depths: no model has a size of 10"),
        ({"sizes": {"width": 65536}}, "sizes.width: no model has a size of 65536"),
        ({"sizes": {"encoder_depth": 4000}}, "sizes.encoder_depth: no model has a size of 4000"),
        ({"sizes": {"windows": [8] * 1000}}, "sizes.windows: no model has 1000 layers"),
        ({"gate_sizes": {"a": {"b": -1}}}, "gate_sizes.a.b: no model has a size of -1"),
        ({"tau": 1.5}, "tau: 1.5 is above 1"),
        ({"tau": True}, "tau: True is no number"),
        ({"prompt_kinds": ["scribble"]}, "no prompt kind"),
        ({"files": {"../../etc/passwd": "0" * 64}}, "outside the bundle"),
        ({"files": {"/etc/passwd": "0" * 64}}, "outside the bundle"),
        ({"files": {"experts\\..\\x": "0" * 64}}, "outside the bundle"),
        ({"files": {"./general.safetensors": "0" * 64}}, "outside the bundle"),
        ({"files": {"C:evil": "0" * 64}}, "outside the bundle"),
        ({"files": {"general.safetensors": "abc"}}, "files.general.safetensors: 'abc' does not"),
    ],
)
def test_a_card_with_a_wrong_value_is_refused_and_says_which(changes, message):
    with pytest.raises(CheckpointError, match=message):
        BundleCard.from_json(as_json(**changes))


def nested(depth):
    return "[" * depth + "]" * depth


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 900, 3000, 100_000])
def test_a_card_nested_deeper_than_any_needs_is_refused_in_words(depth):
    text = as_json().replace('"training": {}', f'"training": {{"a": {nested(depth)}}}')
    assert nested(depth) in text
    with pytest.raises(CheckpointError, match="is not JSON"):
        BundleCard.from_json(text)


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused(constant):
    text = as_json().replace('"training": {}', f'"training": {{"loss": {constant}}}')
    with pytest.raises(CheckpointError, match=f"{constant} is no number"):
        BundleCard.from_json(text)


def test_parts_that_an_older_card_lacks_have_their_defaults():
    text = json.dumps({"format_version": OLDEST_FORMAT_VERSION, "name": "A", "architecture": "b"})
    card = BundleCard.from_json(text)
    assert (card.tau, card.input, card.experts) == (0.5, InputCard(), ())
    assert json.loads(card.to_json())["format_version"] == FORMAT_VERSION


def test_an_expert_without_a_threshold_of_its_own_has_the_bundles():
    experts = (ExpertCard("liver", "Liver", tau=0.7), ExpertCard("bone", "Bone"))
    card = BundleCard("A", "compact", tau=0.4, experts=experts)
    assert [card.tau_of(id) for id in ("liver", "bone", None)] == [0.7, 0.4, 0.4]
    with pytest.raises(CheckpointError, match="no expert 'lung'"):
        card.tau_of("lung")


def test_the_schema_file_for_other_programs_is_the_one_that_is_checked():
    file = Path(__file__).parents[3] / "docs" / "bundle.schema.json"
    assert json.loads(file.read_text("utf-8")) == SCHEMA


def test_the_embedded_card_and_every_written_one_keep_to_the_schema():
    for text in (a_card().to_json(), (default_bundle_path() / "bundle.json").read_text("utf-8")):
        check_schema(json.loads(text), "a card")


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff\xfe", b"null", b'{"name": "x"}'])
def test_what_is_no_card_at_all_is_refused(text):
    with pytest.raises(CheckpointError):
        BundleCard.from_json(text)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Liver",
        "../liver",
        "a b",
        "a/b",
        "x" * 65,
        "-a",
        "general",
        "aux",
        "con",
        "com1",
        "lpt9",
    ],
)
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
