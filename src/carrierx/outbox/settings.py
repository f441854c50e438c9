"""The settings of an outbox: its times, and the rule that they must obey."""

from __future__ import annotations

from dataclasses import dataclass, fields

from carrierx.errors import ConfigurationError
from carrierx.options import check_count, check_seconds, check_switch

__all__ = ["OutboxSettings"]

_COUNTS = {"max_unknown": 1, "max_lost_claims": 1}
_SWITCHES = ("recover_automatically",)
_MAY_BE_ZERO = ("visibility_lag", "clock_step", "slot_grace", "claim_horizon", "clock_tolerance", "recovery_window")


@dataclass(frozen=True, slots=True)
class OutboxSettings:
    """The times and limits of an outbox, in seconds.

    A text is sent at most once as long as four assumptions hold: `acceptance_delay`, `visibility_lag`, `server_idle`
    and `clock_step` are at least what CarrierX, the network and the database need. If you are in doubt, raise them: it
    only makes unknown messages wait longer.

    Attributes:
        send_timeout: The most seconds that one send may take, with all of its steps.
        lease: The seconds that a worker holds a message. After that, nobody knows whether the message was sent, and
            it is looked up. It must be at least `claim_horizon + claim_timeout + send_timeout + margin`.
        margin: The seconds between the end of a send and the end of its lease, for clocks that don't agree.
        claim_timeout: The seconds that a claim may take. A worker whose claim took longer sends less, not later.
        claim_horizon: How many seconds ahead a worker may reserve a time slot. A message with a high priority waits at
            most this long behind messages that were claimed before it.
        slot_grace: The seconds by which a send may miss its time slot. A message that misses it is queued again.
        acceptance_delay: How long after the end of a send CarrierX may still accept it, because it was delayed in the
            network or in a queue at CarrierX.
        visibility_lag: How long after it was accepted a message may be missing in lookups.
        server_idle: How long CarrierX keeps a connection open on which only part of a request arrived.
        clock_step: How far the clock of the database's machine may jump.
        clock_tolerance: How far CarrierX's clock and the database's may differ. It only decides whether a message that
            was found can be this one.
        canary_wait: How long an unknown message waits for the proof that lookups work: an accepted message, sent
            later, that is found. After that, a person must decide.
        absence_without_canary: The seconds after which an unknown message that isn't found counts as absent even
            without that proof. For an outbox that sends so rarely that the proof never comes. None, the default, never
            takes that risk.
        max_unknown: The number of unknown messages above which a worker stops claiming, because sends don't work. Once
            the absence of all of them would count, it sends one message at a time, which can be the missing proof.
        max_lost_claims: How many claims of one message may end without any result. After that, a person must decide:
            something about this message kills the worker.
        first_backoff: The seconds before a message that was proven not sent is tried again. They double each time.
        max_backoff: The most of those seconds.
        poll_interval: The seconds between two looks at an empty outbox.
        lookup_interval: The seconds between two lookups of one message.
        shutdown_wait: How long a worker that shuts down keeps trying to write a result.
        recover_automatically: Call `recover` if the database is another one than before. Otherwise the outbox stops
            claiming until you do.

        recovery_window: For how long after a recovery a message that is added is looked up before it is sent. The
            database may have lost it, and it may have been sent. In the first two minutes or so, such messages wait.
            After that, each of them costs one lookup. With 0, they are sent immediately, and a key that was lost and
            is added again sends a second text.

    Raises:
        ConfigurationError: A value is out of range, or the lease is too short for the rest.

    Example:
        >>> OutboxSettings(lease=60, send_timeout=30).absent_after_report
        35.0
    """

    send_timeout: float = 15.0
    lease: float = 30.0
    margin: float = 2.0
    claim_timeout: float = 5.0
    claim_horizon: float = 0.5
    slot_grace: float = 0.1
    acceptance_delay: float = 20.0
    visibility_lag: float = 10.0
    server_idle: float = 60.0
    clock_step: float = 5.0
    clock_tolerance: float = 300.0
    canary_wait: float = 3600.0
    absence_without_canary: float | None = None
    max_unknown: int = 50
    max_lost_claims: int = 3
    first_backoff: float = 1.0
    max_backoff: float = 300.0
    poll_interval: float = 0.25
    lookup_interval: float = 5.0
    shutdown_wait: float = 20.0
    recover_automatically: bool = False
    recovery_window: float = 86400.0

    def __post_init__(self) -> None:
        for field in fields(self):
            name, value = field.name, getattr(self, field.name)
            if name in _COUNTS:
                check_count(name, value, ConfigurationError, minimum=_COUNTS[name])
            elif name in _SWITCHES:
                check_switch(name, value)
            elif value is not None or name != "absence_without_canary":
                check_seconds(name, value, ConfigurationError, zero_allowed=name in _MAY_BE_ZERO)
        needed = self.claim_horizon + self.claim_timeout + self.send_timeout + self.margin
        if self.lease < needed:
            raise ConfigurationError(
                f"lease is {self.lease:g} s, and must be at least {needed:g} s: claim_horizon ({self.claim_horizon:g}) "
                f"+ claim_timeout ({self.claim_timeout:g}) + send_timeout ({self.send_timeout:g}) + margin "
                f"({self.margin:g}). A shorter lease would expire while a message is being sent."
            )
        least = max(self.absent_after_report, self.absent_after_lease)
        without = self.absence_without_canary
        if without is not None and without < least:
            raise ConfigurationError(
                f"absence_without_canary is {without:g} s, and must be at least {least:g} s: the time in which "
                "CarrierX may still accept and show a message, from acceptance_delay, visibility_lag, server_idle and "
                "clock_step."
            )

    @property
    def sendable_for(self) -> float:
        """Seconds after the start of a claim in which the body of a send may start."""
        return self.lease - self.send_timeout - self.margin

    @property
    def accepted_until_after_report(self) -> float:
        """Seconds after an unknown outcome was reported in which CarrierX may still accept the message."""
        return self.acceptance_delay

    @property
    def accepted_until_after_lease(self) -> float:
        """Seconds after a lease expired in which CarrierX may still accept the message.

        The worker may have been stopped between its last check and the first byte of the body. It then writes the body
        when it continues, and CarrierX accepts it if the connection is still open.
        """
        half_sent = self.server_idle - self.send_timeout - self.margin
        return max(half_sent, 0.0) + self.acceptance_delay

    @property
    def accepted_until_after_claim(self) -> float:
        """Seconds after a claim in which CarrierX may accept the message, if there is no result."""
        return self.lease + self.accepted_until_after_lease

    @property
    def absent_after_report(self) -> float:
        """Seconds after an unknown outcome was reported from which finding nothing can prove that it was not sent."""
        return self.accepted_until_after_report + self.visibility_lag + self.clock_step

    @property
    def absent_after_lease(self) -> float:
        """Seconds after a lease expired from which finding nothing can prove that it was not sent."""
        return self.accepted_until_after_lease + self.visibility_lag + self.clock_step
