"""The API's own description: FastAPI's document, finished with problems, examples and request bodies."""
