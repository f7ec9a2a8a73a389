import pytest

from sammoe.worker.process import start_process
from sammoe.worker.protocol import PROTOCOL_EXIT_CODE, PROTOCOL_VERSION, Kind, Message
from sammoe.worker.transport import read_message, write_message
from worker_peers import PATIENCE_S, answer_to, ask


def test_a_frame_the_worker_cannot_read_ends_it_with_an_explanation(a_process):
    a_process.stdin.write(b"GET / HTTP/1.1\r\n\r\n")
    failed = read_message(a_process.stdout)
    assert (failed.kind, failed.id, failed.body["error"]) == (Kind.FAILED, None, "ProtocolError")
    assert "expected a frame" in failed.body["message"]
    assert a_process.wait(PATIENCE_S) == PROTOCOL_EXIT_CODE


def test_a_client_of_another_version_is_told_so(scripted):
    process = start_process(scripted)
    write_message(process.stdin, Message(Kind.HELLO, body={"version": 999}))
    assert read_message(process.stdout).body["version"] == PROTOCOL_VERSION
    assert "version 999" in read_message(process.stdout).body["message"]
    assert process.wait(PATIENCE_S) == PROTOCOL_EXIT_CODE


@pytest.mark.parametrize(
    ("kind", "body", "message"),
    [
        (Kind.PREDICTED, {}, "does not answer 'predicted'"),
        (Kind.SET_VOLUME, {}, "comes without its volume"),
        (Kind.PREDICT, {"prompts": 3}, "comes without its prompts"),
    ],
)
def test_a_request_that_makes_no_sense_fails_and_the_worker_goes_on(a_process, kind, body, message):
    ask(a_process, kind, 1, **body)
    failed = answer_to(a_process, 1, {Kind.FAILED})
    assert message in failed.body["message"]
    ask(a_process, Kind.LOAD, 2, bundle=None)
    assert answer_to(a_process, 2).kind == Kind.READY
