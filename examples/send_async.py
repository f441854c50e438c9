"""Send several texts concurrently with asyncio.

    python examples/send_async.py

The texts go to an emulator in this process, so you need no account and nobody gets them. To send real texts, set
CARRIERX_TOKEN, change the numbers, and create the client with `AsyncCarrierXClient()`.
"""

import asyncio

from carrierx import AsyncCarrierXClient, CarrierXError
from carrierx.emulator import DEMO_TOKEN, Emulator, serve

SENDER = "15162065575"  # for real texts, use your number with messaging enabled
RECIPIENT = "15162065574"
TEXTS = ["Your order is packed.", "Your order is on its way.", "Your order is there."]


async def main(client: AsyncCarrierXClient) -> None:
    sends = [client.messages.send(from_=SENDER, to=RECIPIENT, message=text) for text in TEXTS]
    # Not a TaskGroup: if one send fails, it cancels the others, and a cancelled text may have been sent.
    results = await asyncio.gather(*sends, return_exceptions=True)

    for text, result in zip(TEXTS, results, strict=True):
        if isinstance(result, CarrierXError):
            print("see handle_errors.py:", text, "-", result)
        elif isinstance(result, BaseException):
            raise result
        else:
            print("accepted:", text, "-", result.message_sid)


async def with_emulator() -> None:
    with Emulator() as emulator, serve(emulator) as running:
        async with AsyncCarrierXClient(DEMO_TOKEN, base_url=running.base_url) as client:
            await main(client)


if __name__ == "__main__":
    asyncio.run(with_emulator())
