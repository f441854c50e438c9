"""Send one text and wait until it is delivered.

    python examples/send_sms.py

The text goes to an emulator in this process, so you need no account and nobody gets it. To send a real text, set
CARRIERX_TOKEN, change the numbers, and create the client with `CarrierXClient()`.
"""

from carrierx import CarrierXClient
from carrierx.emulator import DEMO_TOKEN, Emulator, serve

SENDER = "15162065575"  # for real texts, use your number with messaging enabled
RECIPIENT = "15162065574"


def main(client: CarrierXClient) -> None:
    message = client.messages.send(from_=SENDER, to=RECIPIENT, message="Hello from Python")
    print("accepted:", message.message_sid, message.status)

    # This reads the message until it is delivered, for at most 30 seconds.
    message = client.messages.wait(message.message_sid, until="delivered", within=30)
    print("now:", message.status, "for", message.price, "USD")


if __name__ == "__main__":
    with (
        Emulator() as emulator,
        serve(emulator) as running,
        CarrierXClient(DEMO_TOKEN, base_url=running.base_url) as demo_client,
    ):
        main(demo_client)
