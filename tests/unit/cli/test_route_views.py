"""The view that `truesend adopt check` prints is one that can be run, whatever the CRM's tables are called."""

from truesend.cli.adopt.check.routes import Path, count_unrouted, route_view

WORKSHOP = Path("workshop_id", "public.workshops", "id", "whatsapp_session_id")
GROUP = Path("group_id", "public.whatsapp_groups", "id", "group_jid")


def test_the_messages_own_columns_win_over_the_crms_tables() -> None:
    view = route_view(WORKSHOP, GROUP)

    assert "coalesce(m.session_id, r1.whatsapp_session_id) AS session_id" in view
    assert "coalesce(m.recipient, r2.group_jid) AS recipient" in view
    assert "security_invoker = true" in view
    assert view.endswith(";")


def test_a_table_that_leads_to_both_is_joined_once() -> None:
    view = route_view(
        Path("contact_id", "crm.contacts", "id", "session_id"), Path("contact_id", "crm.contacts", "id", "jid")
    )

    assert view.count("JOIN") == 1
    assert "coalesce(m.recipient, r1.jid)" in view


def test_what_was_not_found_is_left_to_the_messages_own_column() -> None:
    view = route_view(None, GROUP)

    assert "       m.session_id AS session_id," in view
    assert view.count("JOIN") == 1


def test_names_that_need_quotes_have_them() -> None:
    view = route_view(Path("Workshop", '"Crm"."Workshops"', "Id", 'session "one"'), None)

    assert 'LEFT JOIN "Crm"."Workshops" AS r1 ON r1."Id" = m."Workshop"' in view
    assert 'r1."session ""one"""' in view


def test_before_the_migration_the_columns_that_are_not_there_yet_are_not_asked_for() -> None:
    statement = count_unrouted(WORKSHOP, GROUP, has_own_columns=False)

    assert "m.session_id" not in statement
    assert "m.recipient" not in statement
