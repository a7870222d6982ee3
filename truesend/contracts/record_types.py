"""Every type that a record may have: its header ``ce_type``, and the field ``type`` of a fact.

The one list of them. A reader that meets a type it does not know ignores it: types are only ever added.
"""

from enum import StrEnum
from typing import Self


class RecordType(StrEnum):
    """A type, and in ``says`` what it tells."""

    says: str

    def __new__(cls, value: str, says: str) -> Self:
        """A member that knows its meaning."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.says = says
        return member


class VerifyType(RecordType):
    """On whatsapp.session.verify.v1."""

    VERIFY = "session.verify", "Ask the session's gateway how it is."


class DispatchType(RecordType):
    """On whatsapp.message.dispatch.v1."""

    DISPATCH = "message.dispatch", "Send the message that this lease holds."


class ForwardType(RecordType):
    """On whatsapp.gateway.forward.v1."""

    FORWARD = "gateway.forward", "Pass an authentic webhook on to the CRM, as it came."


class SessionType(RecordType):
    """On whatsapp.session.events.v1."""

    CREATED = "session.created", "An operator has made it, to pair it with a phone."
    CONNECTED = "session.connected", "The gateway confirms that the session is connected."
    DISCONNECTED = "session.disconnected", "The gateway says that it is not; last_error has its words."
    CONNECTING = "session.connecting", "The gateway is connecting it."
    QR_PENDING = "session.qr_pending", "The gateway waits for its QR code to be scanned."
    CANNOT_VERIFY = "session.cannot_verify", "The gateway could not be asked. The status is the last one known."
    SUPERSEDED = "session.superseded", "A newer session has taken its phone number over, and its messages."
    SILENT = "session.silent", "It says connected, but nothing that it sent has been acknowledged."
    HEARD = "session.heard", "Something that it sent was acknowledged: it is silent no more."
    PAUSED = "session.paused", "An operator holds its queue; actor and reason say who and why."
    RESUMED = "session.resumed", "An operator lets its queue go on."
    PACED = "session.paced", "An operator has changed its pace, caps or quiet hours."
    RECONNECT_REQUESTED = "session.reconnect_requested", "An operator has the gateway restart it."
    DISCONNECT_REQUESTED = "session.disconnect_requested", "An operator has the gateway end it."
    DELETED = "session.deleted", "An operator has deleted it; it was never paired."
    VERIFYING = "session.verifying", "A notice, no history: its gateway is being asked now."
    VERIFIED = "session.verified", "A notice, no history: its gateway was asked, and nothing has changed."


class MessageType(RecordType):
    """On whatsapp.message.events.v1."""

    CREATED = "message.created", "It was put into the queue through the API."
    RELEASED = "message.released", "It was overdue on the day of adoption, and the operator lets it go."
    ACCEPTED = "message.accepted", "The gateway has taken it; a callback or an ack will confirm it."
    SENT = "message.sent", "It was sent; confirmed_by says how that is known."
    DELIVERED = "message.delivered", "It has reached its recipient."
    READ = "message.read", "Its recipient has read it."
    FAILED = "message.failed", "It will not be tried again; with correction, it was called sent before."
    RETRY_SCHEDULED = "message.retry_scheduled", "An attempt has failed; the next one is at next_attempt_at."
    HELD = "message.held", "It waits, and no attempt was spent: its session was down, or the database was restored."
    UNCONFIRMED = "message.unconfirmed", "It may have been sent. It is looked up, and never sent again blindly."
    RETRIED = "message.retried", "An operator has put it back into the queue."
    CANCELLED = "message.cancelled", "It was cancelled before it was sent."
    CHECK_REQUESTED = "message.check_requested", "An operator has it looked up at the gateway now."


class GatewayEventType(RecordType):
    """On whatsapp.gateway.events.v1: one for each kind of webhook."""

    STATUS = "gateway.status", "A session's state, as the gateway sees it."
    SENT = "gateway.sent", "A message was sent: a callback, or the server's ack."
    FAILED = "gateway.failed", "A message was not sent; outcome says whether trying again may help."
    REJECTED = "gateway.rejected", "WhatsApp has refused a message that was called sent."
    DELIVERED = "gateway.delivered", "A message has reached its recipient."
    READ = "gateway.read", "A message was read; in a group, reader tells by whom."
