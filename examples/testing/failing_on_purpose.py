"""Test that fails, to show the output.

    pytest examples/testing/failing_on_purpose.py

The name has no `test_` prefix, so pytest runs the file only if you name it.
"""

from carrierx import CarrierXClient
from carrierx.testing import EmulatorForTests, assert_sent


def test_guests_are_told_when(carrierx_emulator: EmulatorForTests, carrierx_client: CarrierXClient) -> None:
    carrierx_client.messages.send(from_="15162065575", to="15162065574", message="Your table is ready at 7.")
    carrierx_client.messages.send(from_="15162065575", to="15162065570", message="Sorry, we are full at 8.")

    assert_sent(carrierx_emulator, to="15162065574", containing="at 8")
