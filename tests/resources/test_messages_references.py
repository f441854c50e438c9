"""References: the marks by which a send can be found again."""

from __future__ import annotations

import re
from typing import Any

import pytest

from carrierx import InvalidArgumentError, SendMessageRequest, SendOutcomeUnknownError
from tests.support.client_factory import ClientFactory
from tests.support.scripts import SMS, Script, reply


def test_a_reference_travels_in_user_data(factory: ClientFactory) -> None:
    script = Script()
    client = factory.scripted(script)
    client.send(**SMS, reference="order-17")
    client.send(SendMessageRequest(**SMS), reference="order-18")
    assert [body["user_data"] for body in script.bodies] == ["order-17", "order-18"]


def test_without_a_reference_nothing_is_marked(factory: ClientFactory) -> None:
    script = Script()
    factory.scripted(script).send(**SMS)
    assert "user_data" not in script.bodies[0]


def test_an_automatic_reference_is_new_for_every_send(factory: ClientFactory) -> None:
    script = Script()
    client = factory.scripted(script, auto_reference=True)
    client.send(**SMS)
    client.with_options(timeout=5).send(SendMessageRequest(**SMS))
    marks = [body["user_data"] for body in script.bodies]
    assert all(re.fullmatch(r"[0-9a-z-]{26}", mark) for mark in marks)
    assert len(set(marks)) == 2


def test_user_data_of_the_callers_own_goes_before_an_automatic_reference(factory: ClientFactory) -> None:
    script = Script()
    client = factory.scripted(script, auto_reference=True)
    client.send(**SMS, user_data="mine")
    client.send(SendMessageRequest(**SMS, user_data="mine too"))
    client.send(**SMS, reference="order-17")
    assert [body["user_data"] for body in script.bodies] == ["mine", "mine too", "order-17"]


def test_a_reference_and_user_data_together_are_refused(factory: ClientFactory) -> None:
    script = Script()
    client, given = factory.scripted(script), {**SMS, "user_data": "mine"}
    with pytest.raises(InvalidArgumentError, match="reference or user_data, not both"):
        client.send(**given, reference="order-17")
    with pytest.raises(InvalidArgumentError, match="reference or user_data, not both"):
        client.send(SendMessageRequest.model_validate(given), reference="order-17")
    assert script.requests == []


@pytest.mark.parametrize("reference", ["", "  ", 17, "line\nend", 'a "quoted" one', "it's", "\ud800"], ids=repr)
def test_a_reference_that_could_not_be_looked_up_is_refused(factory: ClientFactory, reference: Any) -> None:
    script = Script()
    with pytest.raises(InvalidArgumentError, match="reference"):
        factory.scripted(script).send(**SMS, reference=reference)
    assert script.requests == []


def test_an_unconfirmed_send_gives_its_reference_back(factory: ClientFactory) -> None:
    script = Script(reply(500))
    client = factory.scripted(script)
    with pytest.raises(SendOutcomeUnknownError) as given:
        client.send(**SMS, reference="order-17")
    with pytest.raises(SendOutcomeUnknownError) as made:
        client.with_options(auto_reference=True).send(**SMS)
    assert [given.value.reference, made.value.reference] == [body["user_data"] for body in script.bodies]


def test_user_data_is_no_reference(factory: ClientFactory) -> None:
    with pytest.raises(SendOutcomeUnknownError) as caught:
        factory.scripted([reply(500)]).send(**SMS, user_data="mine")
    assert caught.value.reference is None
