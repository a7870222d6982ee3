"""A message as wuzapi is sent it, and what its answers to one mean."""

import base64
from collections.abc import Mapping
from typing import Final

from truesend.gateways.answers import Row, Said
from truesend.gateways.common_rows import OK
from truesend.gateways.dialect import Fetch
from truesend.gateways.protocol import OutcomeKind, OutgoingMessage
from truesend.gateways.wording import Meaning


def _is_acknowledged(said: Said) -> bool:
    denied = said.at("success") is not True or bool(said.at("error"))
    return not denied and said.text_at("data", "Id") is not None


ROWS: Final[tuple[Row[OutcomeKind], ...]] = (
    Row(OutcomeKind.SENT, OK, where=_is_acknowledged),
    Row(OutcomeKind.SESSION_DOWN, {500}, Meaning.SESSION_DOWN),
    # what whatsmeow does before it writes the message out, so that even its time-outs leave no doubt
    Row(
        OutcomeKind.TRANSIENT,
        {500},
        "failed to (?:upload file|get device list|send usync query|get group members)",
        where=lambda said: said.meaning is not Meaning.RESTRICTED,
    ),
    Row(OutcomeKind.PERMANENT, {500}, "could not decode (?:image|base64)"),
)


async def written(message: OutgoingMessage, fetch: Fetch) -> tuple[str, Mapping[str, object]]:
    """The path and the body of a send."""
    body: dict[str, object] = {"Phone": message.recipient}
    if message.reserved_id is not None:
        body["Id"] = message.reserved_id
    if message.media_url is None:
        return "/chat/send/text", {**body, "Body": message.text}
    media = await fetch(message.media_url)
    data = base64.b64encode(media.data).decode()
    match message.media_type:
        case "image":
            # refused unless it calls itself an image; what it is, wuzapi reads from the bytes
            content_type = media.content_type if media.content_type.startswith("image/") else "image/jpeg"
            return "/chat/send/image", {**body, "Image": f"data:{content_type};base64,{data}", "Caption": message.text}
        case "video":
            return "/chat/send/video", {**body, "Video": f"data:video/mp4;base64,{data}", "Caption": message.text}
        case _:
            # 2025-05 takes no other type of document; later builds read MimeType
            return "/chat/send/document", {
                **body,
                "Document": f"data:application/octet-stream;base64,{data}",
                "MimeType": media.content_type,
                "FileName": media.file_name or "document",
                "Caption": message.text,
            }
