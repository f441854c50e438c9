"""Accounts, and changing one callback without losing the others."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from carrierx import APIError, InvalidArgumentError, ResponseError, where
from carrierx.models.partner import PaymentType
from tests.resources.helpers import answer, scripted, wire
from tests.support.client_factory import ClientFactory
from tests.support.samples import sampled
from tests.support.scripts import broken, page, reply

SID = "ed437757-002d-4ecc-aa5a-efdf5e50dba0"
URL = "https://example.com/sms"
OTHERS = {"phonenumber_order": "https://example.com/orders", "app_mediator": None, "new": {"nested": [1]}}


def test_accounts_are_listed_and_gone_through(factory: ClientFactory) -> None:
    account = sampled("partner_get_response")
    partners, script = scripted(factory, "partners", page(account), page(account, has_more=True), page(account))

    assert partners.list(limit=5, filter=where("status").eq("active"))[0].partner_sid == SID
    assert len(list(partners.iterate(page_size=1, max_items=2))) == 2

    assert wire(script) == [
        ("GET", "/partners", {"limit": "5", "filter": 'status eq "active"'}, None),
        ("GET", "/partners", {"limit": "1"}, None),
        ("GET", "/partners", {"limit": "1", "offset": "1"}, None),
    ]


def test_an_account_is_read(factory: ClientFactory) -> None:
    partners, script = scripted(factory, "partners", answer("partner_get_response"))

    account = partners.get(SID)

    assert wire(script) == [("GET", f"/partners/{SID}", {}, None)]
    assert (account.balance, account.daily_spending_limit) == (Decimal("351.52"), Decimal("500"))
    assert (account.payment_type, account.callbacks) == (PaymentType.PREPAY, {})
    assert account.parent_assigned_acls[0]["sms_action_true"] == "accept"


@pytest.mark.parametrize(
    ("callbacks", "found"), [({"sms": URL}, URL), ({"sms": None}, None), ({"app": URL}, None), ({}, None), (None, None)]
)
def test_the_callback_is_read(factory: ClientFactory, callbacks: Any, found: str | None) -> None:
    partners, _ = scripted(factory, "partners", answer("partner_get_response", callbacks=callbacks))

    assert partners.sms_callback(SID) == found


@pytest.mark.parametrize("url", [URL, None])
@pytest.mark.parametrize("before", [OTHERS, {**OTHERS, "sms": "https://example.com/old"}, {}, None], ids=repr)
def test_one_callback_is_changed_and_the_others_kept(
    factory: ClientFactory, url: str | None, before: dict[str, Any] | None
) -> None:
    after = {**(before or {}), "sms": url}
    partners, script = scripted(
        factory,
        "partners",
        answer("partner_get_response", callbacks=before),
        answer("partner_get_response", callbacks=after),
    )

    changed = partners.set_sms_callback(SID, url)

    assert wire(script) == [
        ("GET", f"/partners/{SID}", {}, None),
        ("PATCH", f"/partners/{SID}", {}, {"callbacks": after}),
    ]
    assert changed.callbacks == after


@pytest.mark.parametrize("callbacks", [[], "none", 5], ids=repr)
def test_callbacks_that_cannot_be_kept_are_not_written(factory: ClientFactory, callbacks: Any) -> None:
    partners, script = scripted(factory, "partners", answer("partner_get_response", callbacks=callbacks))

    with pytest.raises(ResponseError, match="callbacks"):
        partners.set_sms_callback(SID, URL)
    assert len(script.requests) == 1


def test_callbacks_that_were_left_out_are_not_written(factory: ClientFactory) -> None:
    account = sampled("partner_get_response")
    del account["callbacks"]
    partners, script = scripted(factory, "partners", reply(200, account))

    with pytest.raises(ResponseError, match="callbacks"):
        partners.set_sms_callback(SID, URL)
    with pytest.raises(ResponseError, match="callbacks"):
        partners.sms_callback(SID)
    assert {method for method, _, _, _ in wire(script)} == {"GET"}


def test_a_callback_of_another_shape_is_not_read(factory: ClientFactory) -> None:
    partners, _ = scripted(factory, "partners", answer("partner_get_response", callbacks={"sms": {"url": URL}}))

    with pytest.raises(ResponseError, match="is not a text"):
        partners.sms_callback(SID)


@pytest.mark.parametrize("url", ["", "example.com", "ftp://example.com", "https://a b", 5], ids=repr)
def test_what_is_no_url_is_refused(factory: ClientFactory, url: Any) -> None:
    partners, script = scripted(factory, "partners")

    with pytest.raises(InvalidArgumentError, match="url"):
        partners.set_sms_callback(SID, url)
    assert script.requests == []


def test_a_change_is_tried_again_and_errors_repeat_no_callback(factory: ClientFactory, clock: Any) -> None:
    refusal = reply(422, {"message": "bad https://example.com/mellon or https://example.com/orders"})
    read = answer("partner_get_response", callbacks=OTHERS)
    partners, script = scripted(factory, "partners", read, broken(), refusal, clock=clock)

    with pytest.raises(APIError) as caught:
        partners.set_sms_callback(SID, "https://example.com/mellon")
    assert len(script.requests) == 3
    assert "mellon" not in str(caught.value)
    assert "orders" not in str(caught.value)
