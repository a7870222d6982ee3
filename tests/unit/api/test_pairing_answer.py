"""What is shown of a session that is being paired, look by look."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.api.pairing_answer import CodesShown, pairing_answer
from services.api.session_control import SessionAtGateway
from truesend.gateways.http_gateway import HttpGateway
from truesend.gateways.kinds.waha import Waha
from truesend.gateways.protocol import GatewayConfig, Observation, ObservedState
from truesend.gateways.vps import VpsGateway

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
WAITS = ObservedState.QR_WANTED

VPS = SessionAtGateway(
    uuid4(), "disconnected", VpsGateway(GatewayConfig("default", "vps", "http://127.0.0.1:9", "")), "wa_a"
)
WAHA_CONFIG = GatewayConfig("default", "waha", "http://127.0.0.1:9", "")
WAHA = SessionAtGateway(uuid4(), "disconnected", HttpGateway(WAHA_CONFIG, Waha(WAHA_CONFIG)), "wa_a")


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def looks(*seen: tuple[float, Observation], shown: CodesShown | None = None) -> CodesShown:
    shown = shown or CodesShown()
    for seconds, each in seen:
        shown = shown.with_look(each, after(seconds))
    return shown


def test_a_code_ends_about_a_life_after_it_was_first_seen_however_often_it_is_seen_again() -> None:
    first = Observation(WAITS, qr="first")

    shown = looks((0, first), (2, first), (4, Observation(ObservedState.CANNOT_TELL)), (6, first))

    assert pairing_answer(VPS, first, shown)["qr_expires_at"] == after(60)


def test_another_code_has_a_life_of_its_own() -> None:
    renewed = Observation(WAITS, qr="second")

    shown = looks((0, Observation(WAITS, qr="first")), (58, renewed))

    assert pairing_answer(VPS, renewed, shown)["qr_expires_at"] == after(118)


def test_the_gateways_own_word_on_the_end_goes_before_the_declared_life() -> None:
    seen = Observation(WAITS, qr="first", expires_at=after(20))

    assert pairing_answer(VPS, seen, looks((0, seen)))["qr_expires_at"] == after(20)


@pytest.mark.parametrize(
    ("session", "seen"),
    [
        (WAHA, Observation(WAITS, qr="first")),
        (VPS, Observation(WAITS)),
        (VPS, Observation(ObservedState.CONNECTED)),
    ],
)
def test_where_no_code_or_no_life_is_known_no_end_is_made_up(session: SessionAtGateway, seen: Observation) -> None:
    assert pairing_answer(session, seen, looks((0, seen)))["qr_expires_at"] is None


def test_a_pairing_code_that_was_given_once_stays_while_the_session_waits_for_it() -> None:
    waiting = Observation(WAITS, qr="first")
    given = looks((0, waiting)).with_request(Observation(WAITS, pairing_code="ABCD-EFGH"))

    shown = looks((2, waiting), (4, Observation(ObservedState.CANNOT_TELL, "no answer")), (6, waiting), shown=given)

    answer = pairing_answer(WAHA, waiting, shown)
    assert (answer["qr"], answer["pairing_code"]) == ("first", "ABCD-EFGH")


def test_a_pairing_code_that_the_gateway_renews_is_renewed() -> None:
    given = CodesShown().with_request(Observation(WAITS, pairing_code="ABCD-EFGH"))
    renewed = Observation(WAITS, pairing_code="WXYZ-1234")

    assert pairing_answer(WAHA, renewed, looks((2, renewed), shown=given))["pairing_code"] == "WXYZ-1234"


@pytest.mark.parametrize("state", [ObservedState.CONNECTING, ObservedState.DISCONNECTED, ObservedState.CONNECTED])
def test_a_pairing_code_goes_when_the_session_waits_for_none(state: ObservedState) -> None:
    given = CodesShown().with_request(Observation(WAITS, pairing_code="ABCD-EFGH"))
    waiting = Observation(WAITS)

    shown = looks((2, Observation(state)), (4, waiting), shown=given)

    assert pairing_answer(WAHA, waiting, shown)["pairing_code"] is None


def test_a_pairing_code_goes_at_its_end() -> None:
    given = CodesShown().with_request(Observation(WAITS, pairing_code="ABCD-EFGH", expires_at=after(120)))
    waiting = Observation(WAITS)

    assert pairing_answer(WAHA, waiting, looks((119, waiting), shown=given))["pairing_code"] == "ABCD-EFGH"
    assert pairing_answer(WAHA, waiting, looks((120, waiting), shown=given))["pairing_code"] is None


def test_why_no_pairing_code_was_given_is_told_as_long_as_the_code_would_be() -> None:
    refused = CodesShown().with_request(Observation(WAITS, "rate-overlimit"))
    waiting = Observation(WAITS, qr="first")

    answer = pairing_answer(WAHA, waiting, looks((2, waiting), (4, waiting), shown=refused))

    assert (answer["pairing_code"], answer["detail"]) == (None, "rate-overlimit")


def test_it_says_whether_a_pairing_code_can_be_asked_for() -> None:
    seen = Observation(WAITS)

    assert pairing_answer(WAHA, seen, CodesShown())["offers_pairing_code"] is True
    assert pairing_answer(VPS, seen, CodesShown())["offers_pairing_code"] is False
