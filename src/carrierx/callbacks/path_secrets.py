"""Secret in the URL path, which keeps strangers from posting callbacks."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Final

from carrierx.errors import ConfigurationError

__all__ = ["MIN_SECRET_LENGTH", "SecretPath", "new_secret"]

MIN_SECRET_LENGTH: Final = 32
"""Minimum length of a secret: 128 bits, even if it consists of hexadecimal digits."""

_MAX_SECRETS: Final = 2
_SECRET: Final = re.compile(r"[A-Za-z0-9._~-]+")


def new_secret() -> str:
    """Return a new secret for a callback URL: 43 characters that need no escaping.

    Example:
        >>> len(new_secret())
        43
    """
    return secrets.token_urlsafe(32)


class SecretPath:
    """Secrets that are accepted in a callback's URL. CarrierX doesn't sign callbacks, so the URL itself must be secret.

    To rotate, start with the new secret and the old one, set the new URL at CarrierX, and drop the old one after a
    while. Keep the URL out of logs: servers and proxies log the requested paths.

    Args:
        *accepted: One secret, or two during a rotation. Only their digests are kept.

    Raises:
        ConfigurationError: There are no secrets or more than two, or one is too short or needs escaping.

    Example:
        >>> old, new = new_secret(), new_secret()
        >>> rotating = SecretPath(new, old)
        >>> rotating.matches(old), rotating.matches(new), rotating.matches("guess")
        (True, True, False)
        >>> rotating
        SecretPath(<2>)
    """

    __slots__ = ("_digests",)

    def __init__(self, *accepted: str) -> None:
        if not 1 <= len(accepted) <= _MAX_SECRETS:
            raise ConfigurationError(f"SecretPath needs one secret, or two during a rotation; it got {len(accepted)}.")
        for secret in accepted:
            if len(secret) < MIN_SECRET_LENGTH:
                raise ConfigurationError(
                    f"A callback's secret must have at least {MIN_SECRET_LENGTH} characters; this one has "
                    f"{len(secret)}. Use new_secret()."
                )
            if not _SECRET.fullmatch(secret):
                raise ConfigurationError("A callback's secret may contain only letters, digits, and . _ ~ -")
        self._digests = tuple(_digest(secret) for secret in accepted)

    def matches(self, candidate: str) -> bool:
        """Tell whether a part of a path is one of the secrets, in constant time.

        Args:
            candidate: Part of the requested path.
        """
        digest = _digest(candidate)
        found = [hmac.compare_digest(digest, known) for known in self._digests]
        return any(found)

    def __repr__(self) -> str:
        return f"SecretPath(<{len(self._digests)}>)"


def _digest(text: str) -> bytes:
    # All of one length, so that the time of a comparison doesn't reveal the length of a secret.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
