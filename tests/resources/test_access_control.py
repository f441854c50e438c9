"""The access control lists that apply to messages: with both clients, over sockets and as they are asked for."""

from __future__ import annotations

from typing import Any

import pytest

from carrierx import AclAction, Direction, InvalidArgumentError, NotFoundError, PermissionDeniedError
from carrierx.emulator import DEMO_TOKEN, Credential, Emulator, EmulatorConfig, serve
from tests.resources.helpers import Resource, answer, scripted, wire
from tests.support.client_factory import ClientFactory

PATH = "/accesscontrol/effective_acl/sms"


def test_those_of_the_account_are_read(factory: ClientFactory, emulator: Emulator) -> None:
    with serve(emulator) as served:
        access_control = Resource(factory, factory.at(served.base_url), "access_control")
        [layer] = access_control.effective_sms_acls()
        [acl] = layer.effective_acls

        assert layer.layer == 1
        assert (acl.direction, acl.sms_action_true, acl.sms_action_false) == (
            Direction.OUTBOUND,
            AclAction.ACCEPT,
            None,
        )
        assert len(acl.access_control_rules) == 1
        sid = emulator.config.partner_sid
        assert list(access_control.effective_sms_acls(direction="outbound", partner_sid=sid)) == [layer]
        assert list(access_control.effective_sms_acls(direction="inbound")) == []
        with pytest.raises(NotFoundError):
            access_control.effective_sms_acls(partner_sid="ed437757")


def test_a_missing_scope_is_named(factory: ClientFactory) -> None:
    credential = Credential.bearer(DEMO_TOKEN, scopes=["sms.manage"])
    with Emulator(EmulatorConfig(credentials=(credential,))) as emulator, serve(emulator) as served:
        access_control = Resource(factory, factory.at(served.base_url), "access_control")
        with pytest.raises(PermissionDeniedError, match=r"accesscontrol\.read"):
            access_control.effective_sms_acls()


def test_only_what_was_given_is_asked_for(factory: ClientFactory) -> None:
    access_control, script = scripted(factory, "access_control", answer("effective_acl_sms_response"))

    access_control.effective_sms_acls()
    access_control.effective_sms_acls(direction=Direction.ANY, partner_sid="ed437757")

    assert wire(script) == [
        ("GET", PATH, {}, None),
        ("GET", PATH, {"direction": "any", "partner_sid": "ed437757"}, None),
    ]


@pytest.mark.parametrize("given", [{"direction": "sideways"}, {"direction": 5}, {"partner_sid": ""}], ids=repr)
def test_what_can_not_be_asked_for_is_refused(factory: ClientFactory, given: dict[str, Any]) -> None:
    access_control, script = scripted(factory, "access_control", answer("effective_acl_sms_response"))

    with pytest.raises(InvalidArgumentError, match=next(iter(given))):
        access_control.effective_sms_acls(**given)
    assert script.requests == []
