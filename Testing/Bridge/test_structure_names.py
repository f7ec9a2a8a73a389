"""What a few typed letters mean, and codes that come back from a segment."""

import slicer

from SAMMoESlicerLib.Bridge import Structure
from SAMMoESlicerLib.Bridge.Structure import Code, findStructures

USUAL = (Structure("Liver"), Structure("Left kidney"))
FURTHER = (Structure("Lip"), Structure("Upper lip"), Structure("Tonsil"))


def names(text):
    return [found.name for found in findStructures(text, USUAL, further=FURTHER)]


def test_a_usual_structure_goes_before_a_shorter_name_that_nobody_asked_for():
    assert names("li") == ["Liver", "Lip", "Upper lip"]


def test_a_name_written_out_goes_before_what_begins_like_it():
    found = findStructures("lip", (Structure("Liposarcoma"),), further=FURTHER)
    assert [one.name for one in found] == ["Lip", "Liposarcoma", "Upper lip"]
    assert names("tonsil") == ["Tonsil"]


def test_codes_come_back_from_the_segment_they_were_given_to():
    kidney = Structure(
        "Right kidney",
        (0.25, 0.5, 0.75),
        type=Code("SCT", "64033007", "Kidney"),
        modifier=Code("SCT", "24028007", "Right"),
        region=Code("SCT", "818981001", "Abdomen"),
    )
    segment = slicer.vtkSegment()
    assert Structure.ofSegment(segment).type.meaning == "Tissue"  # Slicer's own for a new one
    kidney.applyTo(segment)
    assert Structure.ofSegment(segment) == kidney
    segment.SetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), "")
    assert Structure.ofSegment(segment) is None
