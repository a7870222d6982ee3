"""The worlds that are explored: small ones with every test run, larger ones by ``python -m tests.model``."""

from typing import Any

from tests.model.exploration import Model
from tests.model.relaying import Relaying
from tests.model.sending import Sending

SENDING = {
    "crashes, an operator, the CRM": Sending(evidence=False),
    "what gateways tell, and the CRM": Sending(retries=0),
    "what gateways tell, and an operator": Sending(cancels=0),
    "absence proves": Sending(retries=0, absence_proves=True),
    "two messages of one chat": Sending(chats=(0, 0), starts=1, retries=0, cancels=0, evidence=False),
    "two messages of two chats": Sending(chats=(0, 1), starts=1, retries=0, cancels=0, evidence=False),
}
RELAYING = {"two relays, three facts of two keys": Relaying()}
SMALL: dict[str, Model[Any]] = {**SENDING, **RELAYING}
LARGE: dict[str, Model[Any]] = {
    **SMALL,
    "what gateways tell, an operator, the CRM": Sending(),
    "the same, where absence proves": Sending(absence_proves=True),
    "three starts": Sending(starts=3, evidence=False),
    "two messages of one chat, and what gateways tell": Sending(chats=(0, 0), starts=1, retries=0, cancels=0),
    "two messages of one chat, an operator, the CRM": Sending(chats=(0, 0), starts=1, evidence=False),
    "two relays, four facts of two keys": Relaying(keys=(0, 1, 0, 1)),
    "three relays, two facts": Relaying(keys=(0, 0), relays=3, batch=1),
}
