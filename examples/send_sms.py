"""Send one text and wait until it is delivered.

To try it without an account, run `carrierx emulator` in another terminal and set the two variables that it prints,
CARRIERX_TOKEN and CARRIERX_BASE_URL. To send a real text, set only CARRIERX_TOKEN and change the numbers.
"""

from carrierx import CarrierXClient

SENDER = "15162065575"  # for real texts, use your number with messaging enabled
RECIPIENT = "15162065574"


def main() -> None:
    with CarrierXClient() as client:
        message = client.messages.send(from_=SENDER, to=RECIPIENT, message="Hello from Python")
        print("accepted:", message.message_sid, message.status)

        # This reads the message until it is delivered, for at most 30 seconds.
        message = client.messages.wait(message.message_sid, until="delivered", within=30)
        print("now:", message.status, "for", message.price, "USD")


if __name__ == "__main__":
    main()
