"""A database's URL: as dbmate wants it spelled, and what of it must never be shown."""

from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit


def dbmate_url(database_url: str, *, without_limits: tuple[str, ...] = ()) -> str:
    """The same database as dbmate, and Go's stricter reading of URLs, want it spelled.

    A socket's folder goes to ``socket=``, whether it stood in ``host=`` or, encoded, in the host's place; TLS is tried
    first, as asyncpg does, where nothing is said of it. ``without_limits`` names Postgres settings to be sent as 0.
    """
    parts = urlsplit(database_url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    login, at, host = parts.netloc.rpartition("@")
    place, colon, port = host.partition(":")
    if unquote(place).startswith("/"):
        options["host"], host = unquote(place), colon + port
    if options.get("host", "").startswith("/"):
        options["socket"] = options.pop("host")
    options.setdefault("sslmode", "disable" if "socket" in options else "prefer")
    options |= dict.fromkeys(without_limits, "0")
    return f"postgres://{_encoded(login)}{at}{host}{parts.path}?{urlencode(options, quote_via=quote)}"


def without_password(text: str, database_url: str) -> str:
    """The text with the URL's password, in each spelling it may have, replaced by stars."""
    parts = urlsplit(database_url)
    passwords = {parts.password or "", dict(parse_qsl(parts.query)).get("password", "")}
    spellings = (
        passwords | {unquote(each) for each in passwords} | {quote(unquote(each), safe="") for each in passwords}
    )
    for spelling in sorted(spellings - {""}, key=len, reverse=True):
        text = text.replace(spelling, "***")
    return text


def _encoded(login: str) -> str:
    return ":".join(quote(unquote(part), safe="") for part in login.split(":", 1))
