"""Handle a failed send: two branches are enough.

    python examples/handle_errors.py

A send has one of three results: the message was accepted, it was not sent, or the result is unknown. Only the last one
needs care, because a resend could deliver the text twice.

The texts go to an emulator in this process, which also loses a response on purpose. To send real texts, set
CARRIERX_TOKEN, change the numbers, and create the client with `CarrierXClient(auto_reference=True)`.
"""

from carrierx import CarrierXClient, CarrierXError, ReconcileError, UnconfirmedSendError
from carrierx.emulator import DEMO_TOKEN, Emulator, serve

SENDER = "15162065575"  # for real texts, use your number with messaging enabled
RECIPIENT = "15162065574"


def send(client: CarrierXClient, text: str) -> str:
    """Send one text and return a description of the result."""
    try:
        message = client.messages.send(from_=SENDER, to=RECIPIENT, message=text)
    except UnconfirmedSendError as error:  # it may have been sent: don't resend it blindly
        return look_up(client, error.reference)
    except CarrierXError as error:  # it was not sent
        return f"not sent, {'try again later' if error.safe_to_resend else 'fix it first'}: {error}"
    return f"accepted: {message.message_sid}"


def look_up(client: CarrierXClient, reference: str | None) -> str:
    """Find out whether an unconfirmed text was sent. A service should store the reference first."""
    if reference is None:
        return "unconfirmed, without a reference: check CarrierX's portal"
    try:
        message = client.messages.reconcile(reference)
    except CarrierXError as error:
        # ReconcileError means that the lookup was inconclusive. Other errors mean that it failed.
        why = "the lookup was inconclusive" if isinstance(error, ReconcileError) else "the lookup failed"
        return f"unconfirmed, {why}: don't resend {reference}, check it by hand"
    return "proven not sent: you can resend it" if message is None else f"found: {message.message_sid}"


def main(client: CarrierXClient, emulator: Emulator) -> None:
    print(send(client, "Hello"))

    emulator.faults.lose_answer(method="POST", times=1)
    print(send(client, "Hello again"))  # the emulator accepts it, but its response gets lost

    print(send(client, ""))  # refused before anything is sent


if __name__ == "__main__":
    with (
        Emulator() as demo_emulator,
        serve(demo_emulator) as running,
        # auto_reference adds a unique reference to every send, by which you can look it up.
        CarrierXClient(DEMO_TOKEN, base_url=running.base_url, auto_reference=True) as demo_client,
    ):
        main(demo_client, demo_emulator)
