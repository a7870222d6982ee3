"""What an operator does to sessions: reconnect, disconnect, delete, and the QR code."""

from fastapi import APIRouter

router = APIRouter(prefix="/v1/sessions", tags=["sessions"])
