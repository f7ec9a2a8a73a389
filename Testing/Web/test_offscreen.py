"""Where VTK draws."""

import os
import sys

import pytest

from sammoe_web.offscreen import draw_offscreen


@pytest.mark.parametrize(
    ("platform", "asked"), [("linux", ["vtkEGLRenderWindow"]), ("darwin", []), ("win32", [])]
)
def test_only_where_a_screen_would_be_x11_s_is_it_asked_to_do_without(monkeypatch, platform, asked):
    monkeypatch.setattr(os, "environ", {})
    monkeypatch.setattr(sys, "platform", platform)
    draw_offscreen()
    assert list(os.environ.values()) == asked
