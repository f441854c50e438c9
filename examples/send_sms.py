"""Send one text and follow it until it is delivered.

To try it without an account, run `carrierx emulator` in another terminal and set the two variables that it prints,
CARRIERX_TOKEN and CARRIERX_BASE_URL. To send for real, set only CARRIERX_TOKEN, and change the numbers.
"""

from carrierx import CarrierXClient

SENDER = "15162065575"  # for real: a number of yours with messaging enabled
RECIPIENT = "15162065574"


def main() -> None:
    with CarrierXClient() as client:
        message = client.messages.send(from_=SENDER, to=RECIPIENT, message="Hello from Python")
        print("accepted:", message.message_sid, message.status)

        # It is read again and again until it is delivered, or until 30 seconds have passed.
        message = client.messages.wait(message.message_sid, until="delivered", within=30)
        print("now:", message.status, "for", message.price, "USD")


if __name__ == "__main__":
    main()
