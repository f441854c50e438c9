"""What to do when a send fails: two branches are enough.

A send ends in one of three ways: it was accepted, it was not sent, or nobody can tell. Only the last one needs care:
sending again could make two texts of one.

CARRIERX_TOKEN and CARRIERX_BASE_URL say where to; `carrierx emulator` prints values to try it with.
"""

from carrierx import CarrierXClient, CarrierXError, ReconcileError, UnconfirmedSendError

SENDER = "15162065575"  # for real: a number of yours with messaging enabled
RECIPIENT = "15162065574"


def send(client: CarrierXClient, text: str) -> str:
    """Send one text and say in words what became of it."""
    try:
        message = client.messages.send(from_=SENDER, to=RECIPIENT, message=text)
    except UnconfirmedSendError as error:  # it may be out there: never just send it again
        return look_up(client, error.reference)
    except CarrierXError as error:  # it was not sent
        return f"not sent, {'try again later' if error.safe_to_resend else 'fix it first'}: {error}"
    return f"accepted: {message.message_sid}"


def look_up(client: CarrierXClient, reference: str | None) -> str:
    """Find out whether an unconfirmed text went out. A service would first write the reference down."""
    if reference is None:
        return "unconfirmed, and without a reference: look at CarrierX's portal"
    try:
        message = client.messages.reconcile(reference)
    except CarrierXError as error:
        # A ReconcileError says that the look-up proves nothing; others, that it failed.
        why = "it can't be told" if isinstance(error, ReconcileError) else "the look-up failed"
        return f"unconfirmed, {why}: hold {reference} and ask a person"
    return "proven not sent: it is safe to send it again" if message is None else f"found: {message.message_sid}"


def main() -> None:
    # auto_reference gives every send a mark of its own, by which it can be looked up.
    with CarrierXClient(auto_reference=True) as client:
        print(send(client, "Hello"))
        print(send(client, ""))  # refused before a byte leaves


if __name__ == "__main__":
    main()
