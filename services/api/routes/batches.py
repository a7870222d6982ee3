"""Batches: hundreds of messages in one request, and how far they are."""

from fastapi import APIRouter

router = APIRouter(prefix="/v1", tags=["messages"])
