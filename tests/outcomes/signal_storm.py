"""A process whose signal handler raises at any moment of many sends. In the process of a test it would leave traces."""

import json
import random
import signal
import sys
from collections import Counter
from types import FrameType

import httpx

from carrierx import CarrierXClient, CarrierXError, Outcome, RetryPolicy
from tests.outcomes.ways import FROM, TO, TOKEN
from tests.support.fault_server import FaultServer

SENDS = 400
RAISED: dict[str, type[BaseException]] = {
    "ValueError": ValueError,
    "TimeoutError": TimeoutError,
    "KeyboardInterrupt": KeyboardInterrupt,
}


def main(raised: type[BaseException]) -> None:
    """Send, with a signal during each send; compare what was said of each with what the server read."""
    rng, armed, told = random.Random(23), [False], dict[int, Outcome | None]()

    def handle(number: int, frame: FrameType | None) -> None:
        if armed[0]:
            armed[0] = False
            raise raised

    signal.signal(signal.SIGALRM, handle)
    policy = RetryPolicy(max_retries=2, first_wait=0.0)
    with FaultServer() as server:
        with CarrierXClient(
            TOKEN, base_url=server.base_url, retry_policy=policy, timeout=2.0, max_connections=2
        ) as client:
            for number in range(SENDS):
                try:
                    armed[0] = True
                    signal.setitimer(signal.ITIMER_REAL, rng.uniform(0.00005, 0.004))
                    client.messages.send(from_=FROM, to=TO, message=f"Text {number}")
                    told[number] = Outcome.ACCEPTED
                except CarrierXError as error:
                    told[number] = error.outcome
                except (KeyboardInterrupt, OSError, ValueError, httpx.InvalidURL):
                    told[number] = None
                armed[0] = False
                signal.setitimer(signal.ITIMER_REAL, 0.0)
            client.messages.send(from_=FROM, to=TO, message="And one more")
        server.settle()
        read = Counter(json.loads(request.body)["message"] for request in server.requests)
    for number, outcome in told.items():
        times = read[f"Text {number}"]
        if times > 1 or (outcome is Outcome.NOT_SENT and times) or (outcome is Outcome.ACCEPTED and not times):
            sys.exit(f"send {number} was called {outcome}, and the server read {times} of it")
    if set(told.values()) == {Outcome.ACCEPTED}:
        sys.exit("no signal ever met a send")
    print("nothing too much was said")  # noqa: T201


if __name__ == "__main__":
    main(RAISED[sys.argv[1]])
