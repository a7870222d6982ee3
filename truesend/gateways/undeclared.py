"""What a gateway answers to calls of capabilities that it does not declare: nothing, without a request."""

from collections.abc import Collection, Mapping

from truesend.gateways.protocol import ControlResult, NumberCheck, NumberVerdict, Observation, ObservedState


class Undeclared:
    """The calls that a gateway may leave out."""

    @property
    def signature_headers(self) -> tuple[str, ...]:
        """Its webhooks are not signed."""
        return ()

    async def statuses(self, _gateway_session_ids: Collection[str]) -> Mapping[str, Observation]:
        """No list."""
        return {}

    async def pairing_code(self, _gateway_session_id: str, _phone_number: str) -> Observation:
        """No codes."""
        return Observation(ObservedState.CANNOT_TELL, "this gateway gives no pairing codes")

    async def check_number(self, _gateway_session_id: str, _phone_number: str) -> NumberCheck:
        """No check."""
        return NumberCheck(NumberVerdict.CANNOT_TELL)

    async def register_webhook(self, _gateway_session_id: str, _url: str) -> ControlResult:
        """Not by a call."""
        return ControlResult(ok=False, detail="this gateway's webhook address can't be set by a call")
