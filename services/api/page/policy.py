"""What a browser may do with the page. Source: W3C Content Security Policy Level 3."""

import secrets

NONCE_BYTES = 16

# Styles that the page makes at run time carry the nonce; scripts are files of ours and nothing else.
_POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'nonce-{nonce}'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
)
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def new_nonce() -> str:
    """A word that nobody can guess, for one response."""
    return secrets.token_urlsafe(NONCE_BYTES)


def content_security_policy(nonce: str) -> str:
    """The policy of the response that has this nonce."""
    return "; ".join(_POLICY).format(nonce=nonce)
