"""Settings: the client's configuration, the options of one call, the retry policy, and the clock."""

from __future__ import annotations

import os
import random
import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple, TypedDict, cast

from carrierx.addresses import check_base_url, check_proxy
from carrierx.errors import ConfigurationError, InvalidArgumentError

if TYPE_CHECKING:
    import ssl

__all__ = [
    "DEFAULT_BASE_URL",
    "DEFAULT_CONNECT_TIMEOUT",
    "DEFAULT_MAX_CONNECTIONS",
    "DEFAULT_TIMEOUT",
    "DEFAULT_TOTAL_TIMEOUT",
    "CallOptions",
    "CallSettings",
    "ClientConfig",
    "Clock",
    "CommonOptions",
    "RetryPolicy",
    "base_url_from",
]

DEFAULT_BASE_URL = "https://api.carrierx.com/core/v2"
DEFAULT_TIMEOUT = 30.0
DEFAULT_CONNECT_TIMEOUT = 5.0
DEFAULT_TOTAL_TIMEOUT = 60.0
DEFAULT_MAX_CONNECTIONS = 100

BASE_URL_VARIABLE = "CARRIERX_BASE_URL"

# Headers that the client sets itself. Another value could change the request or its destination.
_OWN_HEADERS = frozenset(
    {
        "accept-encoding",
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_LONGEST_SHOWN = 10**15
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?")


class CommonOptions(TypedDict, total=False):
    """Options that every method accepts, and that a client has defaults for.

    Attributes:
        timeout: Seconds that one attempt may wait for the server to read or respond; above 0.
        total_timeout: Seconds for all attempts and the waits between them; above 0.
        max_retries: The maximum number of attempts after the first; 0 or more.
        extra_headers: Headers to add. Headers that the client sets itself are not allowed.
    """

    timeout: float
    total_timeout: float
    max_retries: int
    extra_headers: Mapping[str, str]


class CallOptions(CommonOptions, total=False):
    """Options that every method accepts.

    Attributes:
        timeout: Seconds that one attempt may wait for the server to read or respond; above 0.
        total_timeout: Seconds for all attempts and the waits between them; above 0.
        max_retries: The maximum number of attempts after the first; 0 or more.
        extra_headers: Headers to add. Headers that the client sets itself are not allowed.
        before_body: A function to call at the start of the request's body, in each attempt. If it raises a
            `SendFencedError`, no byte of the body is sent. It must be quick, and the async client doesn't await it.
    """

    before_body: Callable[[], None] | None


class Clock:
    """The clock of a client. Subclass it to control time in tests."""

    def monotonic(self) -> float:
        """Return seconds since an arbitrary point. The value never goes back."""
        return time.monotonic()

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait in a sync client."""
        time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Wait in an async client."""
        from asyncio import sleep  # a fifth of the time to import the client, which sync programs don't need

        await sleep(seconds)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Rules for retries: how many, and the wait before each.

    A send is retried only if it was proven not sent. A read is retried after any transport error, 429 and 5xx.

    Attributes:
        max_retries: The maximum number of attempts after the first; 0 or more.
        first_wait: The maximum first wait in seconds, which doubles with each attempt. The client waits a random part.
        max_wait: The maximum of such a wait in seconds.
        max_retry_after: The maximum wait in seconds that a server's `Retry-After` can demand.
        trust_503: Whether a 503 with `Retry-After` proves that a message was not accepted. CarrierX does not document
            this, so the default is False.
        random: A function that returns a number from 0 to 1. Replace it in tests.

    Raises:
        ConfigurationError: A number is negative, not finite or of another type.
    """

    max_retries: int = 2
    first_wait: float = 0.5
    max_wait: float = 8.0
    max_retry_after: float = 60.0
    trust_503: bool = False
    random: Callable[[], float] = field(default=random.random, repr=False)

    def __post_init__(self) -> None:
        check_count("max_retries", self.max_retries, ConfigurationError)
        for name in ("first_wait", "max_wait", "max_retry_after"):
            check_seconds(name, getattr(self, name), ConfigurationError, zero_allowed=True)
        check_switch("trust_503", self.trust_503)
        if not callable(self.random):
            raise ConfigurationError(f"random must be a function, not {type(self.random).__name__}.")

    def delay(self, attempts_made: int, retry_after: float | None) -> float:
        """Return the wait before the next attempt: what the server demanded, up to a maximum, or a random time.

        Args:
            attempts_made: The number of attempts so far; 1 or more. The maximum random time doubles with each.
            retry_after: Seconds that the server demanded to wait.
        """
        if retry_after is not None:
            return min(retry_after, self.max_retry_after)
        bound = min(self.max_wait, self.first_wait * 2.0 ** min(attempts_made - 1, 64))
        return self.random() * bound


class CallSettings(NamedTuple):
    """The effective options of one call: those of the client, overridden by those of the call."""

    timeout: float
    total_timeout: float
    max_retries: int
    extra_headers: tuple[tuple[str, str], ...] = ()
    before_body: Callable[[], None] | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.timeout} s, {self.total_timeout} s in all, {self.max_retries} retries>"


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """Configuration of a client. It is checked when it is created, and opens nothing.

    Raises:
        ConfigurationError: A value is invalid. The text names the option and never holds a secret.
    """

    base_url: str = DEFAULT_BASE_URL
    timeout: float = DEFAULT_TIMEOUT
    connect_timeout: float = DEFAULT_CONNECT_TIMEOUT
    total_timeout: float = DEFAULT_TOTAL_TIMEOUT
    max_connections: int = DEFAULT_MAX_CONNECTIONS
    retry_policy: RetryPolicy = field(default_factory=RetryPolicy)
    extra_headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    proxy: str | None = field(default=None, repr=False)
    trust_env: bool = True
    ca_file: str | None = None
    ssl_context: ssl.SSLContext | None = field(default=None, repr=False)
    allow_http: bool = False
    clock: Clock = field(default_factory=Clock, repr=False)
    defaults: CallSettings = field(init=False, repr=False)

    def __post_init__(self) -> None:
        check_switch("allow_http", self.allow_http)
        check_switch("trust_env", self.trust_env)
        object.__setattr__(self, "base_url", check_base_url(self.base_url, allow_http=self.allow_http))
        for name in ("timeout", "connect_timeout", "total_timeout"):
            check_seconds(name, getattr(self, name), ConfigurationError)
        check_count("max_connections", self.max_connections, ConfigurationError, minimum=1)
        if self.proxy is not None:
            check_proxy(self.proxy)
        if self.ca_file is not None and self.ssl_context is not None:
            raise ConfigurationError(
                "Give ca_file or ssl_context, not both: the context already has its certificate authorities."
            )
        if self.ca_file is not None and not _path_exists(self.ca_file):
            raise ConfigurationError("ca_file does not exist. Give the path of a PEM file or of a folder of PEM files.")
        if self.ssl_context is not None:
            import ssl

            _check_type("ssl_context", self.ssl_context, ssl.SSLContext)
        _check_type("clock", self.clock, Clock)
        headers = check_headers(self.extra_headers, ConfigurationError)
        defaults = CallSettings(self.timeout, self.total_timeout, self.retry_policy.max_retries, headers)
        object.__setattr__(self, "defaults", defaults)

    def settings_for(self, options: CallOptions) -> CallSettings:
        """Return the client's settings, overridden by a call's options.

        Raises:
            InvalidArgumentError: An option is unknown or its value is invalid.
        """
        if not options:
            return self.defaults
        unknown = options.keys() - CallOptions.__optional_keys__
        if unknown:
            raise InvalidArgumentError(unknown_name_text("option", min(unknown), CallOptions.__optional_keys__))
        defaults = self.defaults
        timeout = options.get("timeout", defaults.timeout)
        total_timeout = options.get("total_timeout", defaults.total_timeout)
        max_retries = options.get("max_retries", defaults.max_retries)
        check_seconds("timeout", timeout, InvalidArgumentError)
        check_seconds("total_timeout", total_timeout, InvalidArgumentError)
        check_count("max_retries", max_retries, InvalidArgumentError)
        headers = defaults.extra_headers
        if "extra_headers" in options:
            own = check_headers(options["extra_headers"], InvalidArgumentError)
            replaced = {name for name, _ in own}
            headers = tuple(pair for pair in headers if pair[0] not in replaced) + own
        before_body: object = options.get("before_body")
        if before_body is not None and not callable(before_body):
            raise InvalidArgumentError(f"before_body must be a function, not {type(before_body).__name__}.")
        return CallSettings(timeout, total_timeout, max_retries, headers, options.get("before_body"))


def base_url_from(given: str | None) -> str:
    """Return the given base URL, or the one of the environment, or CarrierX's."""
    if given is not None:
        return given
    return os.environ.get(BASE_URL_VARIABLE) or DEFAULT_BASE_URL


def unknown_name_text(kind: str, name: str, known: frozenset[str]) -> str:
    """Return the text of an error for an unknown name, with the closest known one."""
    likely = get_close_matches(name, known, n=1)
    hint = f" Did you mean {likely[0]}?" if likely else f" Known: {', '.join(sorted(known))}."
    return f"There is no {kind} {name!r}.{hint}"


def _path_exists(path: object) -> bool:
    return isinstance(path, str | os.PathLike) and os.path.exists(cast("str | os.PathLike[str]", path))


def _check_type(name: str, value: object, wanted: type) -> None:
    if not isinstance(value, wanted):
        raise ConfigurationError(f"{name} must be a {wanted.__name__}, not {type(value).__name__}.")


def check_switch(name: str, value: object) -> None:
    """Refuse anything but True or False, because the string "false" would count as true."""
    if not isinstance(value, bool):
        raise ConfigurationError(f"{name} must be True or False, not {type(value).__name__}.")


def check_seconds(
    name: str,
    value: object,
    error: type[ConfigurationError | InvalidArgumentError],
    *,
    zero_allowed: bool = False,
) -> None:
    """Refuse anything but a finite number of seconds above 0, or 0 if allowed."""
    allowed = "0 or more" if zero_allowed else "above 0"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise error(f"{name} must be a number of seconds {allowed}, not {type(value).__name__}.")
    if not 0 <= value <= sys.float_info.max or (value == 0 and not zero_allowed):
        raise error(f"{name} must be a finite number of seconds {allowed}; it was {_shown(value)}.")


def check_count(
    name: str, value: object, error: type[ConfigurationError | InvalidArgumentError], *, minimum: int = 0
) -> None:
    """Refuse anything but an integer of at least `minimum`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise error(f"{name} must be a whole number of {minimum} or more, not {type(value).__name__}.")
    if value < minimum:
        raise error(f"{name} must be {minimum} or more; it was {_shown(value)}.")


def _shown(number: float) -> str:
    # Python refuses to convert an int of thousands of digits to a string.
    return "far outside" if abs(number) > _LONGEST_SHOWN else repr(number)


def check_headers(
    headers: object, error: type[ConfigurationError | InvalidArgumentError]
) -> tuple[tuple[str, str], ...]:
    """Check headers to add. Errors name the header, never its value."""
    if not isinstance(headers, Mapping):
        raise error(f"extra_headers must map names to strings, not {type(headers).__name__}.")
    checked: list[tuple[str, str]] = []
    for name, value in cast("Mapping[object, object]", headers).items():
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            raise error("extra_headers has a name that is not an HTTP header name (letters, digits and hyphens).")
        if name.lower() in _OWN_HEADERS:
            raise error(f"extra_headers can't set {name!r}: the client sets it itself.")
        if not isinstance(value, str) or not _HEADER_VALUE.fullmatch(value):
            raise error(f"extra_headers has a value for {name!r} that is not one line of printable ASCII.")
        checked.append((name.lower(), value))
    return tuple(checked)
