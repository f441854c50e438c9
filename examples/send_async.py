"""Send several texts concurrently with asyncio.

Set CARRIERX_TOKEN and CARRIERX_BASE_URL. `carrierx emulator` prints values to try it with.
"""

import asyncio

from carrierx import AsyncCarrierXClient, CarrierXError

SENDER = "15162065575"  # for real texts, use your number with messaging enabled
RECIPIENT = "15162065574"
TEXTS = ["Your order is packed.", "Your order is on its way.", "Your order is there."]


async def main() -> None:
    async with AsyncCarrierXClient() as client:
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


if __name__ == "__main__":
    asyncio.run(main())
