"""Why the verifier says no: two errors, each with a sentence that names what is wrong.

    VerifyError
    ├── Malformed   the bytes are not of the format that they should have
    └── Rejected    well formed, and wrong: a signature, a root, a commitment, a quorum
"""

from __future__ import annotations


class VerifyError(Exception):
    """The root. `message` is for a person; the caller adds which file or entry it is about."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Malformed(VerifyError):
    """Not of the format."""


class Rejected(VerifyError):
    """Of the format, and not true."""
