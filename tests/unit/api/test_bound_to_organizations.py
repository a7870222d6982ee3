"""Who in the API asks the database without an organisation."""

from pathlib import Path

import services.api

_FOLDER = Path(services.api.__file__).parent
# what belongs to no organisation (the CRM's columns, the health of webhooks, wake-ups), and what looks across them by
# functions of the database that say the minimum: who belongs where, whose session a webhook is about, the one live feed
_UNBOUND = {
    "auth.py",
    "database.py",
    "hints.py",
    "live/feed.py",
    "live/stream.py",
    "message_table.py",
    "routes/webhooks.py",
    "webhooks/sessions.py",
    "webhooks/tally.py",
}


def test_only_what_belongs_to_no_organization_is_asked_without_one() -> None:
    unbound = {
        path.relative_to(_FOLDER).as_posix() for path in _FOLDER.rglob("*.py") if ".unbound()" in path.read_text()
    }

    assert unbound == _UNBOUND, "Ask by Database.of(organization_id); or say here why not."
