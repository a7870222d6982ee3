"""What error texts mean that more than one kind of gateway passes on from its engine."""

import pytest

from truesend.gateways.wording import Meaning, meaning


@pytest.mark.parametrize(
    "words",
    [
        "websocket disconnected before message send returned response",
        "Error sending message: websocket disconnected before message send returned response",
        "timed out waiting for message send response",
    ],
)
def test_a_message_that_whatsmeow_wrote_out_and_lost_sight_of_is_a_doubt(words: str) -> None:
    assert meaning(words) is Meaning.DOUBT


@pytest.mark.parametrize(
    "words",
    [
        "failed to send usync query: websocket disconnected before info query returned response",
        "failed to get group members: websocket not connected",
    ],
)
def test_a_question_that_whatsmeow_asks_before_it_sends_leaves_no_doubt(words: str) -> None:
    assert meaning(words) is Meaning.SESSION_DOWN
