"""One spelling for one chat: gateways write a number as digits, with a plus, or as one of several JIDs. Pure."""

import re

_GROUP = re.compile(r"[0-9]{5,20}(?:-[0-9]{5,20})?@g\.us")
_USER = re.compile(r"([0-9]{5,20})(?::[0-9]{1,5})?@(?:s\.whatsapp\.net|c\.us)")
_NUMBER = re.compile(r"\+?[0-9][0-9 ()./-]{3,30}")
_LONGEST = 64
SHORTEST = 5


def chat_of(text: str | None) -> str | None:
    """Digits for a person, the JID for a group; None for what is neither (a hidden id, a broadcast, nonsense)."""
    if text is None or len(text) > _LONGEST:
        return None
    spelled = text.strip(" ")
    if _GROUP.fullmatch(spelled):
        return spelled
    user = _USER.fullmatch(spelled)
    if user is not None:
        return user.group(1)
    if not _NUMBER.fullmatch(spelled):
        return None
    digits = "".join(character for character in spelled if "0" <= character <= "9")
    return digits if len(digits) >= SHORTEST else None
