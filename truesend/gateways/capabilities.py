"""What a gateway can do, as it declares it. The services act on this, and on nothing else that tells gateways apart."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class CallerId:
    """The form of a message id that a gateway takes from us: ``prefix`` and so many upper-case hexadecimal digits."""

    prefix: str
    digits: int


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What one gateway can do, as it is configured. Whatever is not declared is not asked for."""

    answer_confirms: bool = False  # a 2xx to a send can mean sent; otherwise it is accepted, and an ack confirms it
    acks: bool = False  # it tells by itself what became of a send: then its silence means something
    acks_need_id: bool = (
        False  # they also tell of what people type on the phone: only an id says which message is meant
    )
    receipts: bool = False  # it tells who was delivered to, and who read
    session_webhooks: bool = False  # it tells by itself when a session comes or goes
    lookup: bool = False  # it can be asked what became of the last message to a chat
    caller_id: CallerId | None = None  # it takes our id for a message, so that a repeated send is no second message
    bulk_status: bool = False  # one call lists the states of all its sessions
    qr: bool = False
    qr_life_s: float | None = None  # about how long a QR code lives, where the gateway does not tell the end of each
    pairing_code: bool = False
    webhook_registration: bool = False  # our webhook's URL can be set by a call
    number_check: bool = False  # it can be asked whether a number is on WhatsApp
    media_by_url: bool = False  # it fetches media itself; otherwise we fetch, and send the bytes


def names() -> tuple[str, ...]:
    """Every capability's name, in the order of the table in the documentation."""
    return tuple(each.name for each in fields(Capabilities))


def shown(capabilities: Capabilities) -> dict[str, str]:
    """Each capability by its name: yes, no, or what is declared of it."""
    return {name: _shown(getattr(capabilities, name)) for name in names()}


def _shown(value: object) -> str:
    if isinstance(value, CallerId):
        return f"{value.prefix} + {value.digits} hex digits"
    if isinstance(value, float):
        return f"{value:g} s"
    return "yes" if value else "no"
