"""Tells another program how a long run ended; that it cannot be told never changes how it ended."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

TIMEOUT_S = 5.0


def post(url: str, message: Mapping[str, Any], *, timeout_s: float = TIMEOUT_S) -> str | None:
    """Post a message as JSON.

    Returns:
        Why it did not arrive, or None where it did.
    """
    if not url.startswith(("http://", "https://")):
        return f"{url} is no http address"
    content = json.dumps(message, ensure_ascii=False).encode()
    request = urllib.request.Request(url, content, {"Content-Type": "application/json"}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:
            answer.read(1)
    except (OSError, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        return f"{url}: {reason}"
    return None
