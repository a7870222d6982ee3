"""What an operator does to messages: retry, cancel, look up, mark delivered."""

from fastapi import APIRouter

router = APIRouter(prefix="/v1/messages", tags=["messages"])
