# ruff: noqa: T201 - it answers on its standard output
"""An emulator that fails half of all sends: `python -m tests.outbox.processes.emulator_process SCALE SEED SHARE`.

SHARE is the share of these faults that happen, such as 0.2 for a tenth of all sends.

It prints its base URL. Then it answers each line that it reads: `counts` with the number of messages by reference,
`faults` with the number of faults, and `clear`, after which nothing fails any more.
"""

import json
import random
import sys
import threading
from collections import Counter
from datetime import timedelta

from carrierx.emulator import Emulator, EmulatorConfig, serve
from carrierx.emulator.faults.kinds import FaultWhere
from carrierx.emulator.faults.proxy import FaultProxy
from tests.outbox.processes.settings import scaled


def add_faults(emulator: Emulator, late: float, seed: int, share: float) -> None:
    """Let half of all sends fail, and some lookups.

    Args:
        emulator: The emulator.
        late: Seconds after which nobody waits for a response any more.
        seed: The seed of the random numbers.
        share: The share of the faults that happen.
    """

    def with_probability(probability: float, number: int, method: str = "POST") -> FaultWhere:
        return {"path": "/sms/messages", "method": method, "probability": probability * share, "seed": seed + number}

    faults = emulator.faults
    # The first rule that applies counts. Delays apply in addition.
    faults.lose_answer(**with_probability(0.15, 0))
    faults.answer(503, **with_probability(0.12, 1))
    faults.answer(500, **with_probability(0.10, 2))
    faults.truncate_answer(**with_probability(0.06, 3))
    faults.garble_answer(**with_probability(0.05, 4))
    faults.delay(late, **with_probability(0.05, 5))
    faults.delay(late / 10, **with_probability(0.15, 6))
    faults.answer(503, **with_probability(0.03, 7, "GET"))


def disturb(proxy: FaultProxy, ending: threading.Event, scale: float, seed: int) -> None:
    """Reset connections now and then, at each place where that makes a difference."""
    numbers = random.Random(seed)
    while not ending.wait(numbers.uniform(2, 10) * scale):
        match numbers.randrange(4):
            case 0:
                proxy.reset_in_request(20, times=2)
            case 1:
                proxy.reset_in_answer(10, times=2)
            case 2:
                proxy.close_after_reading(forward=True, times=2)
            case _:
                proxy.reset_on_accept(times=1)


def main(scale: float, seed: int, share: float) -> None:
    """Serve until the standard input ends."""
    settings = scaled(scale)
    emulator = Emulator(EmulatorConfig(visibility_lag=timedelta(seconds=settings.visibility_lag)))
    ending = threading.Event()
    with emulator, serve(emulator) as running, FaultProxy(running.base_url) as proxy:
        add_faults(emulator, settings.send_timeout * 1.2, seed, share)
        resets = threading.Thread(target=disturb, args=(proxy, ending, scale / share, seed), daemon=True)
        resets.start()
        print(proxy.base_url, flush=True)
        for line in sys.stdin:
            answer: dict[str, int] = {}
            match line.strip():
                case "counts":
                    answer = Counter(str(each["user_data"]) for each in emulator.messages)
                case "faults":
                    for rule in emulator.faults.rules:
                        kind = f"{rule.method} {rule.kind}"
                        answer[kind] = answer.get(kind, 0) + rule.hits
                    answer |= {f"proxy {fault}": hits for fault, hits in proxy.counts.hits.items()}
                case "clear":
                    ending.set()
                    resets.join()
                    emulator.faults.clear()
                    proxy.pass_on()
                case _:
                    pass
            print(json.dumps(answer), flush=True)
        ending.set()


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
