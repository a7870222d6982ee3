"""After everything went wrong with everybody watching: no secret anywhere, and a message only where it belongs."""

import asyncio
import secrets as randomness
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.harness.fixtures import PrivatePostgres
from tests.harness.postgres import local_postgres
from tests.harness.shared import SharedKafka
from tests.harness.topics import delete_topics
from tests.secrets.canaries import GATEWAY_KEY, RECIPIENT, TEXT, WEBHOOK_SECRET, Canary
from tests.secrets.ordeal import POISON, Aftermath, ordeal

# the first test waits for the whole ordeal, which is gone through once
pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("secrets")]

MESSAGE = Canary("message", TEXT)
NUMBER = Canary("number", RECIPIENT)
# docs/privacy.md says for how long
COLUMNS_WITH_TEXT = {"scheduled_whatsapp_messages.message_content"}
COLUMNS_WITH_NUMBERS = {
    "scheduled_whatsapp_messages.recipient",
    "truesend.message_routes.recipient",
    "truesend.message_attempts.recipient",
    "truesend.dispatch_queue.recipient",
    "truesend.lookups.recipient",
    "truesend.evidence.chat",
    "truesend.evidence.reader",
    # gateways' words on a message say whom it was for
    "scheduled_whatsapp_messages.vps_error",
    "truesend.message_attempts.answer",
    "truesend.evidence.words",
}
TOPICS_WITH_NUMBERS = {"whatsapp.gateway.events.v1 values", "whatsapp.gateway.forward.v1 values"}
# webhooks on their way to the CRM, whole
FORWARDS = "whatsapp.gateway.forward.v1 values"
FACTS = ("whatsapp.session.events.v1 values", "whatsapp.message.events.v1 values")


@pytest.fixture(scope="module")
def left(kafka: SharedKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    """What the ordeal left behind."""
    server = local_postgres()
    prefix = f"t{randomness.token_hex(4)}."
    try:
        server.start()
        folder: Path = tmp_path_factory.mktemp("ordeal")
        yield asyncio.run(ordeal(kafka, PrivatePostgres(server), folder, prefix))
    finally:
        server.close()
        asyncio.run(delete_topics(kafka.bootstrap_servers, prefix))


def found(canaries: list[Canary], places: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(place, canary.name) for place, text in places.items() for canary in canaries if canary.is_in(text)]


def test_each_canary_was_truly_at_work(left: Aftermath) -> None:
    assert left.posted_to_gateway.count(TEXT) > 8
    assert GATEWAY_KEY in left.forwarded
    assert WEBHOOK_SECRET in left.forwarded
    assert left.alerts.count("webhook-signature") > 0
    assert "[hidden]" in left.columns["scheduled_whatsapp_messages.vps_error"]
    assert "[hidden]" in left.columns["whatsapp_sessions.last_error"]
    assert "[message text]" in left.columns["scheduled_whatsapp_messages.vps_error"]
    assert all("debug" in text for name, text in left.logs.items() if name.startswith("sender"))
    assert len(left.logs) == 5
    assert all(name in left.traces for name in ("send message", "ask for session", "POST /v1/messages"))
    assert POISON in left.topics["whatsapp.session.verify.v1.dlq values"]


def test_no_secret_is_in_a_log_whatever_failed_at_whatever_level(left: Aftermath) -> None:
    assert found(left.secrets, left.logs) == []
    assert all("Traceback" not in text for text in left.logs.values())


def test_no_secret_is_in_any_column_of_any_table(left: Aftermath) -> None:
    assert found(left.secrets, left.columns) == []


def test_no_secret_is_on_any_topic_in_keys_bodies_or_headers(left: Aftermath) -> None:
    assert found(left.secrets, left.topics) == []


def test_no_secret_is_in_a_page_an_answer_a_stream_a_metric_or_an_alert(left: Aftermath) -> None:
    assert found(left.secrets, left.answers | left.metrics | {"alerts": left.alerts}) == []


def test_no_secret_no_message_and_no_number_is_in_an_exported_trace(left: Aftermath) -> None:
    assert found([*left.secrets, MESSAGE, NUMBER, Canary("poison", POISON)], {"traces": left.traces}) == []


def test_no_secret_is_shown_by_a_command_whether_it_can_do_its_work_or_not(left: Aftermath) -> None:
    assert found(left.secrets, left.commands) == []
    assert all("Traceback" not in text for text in left.commands.values())


def test_a_message_is_in_its_row_and_nowhere_else(left: Aftermath) -> None:
    columns = {name for name, _ in found([MESSAGE], left.columns)}
    assert columns == COLUMNS_WITH_TEXT
    topics = {name for name, _ in found([MESSAGE], left.topics)}
    assert topics <= {FORWARDS}
    assert found([MESSAGE], left.logs | left.metrics | {"alerts": left.alerts}) == []
    answers = found([MESSAGE], left.answers | left.commands)
    assert all("messages" in name for name, _ in answers), answers


def test_a_number_is_where_the_documentation_says_and_nowhere_else(left: Aftermath) -> None:
    assert {name for name, _ in found([NUMBER], left.columns)} <= COLUMNS_WITH_NUMBERS
    assert {name for name, _ in found([NUMBER], left.topics)} <= TOPICS_WITH_NUMBERS
    assert found([NUMBER], left.logs | left.metrics | {"alerts": left.alerts}) == []


def test_facts_name_no_recipient_and_hold_no_message(left: Aftermath) -> None:
    facts = {name: left.topics[name] for name in FACTS}
    facts["event_log"] = left.columns["truesend.event_log.payload"]
    assert all(facts.values())
    assert found([MESSAGE, NUMBER], facts) == []


def test_what_cannot_be_read_is_quoted_by_no_log_and_no_reason(left: Aftermath) -> None:
    dead = {name: text for name, text in left.topics.items() if name.endswith(".dlq headers")}
    assert any("dlq_reason" in text for text in dead.values())
    assert found([Canary("poison", POISON)], left.logs | left.metrics | dead) == []
