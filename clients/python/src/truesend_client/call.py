"""One request, before anybody sends it: what is asked, what comes back, and whether it may be asked twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError

from truesend_client.problems import UnexpectedAnswerError

A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Call(Generic[A]):
    """`answer` is the model of the answer. `repeatable`: asking twice does no more than asking once."""

    method: str
    path: str
    answer: type[A]
    parameters: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = False

    def read(self, content: bytes) -> A:
        """The answer as its model. Raises UnexpectedAnswerError."""
        if not issubclass(self.answer, BaseModel):
            return self.answer()
        try:
            return self.answer.model_validate_json(content)
        except ValidationError as error:
            wrong = ", ".join(sorted({".".join(map(str, each["loc"])) or "the body" for each in error.errors()}))
            said = f"{self.method} {self.path} answered something else than {self.answer.__name__}: {wrong}"
            raise UnexpectedAnswerError(said) from None


def parameters(**given: object) -> dict[str, str | Sequence[str]]:
    """A query's parameters as they are written; those that are None are left out."""
    return {name: _written(value) for name, value in given.items() if value is not None}


def body(**given: object) -> dict[str, Any]:
    """A body of a few fields; those that are None are left out."""
    return {name: _fit_for_json(value) for name, value in given.items() if value is not None}


def body_of(model: BaseModel) -> Any:
    """A body as its model has it: what was not said is not sent."""
    return model.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _fit_for_json(value: object) -> Any:
    if isinstance(value, BaseModel):
        return body_of(value)
    if isinstance(value, list | tuple):
        return [_fit_for_json(each) for each in value]
    return value if isinstance(value, bool | int) else _text(value)


def _written(value: object) -> str | list[str]:
    return [_text(each) for each in value] if isinstance(value, list | tuple) else _text(value)


def _text(value: object) -> str:
    match value:
        case datetime() if value.tzinfo is None:
            raise ValueError("a time needs its zone: datetime.now(UTC), or .astimezone() for this machine's")
        case datetime():
            return value.isoformat()
        case UUID() | str() | int():
            return str(value)
        case _:
            raise TypeError(f"{type(value).__name__} is nothing that the API takes")
