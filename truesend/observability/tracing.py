"""W3C trace context, carried in headers. Source: W3C Trace Context level 1, section 3.2."""

import re
import secrets

_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def new_traceparent() -> str:
    """A trace of its own. It says sampled: nothing of it is exported here, and whoever comes next shall not leave it out."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def continued_traceparent(incoming: str | None) -> str:
    """The caller's trace with a span of ours; a new trace where the caller gave none, or nonsense."""
    if incoming is None or not is_traceparent(incoming):
        return new_traceparent()
    version, trace_id, _parent, flags = incoming.split("-")
    return f"{version}-{trace_id}-{secrets.token_hex(8)}-{flags}"


def kept_traceparent(incoming: str | None) -> str:
    """The caller's trace, at the caller's span; a new trace where there is none, or nonsense."""
    return incoming if incoming is not None and is_traceparent(incoming) else new_traceparent()


def is_traceparent(text: str) -> bool:
    """Whether it names a trace and a span."""
    return _TRACEPARENT.fullmatch(text) is not None


def trace_id(traceparent: str | None) -> str | None:
    """The trace's id, for logs."""
    return traceparent.split("-")[1] if traceparent and is_traceparent(traceparent) else None
