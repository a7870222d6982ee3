"""The API's own fixtures, for attacks on it."""

from tests.integration.api.conftest import api, api_with_kafka, rows, start_api

__all__ = ["api", "api_with_kafka", "rows", "start_api"]
