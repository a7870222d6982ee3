"""A session's queue: its pace, its caps and quiet hours, paused and resumed by hand."""

from fastapi import APIRouter

router = APIRouter(prefix="/v1/sessions", tags=["sessions"])
