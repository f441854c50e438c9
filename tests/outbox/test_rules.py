"""The rules by themselves: times, fence, clocks, slots."""

from dataclasses import fields

import pytest

from carrierx import ConfigurationError, SendFencedError
from carrierx.errors import Outcome
from carrierx.outbox import OutboxSettings, State, UnknownKind, rules
from carrierx.outbox.clock import SystemClock
from carrierx.outbox.pace import free_after_release, next_slot
from carrierx.outbox.ports import Reading, Unknown

SETTINGS = OutboxSettings()
START = 1_800_000_000.0


class TwoClocks:
    """Both clocks of a machine, to be turned one by one."""

    def __init__(self) -> None:
        self.boot_now, self.wall_now = 100.0, START

    def boot(self) -> float:
        return self.boot_now

    def wall(self) -> float:
        return self.wall_now


def unknown(kind: UnknownKind = UnknownKind.REPORTED, **changes: object) -> Unknown:
    row = Unknown(1, "a", "reference", "token", START, START, kind, 0, 0, None)
    return row._replace(**changes)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


class TestSettings:
    def test_the_times_of_the_documentation(self) -> None:
        assert SETTINGS.sendable_for == 13.0
        assert SETTINGS.absent_after_report == 35.0
        assert SETTINGS.absent_after_lease == 78.0

    def test_a_lease_that_is_too_short_names_what_it_must_hold(self) -> None:
        with pytest.raises(ConfigurationError, match=r"lease is 20 s, and must be at least 22\.5 s") as caught:
            OutboxSettings(lease=20)
        for part in ("claim_horizon (0.5)", "claim_timeout (5)", "send_timeout (15)", "margin (2)"):
            assert part in str(caught.value)

    def test_absence_without_a_canary_must_wait_for_everything_else(self) -> None:
        OutboxSettings(absence_without_canary=78)
        with pytest.raises(ConfigurationError, match="absence_without_canary is 60 s, and must be at least 78 s"):
            OutboxSettings(absence_without_canary=60)

    def test_a_server_that_closes_early_shortens_nothing_below_the_network(self) -> None:
        assert OutboxSettings(server_idle=1).absent_after_lease == 35.0

    @pytest.mark.parametrize("name", [field.name for field in fields(OutboxSettings)])
    @pytest.mark.parametrize("value", [-1, "5", float("inf"), float("nan")])
    def test_each_value_is_checked(self, name: str, value: object) -> None:
        with pytest.raises(ConfigurationError, match=name):
            OutboxSettings(**{name: value})  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


class TestElapsed:
    def test_a_machine_that_sleeps(self) -> None:
        clock = TwoClocks()
        since = rules.reading(clock)
        clock.boot_now += 50
        assert rules.elapsed(clock, since) == 50

    def test_a_virtual_machine_that_is_paused(self) -> None:
        clock = TwoClocks()
        since = rules.reading(clock)
        clock.wall_now += 50
        assert rules.elapsed(clock, since) == 50

    def test_a_wall_clock_that_is_set_back(self) -> None:
        clock = TwoClocks()
        since = rules.reading(clock)
        clock.boot_now += 50
        clock.wall_now -= 3600
        assert rules.elapsed(clock, since) == 50

    def test_the_clocks_of_this_machine_go_on(self) -> None:
        clock = SystemClock()
        since = rules.reading(clock)
        assert rules.elapsed(clock, since) >= 0
        assert clock.wall() > START - 10**9


class TestFence:
    def fence(self, clock: TwoClocks, slot_ends: float | None = None, expires_in: float | None = None) -> rules.Fence:
        return rules.Fence(SETTINGS, clock, Reading(100.0, START), slot_ends, expires_in)

    def test_in_time(self) -> None:
        fence = self.fence(TwoClocks())
        assert not fence.passed
        fence()
        assert fence.passed

    @pytest.mark.parametrize(
        ("seconds", "slot_ends", "expires_in", "said"),
        [
            (13.1, None, None, "lease: 13.1 s"),
            (0.7, 0.6, None, "slot: missed by 0.100 s"),
            (5.0, None, 5.0, "expired"),
        ],
    )
    def test_too_late(self, seconds: float, slot_ends: float | None, expires_in: float | None, said: str) -> None:
        clock = TwoClocks()
        fence = self.fence(clock, slot_ends, expires_in)
        clock.boot_now += seconds

        with pytest.raises(SendFencedError, match=said) as caught:
            fence()
        assert not fence.passed
        assert caught.value.outcome is Outcome.NOT_SENT
        assert caught.value.safe_to_resend

    def test_just_in_time(self) -> None:
        clock = TwoClocks()
        fence = self.fence(clock, 13.0, 13.5)
        clock.boot_now += 13.0
        fence()


class TestAbsence:
    def proven(self, row: Unknown, after: float, seen_after: float, settings: OutboxSettings = SETTINGS) -> bool:
        return rules.absence_is_proven(settings, row, row.unknown_at + after, row.unknown_at + seen_after)

    def test_after_a_report(self) -> None:
        # The canary's time and the message's may be on different sides of a step of the clock, so 5 s are added.
        assert self.proven(unknown(), 35.0, 25.0)
        assert not self.proven(unknown(), 34.9, 25.0)
        assert not self.proven(unknown(), 35.0, 24.9)
        assert not self.proven(unknown(), 3600.0, -5.0)

    @pytest.mark.parametrize("kind", [UnknownKind.LEASE, UnknownKind.RECOVERY])
    def test_after_a_lease(self, kind: UnknownKind) -> None:
        # A stopped worker can write the rest of its request 43 s after its lease, and the network delays it by 20 s.
        assert self.proven(unknown(kind), 78.0, 68.0)
        assert not self.proven(unknown(kind), 77.9, 68.0)
        assert not self.proven(unknown(kind), 78.0, 67.9)

    def test_without_a_canary(self) -> None:
        settings = OutboxSettings(absence_without_canary=600)
        assert self.proven(unknown(), 600.0, -5.0, settings)
        assert not self.proven(unknown(), 599.0, -5.0, settings)
        assert self.proven(unknown(), 35.0, 25.0, settings)

    @pytest.mark.parametrize(
        ("lost_claims", "expires_at", "state"),
        [
            (0, None, State.QUEUED),
            (2, None, State.QUEUED),
            (3, None, State.REVIEW),
            (3, START + 5, State.REVIEW),
            (0, START, State.EXPIRED),
            (3, START, State.EXPIRED),
        ],
    )
    def test_what_becomes_of_it(self, lost_claims: int, expires_at: float | None, state: State) -> None:
        assert rules.state_after_absence(SETTINGS, lost_claims, expires_at, START) is state

    @pytest.mark.parametrize(
        ("created", "ours"), [(None, True), (START, True), (START - 299, True), (START - 301, False)]
    )
    def test_what_is_older_than_the_first_attempt_is_not_ours(self, created: float | None, ours: bool) -> None:
        assert rules.is_ours(SETTINGS, unknown(), created) is ours

    def test_the_lookups_come_just_when_absence_counts(self) -> None:
        row = unknown()
        assert rules.next_look(SETTINGS, row, START) == 5.0
        assert rules.next_look(SETTINGS, row, START + 33.0) == 2.0
        assert rules.next_look(SETTINGS, row, START + 40.0) == 5.0
        assert rules.next_look(SETTINGS, unknown(UnknownKind.RECOVERY), START) == 78.0
        assert rules.next_look(SETTINGS, unknown(looks=50), START + 40.0) == 60.0


class TestClockWatch:
    def test_a_clock_that_goes_on(self) -> None:
        clock = TwoClocks()
        watch = rules.ClockWatch(SETTINGS, clock)
        assert watch.jump(START) == 0.0
        clock.boot_now += 100
        assert watch.jump(START + 104) == 0.0
        assert not watch.forbids(unknown(), START + 104, START + 104)

    def test_a_clock_that_jumps_ahead(self) -> None:
        clock = TwoClocks()
        watch = rules.ClockWatch(SETTINGS, clock)
        watch.jump(START)
        clock.boot_now += 1
        assert watch.jump(START + 3601) == 3600.0

        # A message from before is only proven absent by what was sent and accepted when its true time was over.
        assert watch.forbids(unknown(), START + 3601 + 107, START + 3601 + 107)
        assert watch.forbids(unknown(), START + 3601 + 108, START + 3601 + 107)
        assert not watch.forbids(unknown(), START + 3601 + 108, START + 3601 + 108)
        assert not watch.forbids(unknown(), START + 3601 + 108, None)
        assert not watch.forbids(unknown(unknown_at=START + 3650), START + 3700, START + 3700)

    def test_a_clock_that_is_set_back(self) -> None:
        clock = TwoClocks()
        watch = rules.ClockWatch(SETTINGS, clock)
        watch.jump(START)
        clock.boot_now += 1
        assert watch.jump(START - 3599) == -3600.0
        assert not watch.forbids(unknown(), START, START)  # its times lie in the future, so it waits anyway


class TestBackoff:
    def test_it_doubles_up_to_a_maximum(self) -> None:
        waits = [rules.backoff(SETTINGS, attempt) for attempt in (1, 2, 3, 9, 10, 10_000)]
        assert waits == [1.0, 2.0, 4.0, 256.0, 300.0, 300.0]


class TestPace:
    def test_slots_in_the_past_are_lost(self) -> None:
        assert next_slot(100.0, 50.0, 10.0) == (100.0, 100.1)
        assert next_slot(100.0, 100.3, 10.0).next_at == pytest.approx(100.4)

    def test_without_a_rate_there_is_always_one(self) -> None:
        assert next_slot(100.0, 0.0, None) == (100.0, 100.0)

    def test_only_the_last_slot_comes_back(self) -> None:
        assert free_after_release(100.0, 100.1, 10.0) == 100.0
        assert free_after_release(100.0, 100.2, 10.0) == 100.2
        assert free_after_release(100.0, 100.0, None) == 100.0
