"""Who a message goes to: a number as WhatsApp writes it (E.164 without the plus), or a group."""

import re

import phonenumbers
from phonenumbers import PhoneNumberFormat, ValidationResult

SHORTEST_NUMBER = 7
_GROUP = re.compile(r"[0-9]{5,20}(-[0-9]{5,20})?@g\.us")
_USER = re.compile(r"([0-9]{7,15})@s\.whatsapp\.net")
_NUMBER = re.compile(r"(?:\+|00)?[0-9][0-9 ()./-]{5,30}")

NUMBER_TO_WRITE = "must be a phone number with its country code, like +49 1512 3456789"
WHAT_TO_WRITE = f"{NUMBER_TO_WRITE}, or a group like 120363012345678901@g.us"


def normalized_recipient(text: str) -> str:
    """The recipient as messages keep it, so that one chat has one spelling. Raises ValueError that says what to write.

    A number is checked for its country code and length, not for whether it was given out: numbering plans change faster
    than tables of them, and only the gateway knows who has WhatsApp.
    """
    stripped = text.strip(" ")
    if _GROUP.fullmatch(stripped):
        return stripped
    user = _USER.fullmatch(stripped)
    if user is not None:
        return _e164_digits(user.group(1))
    if not _NUMBER.fullmatch(stripped):
        raise ValueError(WHAT_TO_WRITE)
    return _e164_digits(stripped.removeprefix("+").removeprefix("00"))


def normalized_phone_number(text: str) -> str:
    """The digits of a number, checked as a recipient's. Raises ValueError that says what to write."""
    try:
        number = normalized_recipient(text)
    except ValueError:
        raise ValueError(NUMBER_TO_WRITE) from None
    if _GROUP.fullmatch(number):
        raise ValueError(NUMBER_TO_WRITE)
    return number


def _e164_digits(number: str) -> str:
    try:
        parsed = phonenumbers.parse(f"+{number}", None)
    except phonenumbers.NumberParseException:
        raise ValueError(WHAT_TO_WRITE) from None
    possible = phonenumbers.is_possible_number_with_reason(parsed) == ValidationResult.IS_POSSIBLE
    digits = phonenumbers.format_number(parsed, PhoneNumberFormat.E164).removeprefix("+")
    if not possible or len(digits) < SHORTEST_NUMBER:
        raise ValueError(WHAT_TO_WRITE)
    return digits
