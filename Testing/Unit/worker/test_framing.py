import contextlib
import io
import json
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hypothesis_numpy

from sammoe import ProtocolError
from sammoe.worker.framing import read_frame, write_frame
from sammoe.worker.protocol import MAGIC, MAX_ARRAYS, MAX_BODY_BYTES, MAX_HEADER_BYTES

NUMBERS = st.one_of(
    hypothesis_numpy.boolean_dtypes(),
    hypothesis_numpy.integer_dtypes(),
    hypothesis_numpy.unsigned_integer_dtypes(),
    hypothesis_numpy.floating_dtypes(sizes=(16, 32, 64)),
)
ARRAYS = hypothesis_numpy.arrays(
    NUMBERS, hypothesis_numpy.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=6)
)


def written(header, arrays=(), **options):
    stream = io.BytesIO()
    write_frame(stream, header, arrays, **options)
    return stream.getvalue()


def frame_of(header, body=b"", *, magic=MAGIC):
    """Return a frame with any header text and body, right or wrong."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<4sIQ", magic, len(text), len(body)) + text + body


def an_array_header(**changes):
    described = {"dtype": "<i2", "shape": [2], "stored": 4, "compressed": False, "segment": None}
    return {"arrays": [described | changes]}


class OneByteAtATime(io.RawIOBase):
    """A stream as a slow network gives it."""

    def __init__(self, content):
        super().__init__()
        self._content = io.BytesIO(content)

    def readinto(self, buffer):
        return self._content.readinto(buffer[:1])


@settings(max_examples=60, deadline=None)
@given(st.lists(ARRAYS, max_size=3), st.booleans())
def test_arrays_come_back_as_they_went_whatever_type_and_shape(arrays, compress):
    content = written({"kind": "x"}, arrays, compress=compress)
    header, received = read_frame(io.BytesIO(content))
    assert header == {"kind": "x"}
    for sent, got in zip(arrays, received, strict=True):
        assert got.dtype == sent.dtype
        np.testing.assert_array_equal(got, sent)


def test_strided_and_fortran_arrays_travel():
    array = np.arange(60, dtype=">i4").reshape(3, 4, 5)
    views = [array[::2, :, ::-1], np.asfortranarray(array), array.transpose(2, 0, 1)]
    _, received = read_frame(io.BytesIO(written({}, views)))
    for sent, got in zip(views, received, strict=True):
        np.testing.assert_array_equal(got, sent)


def test_a_mask_takes_one_bit_a_voxel():
    mask = np.random.default_rng(0).random((40, 50, 60)) > 0.5
    assert len(written({}, [mask])) < mask.size / 8 + 300


def test_a_frame_is_read_from_a_stream_that_gives_one_byte_at_a_time():
    content = written({"kind": "x"}, [np.arange(9)])
    header, (array,) = read_frame(OneByteAtATime(content))
    assert header == {"kind": "x"}
    np.testing.assert_array_equal(array, np.arange(9))


def test_frames_follow_each_other_and_the_end_between_two_is_no_error():
    stream = io.BytesIO(written({"n": 1}, [np.zeros(3)]) + written({"n": 2}))
    assert read_frame(stream)[0] == {"n": 1}
    assert read_frame(stream)[0] == {"n": 2}
    assert read_frame(stream) is None


def test_the_end_anywhere_inside_a_frame_is_an_error():
    content = written({"kind": "x"}, [np.arange(9)])
    for length in range(1, len(content)):
        with pytest.raises(ProtocolError, match="ended in the middle"):
            read_frame(io.BytesIO(content[:length]))


@pytest.mark.parametrize(
    ("header_bytes", "body_bytes"), [(MAX_HEADER_BYTES + 1, 0), (2, MAX_BODY_BYTES + 1)]
)
def test_a_huge_length_is_refused_before_anything_is_allocated(header_bytes, body_bytes):
    prefix = struct.pack("<4sIQ", MAGIC, header_bytes, body_bytes)
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError, match="more than a frame may carry"):
            read_frame(io.BytesIO(prefix + b"{}"))
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_an_array_larger_than_its_compressed_bytes_say_is_not_inflated():
    bomb = zlib.compress(bytes(50_000_000))
    header = an_array_header(shape=[8], stored=len(bomb), dtype="|u1", compressed=True)
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError, match="the size its header says"):
            read_frame(io.BytesIO(frame_of(header, bomb)))
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_small_frame_does_not_inflate_to_gigabytes():
    """What a bomb of 16.7 MB says of itself, and three arrays that are too large together."""
    single = an_array_header(shape=[16 << 30], stored=4, dtype="|u1", compressed=True)
    described = an_array_header(shape=[1 << 30], stored=4, dtype="|u1", compressed=True)["arrays"]
    tracemalloc.start()
    try:
        for header, body in ((single, b"1234"), ({"arrays": described * 3}, b"1234" * 3)):
            with pytest.raises(ProtocolError, match="more than a frame may inflate to"):
                read_frame(io.BytesIO(frame_of(header, body)))
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_what_is_too_large_to_inflate_travels_as_it_is(monkeypatch):
    monkeypatch.setattr("sammoe.worker.framing.MAX_INFLATED_BYTES", 1000)
    arrays = [np.zeros(n, np.uint8) for n in (600, 600, 2000, 300)]
    content = written({}, arrays, compress=True)
    assert 2600 < len(content) < 3500
    _, received = read_frame(io.BytesIO(content))
    for sent, got in zip(arrays, received, strict=True):
        np.testing.assert_array_equal(got, sent)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Welcome to gpu-host!\n", "expected a frame, got b'Welcome"),
        (frame_of(b"{not json"), "not JSON"),
        (frame_of(b"\xff\xfe{}"), "not JSON"),
        (frame_of(b"[" * 100_000), "not JSON"),
        (frame_of(b"[]"), "not a JSON object"),
        (frame_of({}), "does not list its arrays"),
        (frame_of({"arrays": 3}), "does not list its arrays"),
        (frame_of({"arrays": [{}] * (MAX_ARRAYS + 1)}), "does not list its arrays"),
        (frame_of({"arrays": [{}]}), "an array is described by"),
        (frame_of({"arrays": []}, b"rest"), "do not fill its body"),
        (frame_of(an_array_header(), b"123"), "do not fill its body"),
        (frame_of(an_array_header(dtype="|O"), b"1234"), "an array is described by"),
        (frame_of(an_array_header(dtype="nonsense"), b"1234"), "an array is described by"),
        (frame_of(an_array_header(dtype="f4,("), b"1234"), "an array is described by"),
        (frame_of(an_array_header(dtype="<i2,<i2"), b"1234"), "an array is described by"),
        (frame_of(an_array_header(dtype=["<i2"]), b"1234"), "an array is described by"),
        (frame_of(an_array_header(dtype="<U1"), b"1234"), "an array is described by"),
        (frame_of(an_array_header(shape=[0, 1 << 40], stored=0)), "too large"),
        (frame_of(an_array_header(shape=[0] + [1 << 30] * 4, stored=0)), "too large"),
        (frame_of(an_array_header(shape=[0, 10**400], stored=0)), "too large"),
        (frame_of(an_array_header(dtype="|b1", shape=[1 << 35]), b"1234"), "too large"),
        (frame_of(an_array_header(shape=[-2]), b"1234"), "does not travel"),
        (frame_of(an_array_header(shape=[1.0]), b"1234"), "does not travel"),
        (frame_of(an_array_header(shape=[1] * 9), b"1234"), "does not travel"),
        (frame_of(an_array_header(shape=[1 << 40]), b"1234"), "too large"),
        (frame_of(an_array_header(shape=[3]), b"1234"), "expected 6"),
        (frame_of(an_array_header(compressed=True), b"1234"), "damaged"),
        (frame_of(an_array_header(segment=["x"]), b"1234"), "an array is described by"),
    ],
)
def test_a_malformed_frame_is_a_protocol_error_that_says_what_is_wrong(content, message):
    with pytest.raises(ProtocolError, match=message):
        read_frame(io.BytesIO(content))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_frame_with_any_byte_changed_is_read_or_refused_but_never_anything_else(data):
    content = bytearray(written({"kind": "x", "body": [1, "two"]}, [np.arange(4), np.ones(3) > 0]))
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ProtocolError):
        read_frame(io.BytesIO(bytes(content)))


def test_what_is_no_number_is_refused_before_a_byte_is_written():
    stream = io.BytesIO()
    with pytest.raises(ProtocolError, match="does not travel"):
        write_frame(stream, {}, [np.array(["text"])])
    with pytest.raises(ProtocolError, match="does not travel"):
        write_frame(stream, {"number": 10**5000})
    assert stream.getvalue() == b""
