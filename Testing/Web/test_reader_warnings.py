"""What the reader of a scan warns of, on the page of that scan and on no other."""

import logging
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

pytest.importorskip("trame_slicer", reason="trame-slicer is not installed here")

from dicom_slices import write_dicom
from own_loop import run
from sammoe.image_io.volume_files import to_image
from sammoe_web.reader_warnings import reader_warnings


def test_what_the_reader_of_a_scan_warns_of_is_kept_with_it(work, opener, scan, tmp_path):
    for name, slices in (("chest", 5), ("head", 3)):
        image = to_image(np.zeros((slices, 8, 8), np.int16), np.eye(4))
        write_dicom(tmp_path / name, image, series=f"1.2.3.{slices}")
    assert run(opener.open_path(tmp_path))
    (warning,) = work.scan.warnings
    assert warning.startswith("read the largest of 2 series (1: CT, 5 slices; 2: CT, 3 slices)")
    assert run(opener.open_path(scan))
    assert work.scan.warnings == ()


def test_warnings_about_a_scan_that_is_read_at_the_same_time_are_not_heard():
    readers = logging.getLogger("sammoe.image_io.dicom_series")
    with reader_warnings() as warnings, ThreadPoolExecutor(1) as another:
        another.submit(readers.warning, "of another scan").result()
        readers.warning("of %s", "this one")
    readers.warning("later")
    assert warnings == ["of this one"]
