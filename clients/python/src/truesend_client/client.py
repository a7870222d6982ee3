"""The client."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar
from uuid import UUID

import httpx

from truesend_client import operations
from truesend_client.address import Address, Key, timeouts
from truesend_client.call import Call
from truesend_client.models import (
    BatchProgress,
    BulkRetryAnswer,
    HistoryList,
    MessageDetail,
    MessageList,
    MessageRow,
    NewMessage,
    Overview,
    PaceBody,
    PairingAnswer,
    PostedBatch,
    RetryFilter,
    SessionList,
    SessionOrder,
    SessionQueue,
    SessionRow,
    VerifyAnswer,
    WebhookHealth,
)
from truesend_client.problems import UnreachableError
from truesend_client.stream import LiveEvents
from truesend_client.trying import error_for, may_try_again, pause_s, unreachable

A = TypeVar("A")
PAGE_ROWS = 200


class Truesend:
    """Calls the API, as one organisation.

    Every method raises ProblemError for what the API refuses, UnreachableError where no answer came, and
    UnexpectedAnswerError where something else answers. What can be asked twice without harm is tried up to ``tries`` times.
    """

    def __init__(
        self,
        url: str,
        key: Key = None,
        *,
        organization: UUID | None = None,
        timeout_s: float = 30.0,
        tries: int = 4,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """``url`` without ``/v1``. ``key`` is an API key, or a function that gives a token. ``organization`` is for
        tokens that do not say it. Redirects are not followed: the key goes to this address only. Raises ValueError for an
        address that can't be used.
        """
        self._address = Address(url.rstrip("/"), key, organization)
        self._tries = tries
        self._http = httpx.Client(
            base_url=self._address.url, timeout=timeouts(timeout_s), transport=transport, follow_redirects=False
        )

    def list_sessions(self, *, limit: int | None = None, cursor: str | None = None) -> SessionList:
        """A page of sessions. `all_sessions()` has them all."""
        return self._ask(operations.list_sessions(limit=limit, cursor=cursor))

    def get_session(self, session_id: UUID) -> SessionRow:
        """One session."""
        return self._ask(operations.get_session(session_id))

    def create_session(self, *, display_name: str | None = None, gateway: str | None = None) -> SessionRow:
        """A new session, to be paired: `session_qr()` shows its code."""
        return self._ask(operations.create_session(display_name=display_name, gateway=gateway))

    def delete_session(self, session_id: UUID) -> None:
        """Delete a session that no message needs any more."""
        self._ask(operations.delete_session(session_id))

    def verify_sessions(self, session_ids: Sequence[UUID] | None = None) -> VerifyAnswer:
        """Have these sessions asked about at their gateways; without any, every one that is connected or connecting."""
        return self._ask(operations.verify_sessions(session_ids))

    def verify_session(self, session_id: UUID) -> VerifyAnswer:
        """Have one session asked about at once, however fresh what is known is."""
        return self._ask(operations.verify_session(session_id))

    def session_history(self, session_id: UUID, *, limit: int | None = None, cursor: str | None = None) -> HistoryList:
        """What became of a session, the latest first."""
        return self._ask(operations.session_history(session_id, limit=limit, cursor=cursor))

    def reconnect_session(self, session_id: UUID, *, reason: str | None = None) -> SessionOrder:
        """Have the gateway start the session again."""
        return self._ask(operations.reconnect_session(session_id, reason=reason))

    def disconnect_session(self, session_id: UUID, *, reason: str | None = None) -> SessionOrder:
        """Have the gateway end the session."""
        return self._ask(operations.disconnect_session(session_id, reason=reason))

    def session_qr(self, session_id: UUID, *, phone_number: str | None = None) -> PairingAnswer:
        """What the gateway shows of a session that wants to be paired; with a number, a code to be typed into its phone."""
        return self._ask(operations.session_qr(session_id, phone_number=phone_number))

    def pause_session(self, session_id: UUID, *, reason: str | None = None) -> SessionQueue:
        """Let no message of a session leave until it is resumed."""
        return self._ask(operations.pause_session(session_id, reason=reason))

    def resume_session(self, session_id: UUID, *, reason: str | None = None) -> SessionQueue:
        """Let its messages leave again."""
        return self._ask(operations.resume_session(session_id, reason=reason))

    def get_pace(self, session_id: UUID) -> SessionQueue:
        """How a session may send, and what it has sent of its caps."""
        return self._ask(operations.get_pace(session_id))

    def set_pace(self, session_id: UUID, pace: PaceBody) -> SessionQueue:
        """Say how a session may send: all of it, what is left out is as if it had never been said."""
        return self._ask(operations.set_pace(session_id, pace))

    def create_message(self, message: NewMessage, *, idempotency_key: str | None = None) -> MessageRow:
        """Have a message sent. With no key of yours it gets one, so that it is sent once however often this has to ask."""
        return self._ask(operations.create_message(message, idempotency_key=idempotency_key))

    def create_batch(self, messages: Sequence[NewMessage], *, idempotency_key: str | None = None) -> PostedBatch:
        """Have up to 1,000 messages sent. Each has its own result; a wrong one keeps out no other."""
        return self._ask(operations.create_batch(messages, idempotency_key=idempotency_key))

    def get_batch(self, batch_id: UUID) -> BatchProgress:
        """How far a batch is."""
        return self._ask(operations.get_batch(batch_id))

    def list_messages(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        id: Sequence[UUID] | None = None,
        status: Sequence[str] | None = None,
        session_id: UUID | None = None,
        batch_id: UUID | None = None,
        recipient: str | None = None,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
        scheduled_from: datetime | None = None,
        scheduled_to: datetime | None = None,
        q: str | None = None,
    ) -> MessageList:
        """A page of messages, newest first. `all_messages()` has them all."""
        return self._ask(
            operations.list_messages(
                limit=limit,
                cursor=cursor,
                id=id,
                status=status,
                session_id=session_id,
                batch_id=batch_id,
                recipient=recipient,
                created_from=created_from,
                created_to=created_to,
                scheduled_from=scheduled_from,
                scheduled_to=scheduled_to,
                q=q,
            )
        )

    def get_message(self, message_id: UUID) -> MessageDetail:
        """A message with its attempts and its history."""
        return self._ask(operations.get_message(message_id))

    def message_history(self, message_id: UUID, *, limit: int | None = None, cursor: str | None = None) -> HistoryList:
        """What became of a message, the earliest first."""
        return self._ask(operations.message_history(message_id, limit=limit, cursor=cursor))

    def retry_message(
        self, message_id: UUID, *, session_id: UUID | None = None, force: bool = False, reason: str | None = None
    ) -> MessageRow:
        """Send a message again, through another session if one is given. `force` where it may arrive twice."""
        return self._ask(operations.retry_message(message_id, session_id=session_id, force=force, reason=reason))

    def retry_messages(
        self,
        filter: RetryFilter,
        *,
        session_id: UUID | None = None,
        force: bool = False,
        reason: str | None = None,
        dry_run: bool = False,
        cursor: str | None = None,
    ) -> BulkRetryAnswer:
        """Send again what the filter finds. `dry_run` counts and changes nothing."""
        return self._ask(
            operations.retry_messages(
                filter, session_id=session_id, force=force, reason=reason, dry_run=dry_run, cursor=cursor
            )
        )

    def cancel_message(self, message_id: UUID, *, reason: str | None = None) -> MessageRow:
        """Keep a message from being sent."""
        return self._ask(operations.cancel_message(message_id, reason=reason))

    def check_message(self, message_id: UUID, *, reason: str | None = None) -> MessageRow:
        """Have a message that is in doubt looked up at its gateway now."""
        return self._ask(operations.check_message(message_id, reason=reason))

    def mark_delivered(self, message_id: UUID, *, at: datetime | None = None, reason: str | None = None) -> MessageRow:
        """Say of a message in doubt that it arrived."""
        return self._ask(operations.mark_delivered(message_id, at=at, reason=reason))

    def get_overview(self, *, hours: int | None = None) -> Overview:
        """The organisation at a glance."""
        return self._ask(operations.get_overview(hours=hours))

    def health_of_webhooks(self, gateway: str) -> WebhookHealth:
        """How a gateway's webhooks arrive, and why they don't."""
        return self._ask(operations.health_of_webhooks(gateway))

    def all_sessions(self) -> Iterator[SessionRow]:
        """Every session, page after page as they are wanted."""
        cursor: str | None = None
        while True:
            page = self.list_sessions(limit=PAGE_ROWS, cursor=cursor)
            yield from page.items
            if (cursor := page.next_cursor) is None:
                return

    def all_messages(
        self,
        *,
        status: Sequence[str] | None = None,
        session_id: UUID | None = None,
        batch_id: UUID | None = None,
        recipient: str | None = None,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
        scheduled_from: datetime | None = None,
        scheduled_to: datetime | None = None,
        q: str | None = None,
    ) -> Iterator[MessageRow]:
        """Every message that the filter finds, newest first, page after page as they are wanted."""
        cursor: str | None = None
        while True:
            page = self.list_messages(
                limit=PAGE_ROWS,
                cursor=cursor,
                status=status,
                session_id=session_id,
                batch_id=batch_id,
                recipient=recipient,
                created_from=created_from,
                created_to=created_to,
                scheduled_from=scheduled_from,
                scheduled_to=scheduled_to,
                q=q,
            )
            yield from page.items
            if (cursor := page.next_cursor) is None:
                return

    def events(self, last_event_id: str | None = None) -> LiveEvents:
        """The live stream, from now on, or from what came after ``last_event_id`` (``"0"``: all that is kept)."""
        return LiveEvents(self._http, self._address, last_event_id)

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _t: type[BaseException] | None, _e: BaseException | None, _tb: TracebackType | None) -> None:
        self.close()

    def _ask(self, call: Call[A]) -> A:
        failures = 0
        while True:
            outcome = self._try(call)
            failures += 1
            if isinstance(outcome, httpx.Response) and outcome.is_success:
                return call.read(outcome.content)
            if failures >= self._tries or not may_try_again(call, outcome):
                raise error_for(outcome)
            time.sleep(pause_s(failures, outcome))

    def _try(self, call: Call[A]) -> httpx.Response | UnreachableError:
        try:
            return self._http.request(
                call.method,
                call.path,
                params=call.parameters,
                json=call.body,
                headers={**self._address.headers(), **call.headers},
            )
        except httpx.HTTPError as error:
            return unreachable(error)
