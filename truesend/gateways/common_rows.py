"""What answers mean at every gateway, below the rows of its own: each was recorded at more than one."""

from typing import Final

from truesend.gateways.answers import Row
from truesend.gateways.protocol import ObservedState, OutcomeKind
from truesend.gateways.wording import RESTRICTION_CODES, Meaning

OK: Final = range(200, 300)
REDIRECTS: Final = range(300, 400)
REFUSALS: Final = range(400, 600)

SENDS: Final[tuple[Row[OutcomeKind], ...]] = (
    Row(OutcomeKind.CONFIG_ERROR, REDIRECTS),
    # a proxy says these when it lost the gateway, whatever the gateway had done by then
    Row(OutcomeKind.UNCONFIRMED, {502, 504}),
    Row(OutcomeKind.RESTRICTED, RESTRICTION_CODES),
    Row(OutcomeKind.RESTRICTED, REFUSALS, Meaning.RESTRICTED),
    Row(OutcomeKind.CONFIG_ERROR, {404, 405}, where=lambda said: said.is_of_no_gateway),
    Row(OutcomeKind.SESSION_DOWN, REFUSALS, Meaning.SESSION_DOWN),
    Row(OutcomeKind.CONFIG_ERROR, {401, 403, 407}),
    Row(OutcomeKind.UNCONFIRMED, REFUSALS, Meaning.DOUBT),
    Row(OutcomeKind.PERMANENT, {400, 413, 414, 422}),
    Row(OutcomeKind.SESSION_DOWN, {404, 410}),
    Row(OutcomeKind.CONFIG_ERROR, {405, 406, 415}),
    Row(OutcomeKind.TRANSIENT, {429}),
    Row(OutcomeKind.SESSION_DOWN, {503}),
    Row(OutcomeKind.UNCONFIRMED, {408, 409}),
    Row(OutcomeKind.UNCONFIRMED, {500}, where=lambda said: said.answer.truncated),
    Row(OutcomeKind.CONFIG_ERROR, {500}, Meaning.CONFIG_ERROR),
    Row(OutcomeKind.PERMANENT, {500}, Meaning.PERMANENT),
    # an engine that reports an error of its own has usually not written the message out; a time-out may have
    Row(OutcomeKind.TRANSIENT, {500, 501, 507}),
)

STATES: Final[tuple[Row[ObservedState], ...]] = (
    Row(ObservedState.CANNOT_TELL, REDIRECTS),
    Row(ObservedState.CANNOT_TELL, {502, 504}),
    Row(ObservedState.CANNOT_TELL, {404, 405}, where=lambda said: said.is_of_no_gateway),
    Row(ObservedState.DISCONNECTED, REFUSALS, Meaning.SESSION_DOWN),
    Row(ObservedState.DISCONNECTED, {404, 410}),
    Row(ObservedState.CANNOT_TELL, REFUSALS),
)
