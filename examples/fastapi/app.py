"""A service whose memory is to be watched: how long is a text?

POST /doc_length {"text": "..."} answers the number of characters. A text above the limit, a field that is missing or of another
type, and JSON that is broken are answered 422, with a detail that names the field.
"""

import os

from fastapi import FastAPI
from pydantic import BaseModel, Field

# Characters, not bytes.
LIMIT = int(os.environ.get("DOC_LENGTH_LIMIT", "50000"))

app = FastAPI()


class Document(BaseModel):
    text: str = Field(..., max_length=LIMIT)


@app.post("/doc_length")
async def doc_length(document: Document) -> int:
    return len(document.text)


@app.get("/health")
async def health() -> dict:
    return {"status": "ok"}
