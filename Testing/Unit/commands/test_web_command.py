"""What `sammoe web` takes, seen before a server is started."""

import pytest

from sammoe.cli import build_parser


@pytest.mark.parametrize("number", ["0", "8080", "65535"])
def test_a_port_is_a_number_up_to_65535(number):
    assert build_parser("web").parse_args(["web", "--port", number]).port == int(number)


@pytest.mark.parametrize("number", ["65536", "99999", "-5", "80.5", "http", ""])
def test_another_port_is_refused_in_one_line(capsys, number):
    with pytest.raises(SystemExit) as left:
        build_parser("web").parse_args(["web", "--port", number])
    assert left.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "is not a port, a number from 0 to 65535" in line
