"""The settings of the processes: the default times, scaled, so that their ratios are those of the real world."""

from carrierx.outbox import OutboxSettings

__all__ = ["scaled"]


def scaled(scale: float) -> OutboxSettings:
    """Return the default settings with all times multiplied.

    Args:
        scale: The factor. At 0.1, a lease lasts 3 seconds and the visibility lag is 1 second.
    """
    usual = OutboxSettings()
    return OutboxSettings(
        send_timeout=usual.send_timeout * scale,
        lease=usual.lease * scale,
        margin=usual.margin * scale,
        claim_timeout=usual.claim_timeout * scale,
        claim_horizon=usual.claim_horizon * scale,
        acceptance_delay=usual.acceptance_delay * scale,
        visibility_lag=usual.visibility_lag * scale,
        server_idle=usual.server_idle * scale,
        clock_step=usual.clock_step * scale,
        first_backoff=usual.first_backoff * scale,
        poll_interval=usual.poll_interval * scale,
        lookup_interval=usual.lookup_interval * scale,
        shutdown_wait=usual.shutdown_wait * scale,
        # Half of all sends fail, and workers are killed all the time. Usually, a person would look into it.
        max_unknown=10_000,
        max_lost_claims=100,
        canary_wait=usual.canary_wait,
    )
