"""Whether a request is one of MLflow's webhooks: signed with the secret that both sides know, and fresh.

The one idea: the signature covers the delivery's id, its time and its body, so neither can be changed, and an old one
cannot be sent again. What the webhook says is not believed any further: it only says that it is time to look.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

SIGNATURE: Final = "x-mlflow-signature"
TIMESTAMP: Final = "x-mlflow-timestamp"
DELIVERY: Final = "x-mlflow-delivery-id"
VERSION: Final = "v1"
AGE_S_MAX: Final = 300  # as Standard Webhooks advise: clocks differ, and MLflow's retries are signed once


def signature(secret: str, delivery: str, timestamp: str, body: bytes) -> str:
    """As MLflow makes it: `v1,` and the base64 of HMAC-SHA256 over id, time and body."""
    content = f"{delivery}.{timestamp}.".encode() + body
    return f"{VERSION},{base64.b64encode(hmac.new(secret.encode(), content, hashlib.sha256).digest()).decode()}"


def is_genuine(headers: Mapping[str, str], body: bytes, secret: str, now_s: float) -> bool:
    """`headers`: by names in lower case. Several signatures (while a secret is changed) stand beside each other."""
    delivery, timestamp = headers.get(DELIVERY, ""), headers.get(TIMESTAMP, "")
    if not secret or not delivery or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return False
    if abs(now_s - int(timestamp)) > AGE_S_MAX:
        return False
    wanted = signature(secret, delivery, timestamp, body).encode()
    given = headers.get(SIGNATURE, "").split()
    return any(hmac.compare_digest(wanted, each.encode("utf-8", "replace")) for each in given)
