"""The options of a client, and the configuration that they become."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from carrierx.environment_log import log_as_the_environment_says
from carrierx.errors import ConfigurationError, InvalidArgumentError
from carrierx.models.validation import MessageLimits
from carrierx.options import (
    ClientConfig,
    Clock,
    CommonOptions,
    RetryPolicy,
    base_url_from,
    check_count,
    check_switch,
    unknown_name_text,
)
from carrierx.resources.messages import MediaCheckMode, MessageSettings, checked_media_check
from carrierx.resources.reconcile import LookupProof

if TYPE_CHECKING:
    import ssl
    from collections.abc import Generator, Mapping

    from carrierx.events import EventHandler, Telemetry

__all__ = ["ChangeableOptions", "ClientOptions", "changed", "configured"]


class ChangeableOptions(CommonOptions, total=False):
    """Options that `with_options` can change.

    Attributes:
        timeout: The seconds that one attempt waits for the server to read or answer. Default 30.
        total_timeout: The seconds for all attempts of a call and the waits between them. Default 60.
        max_retries: The most attempts after the first one. Default 2.
        extra_headers: Headers to add to every request.
        retry_policy: The waits between attempts, and the responses to trust. `max_retries` overrides its own.
        message_limits: The limits for messages, in case CarrierX changes one.
        default_region: The country of the numbers without `+` that you give. With `US`, ten digits are read as a US
            number without its leading 1. Any other two-letter country code needs the extra `phone`. A number that can't
            belong to the country, or can also be one with its country code, is an error, and needs a `+`. Numbers in
            CarrierX's objects are exact; but as JSON or in a DataFrame they are plain digits, and need a `+`, too. By
            default, every number needs its country code, and ten digits that can lack it are an error.
        legacy_field_names: Send `from_did` and `to_did`, for accounts that still need the old names.
        auto_reference: Add a reference to every send without `user_data`, so that you can reconcile it.
        media_check: What to do if the media of an MMS are larger than 3 MB in total: `error` (the default) doesn't send
            it, `warn` sends it with a warning, `off` doesn't measure. Measuring takes at most 5 seconds.
        on_event: A function to call with each event of the client; see `carrierx.events`.
        telemetry: Records spans and metrics: an `OpenTelemetry` of `carrierx.otel` (extra `otel`).
    """

    retry_policy: RetryPolicy
    message_limits: MessageLimits
    default_region: str | None
    legacy_field_names: bool
    auto_reference: bool
    media_check: MediaCheckMode
    on_event: EventHandler | None
    telemetry: Telemetry | None


class ClientOptions(ChangeableOptions, total=False):
    """Options of a new client.

    Attributes:
        basic_auth: User name and password instead of a token, for older accounts.
        base_url: The URL of the API; by default `CARRIERX_BASE_URL`, or else CarrierX. https, or http on this machine.
        connect_timeout: The seconds to wait for a connection. Default 5.
        max_connections: The most connections at the same time. Default 100.
        proxy: The URL of an http, https or socks5 proxy; by default the environment's.
        trust_env: Use the environment's proxy. Default True.
        ca_file: A PEM file, or a folder, of certificate authorities to trust instead of the default ones.
        ssl_context: A TLS context of your own.
        allow_http: Allow an http base URL on another machine. Tokens and texts are then sent unencrypted.
        allow_private_media: Measure media on private addresses, too. By default, only on public ones.
        clock: The clock, for tests.
    """

    basic_auth: tuple[str, str] | None
    base_url: str | None
    connect_timeout: float
    max_connections: int
    proxy: str | None
    trust_env: bool
    ca_file: str | None
    ssl_context: ssl.SSLContext | None
    allow_http: bool
    allow_private_media: bool
    clock: Clock


_MESSAGE_OPTIONS = frozenset(
    {"auto_reference", "default_region", "legacy_field_names", "media_check", "message_limits"}
)
_NOT_IN_CONFIG = _MESSAGE_OPTIONS | frozenset(
    {"allow_private_media", "base_url", "basic_auth", "max_retries", "on_event", "retry_policy", "telemetry"}
)


def configured(options: ClientOptions) -> tuple[ClientConfig, MessageSettings]:
    """Convert the options of a new client to its configuration.

    Raises:
        ConfigurationError: An option is unknown or its value is invalid.
    """
    with _emptied_after_error(options):
        log_as_the_environment_says()
        _check(options, ClientOptions.__optional_keys__)
        return (
            ClientConfig(
                base_url=base_url_from(options.get("base_url")),
                retry_policy=_policy(options, RetryPolicy()),
                **_in_config(options),
            ),
            _message_settings(options, MessageSettings(MessageLimits(), LookupProof(), LookupProof())),
        )


def changed(
    config: ClientConfig, settings: MessageSettings, options: ChangeableOptions
) -> tuple[ClientConfig, MessageSettings]:
    """Apply changed options to a client's configuration.

    Raises:
        ConfigurationError: An option is unknown, can't be changed, or its value is invalid.
    """
    with _emptied_after_error(options):
        _check(options, ChangeableOptions.__optional_keys__)
        return (
            replace(config, retry_policy=_policy(options, config.retry_policy), **_in_config(options)),
            _message_settings(options, settings),
        )


@contextmanager
def _emptied_after_error(options: ChangeableOptions) -> Generator[None]:
    """Clear the options after an error: a secret under a wrong name must not stay in a frame's variables."""
    try:
        yield
    except BaseException:
        cast("dict[str, object]", options).clear()
        raise


def _check(options: Mapping[str, object], known: frozenset[str]) -> None:
    unknown = options.keys() - known
    if unknown:
        raise ConfigurationError(unknown_name_text("option", min(unknown), known))
    check_switch("allow_private_media", options.get("allow_private_media", False))
    handler = options.get("on_event")
    if handler is not None and not callable(handler):
        raise ConfigurationError(f"on_event must be a function, not {type(handler).__name__}.")
    telemetry = options.get("telemetry")
    methods = (getattr(telemetry, "follow", None), getattr(telemetry, "headers", None))
    if telemetry is not None and (isinstance(telemetry, type) or not all(map(callable, methods))):
        what = telemetry.__name__ if isinstance(telemetry, type) else type(telemetry).__name__
        kind = "the class " if isinstance(telemetry, type) else ""
        raise ConfigurationError(f"telemetry must be an OpenTelemetry() of carrierx.otel, not {kind}{what}.")


def _in_config(options: Mapping[str, object]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in _NOT_IN_CONFIG}


def _policy(options: ChangeableOptions, present: RetryPolicy) -> RetryPolicy:
    policy: object = options.get("retry_policy", present)
    if not isinstance(policy, RetryPolicy):
        raise ConfigurationError(f"retry_policy must be a RetryPolicy, not {type(policy).__name__}.")
    if "max_retries" not in options:
        return policy
    check_count("max_retries", options["max_retries"], ConfigurationError)
    return replace(policy, max_retries=options["max_retries"])


def _message_settings(options: ChangeableOptions, present: MessageSettings) -> MessageSettings:
    limits: object = options.get("message_limits", present.limits)
    if not isinstance(limits, MessageLimits):
        raise ConfigurationError(f"message_limits must be MessageLimits(...), not {type(limits).__name__}.")
    switches = {
        name: cast("Mapping[str, object]", options).get(name, getattr(present, name))
        for name in ("auto_reference", "legacy_field_names")
    }
    for name, value in switches.items():
        check_switch(name, value)
    mode = checked_media_check(options.get("media_check", present.media_check), ConfigurationError)
    region = _default_region(options.get("default_region", present.default_region))
    return MessageSettings(
        limits,
        present.proof,
        present.record_proof,
        media_check=mode,
        default_region=region,
        **cast("dict[str, Any]", switches),
    )


def _default_region(region: object) -> str | None:
    if region is None:
        return None
    from carrierx.models.given_numbers import check_default_region

    try:
        return check_default_region(region)
    except InvalidArgumentError as error:
        raise ConfigurationError(f"default_region: {error}") from None
