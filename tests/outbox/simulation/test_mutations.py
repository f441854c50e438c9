"""The simulation notices each rule that is broken. So if it notices nothing, then the rules hold."""

import pytest

from tests.outbox.simulation.harness import simulate
from tests.outbox.simulation.mutations import MUTATIONS, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_broken_rule_is_noticed(mutation: Mutation) -> None:
    with mutation.applied():
        runs = (simulate(seed, mutation.worker_class, mutation.prepare) for seed in range(mutation.seeds))
        noticed = next((result for result in runs if result.violations), None)

    assert noticed is not None
