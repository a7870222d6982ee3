"""What all models have in common: they can't be changed, and stand an API that has become newer."""

from typing import Final

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

FROM: Final = Field(validation_alias=AliasChoices("from", "from_"), serialization_alias="from")
"""`from` is no name in Python; here it is `from_`."""


class Row(BaseModel):
    """What the API answers. Fields that this version doesn't know are left out, words that it doesn't know are kept."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class OpenRow(Row):
    """A row that may have more fields, the CRM's own columns for one; they are in `model_extra`."""

    model_config = ConfigDict(extra="allow")


class Body(BaseModel):
    """Something that a caller writes. A name that does not exist is an error here, before anything is sent."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class OpenBody(Body):
    """A body that may have further names."""

    model_config = ConfigDict(extra="allow")
