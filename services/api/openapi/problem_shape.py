"""The problem document as a schema, for OpenAPI."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.api.shapes import FieldProblem


class Problem(BaseModel):
    """An error (RFC 9457). `type` tells kinds apart, `detail` says what to do; it never repeats what was sent."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(pattern=r"^urn:truesend:problem:[a-z0-9-]+$")
    title: str = Field(description="The status in words.")
    status: int
    detail: str
    errors: list[FieldProblem] | None = Field(None, description="Of a 422: every wrong field.")
    current: dict[str, Any] | None = Field(None, description="Of a 409: what the row is, where that is why.")
    trace_id: str | None = Field(None, description="Of a 500: what the log has it under.")
