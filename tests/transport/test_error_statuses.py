"""Every error status is its own error, with what the server said about it."""

from __future__ import annotations

import pytest

from carrierx import (
    APIError,
    AuthenticationError,
    BadRequestError,
    Call,
    ConflictError,
    ErrorDetail,
    NotFoundError,
    ObjectValidationError,
    Outcome,
    PayloadTooLargeError,
    PermissionDeniedError,
    RateLimitError,
    SendOutcomeUnknownError,
    ServerError,
    UnsupportedMediaTypeError,
)
from carrierx.emulator import Credential, Emulator, EmulatorConfig
from tests.support.client_factory import ClientFactory
from tests.support.clocks import SteppingClock
from tests.support.scripts import SID, SMS, reply

BODY = {
    "message": "Object validation error",
    "errors": [
        {"field": "message", "message": "too rude", "reference_sid": SID},
        {"message": "and too long"},
        "in words",
    ],
}

CLASSES: list[tuple[int, type[APIError]]] = [
    (400, BadRequestError),
    (401, AuthenticationError),
    (403, PermissionDeniedError),
    (404, NotFoundError),
    (405, APIError),
    (409, ConflictError),
    (410, APIError),
    (413, PayloadTooLargeError),
    (415, UnsupportedMediaTypeError),
    (418, APIError),
    (422, ObjectValidationError),
    (429, RateLimitError),
    (451, APIError),
]


@pytest.mark.parametrize(("status", "error_class"), CLASSES)
def test_a_refused_send_raises_the_statuss_own_error(
    factory: ClientFactory, status: int, error_class: type[APIError]
) -> None:
    client = factory.scripted([reply(status, BODY, {"X-Request-Id": "req-7f"})], max_retries=0)
    with pytest.raises(APIError) as caught:
        client.send(**SMS, reference="order-17")
    error = caught.value
    assert type(error) is error_class
    assert (error.status_code, error.message) == (status, "Object validation error")
    assert error.errors == (
        ErrorDetail("message", "too rude", SID),
        ErrorDetail(None, "and too long", None),
        ErrorDetail(None, "in words", None),
    )
    assert error.request_id == "req-7f"
    assert error.reference == "order-17"
    assert error.outcome is (Outcome.NOT_SENT if status == 429 else Outcome.REJECTED)
    assert error.safe_to_resend is (status == 429)
    text = str(error)
    assert all(part in text for part in (str(status), "It was not sent.", "message: too rude", "in words", "req-7f"))


@pytest.mark.parametrize(("status", "error_class"), [*CLASSES, (500, ServerError), (503, ServerError), (302, APIError)])
def test_a_refused_read_raises_the_statuss_own_error(
    factory: ClientFactory, status: int, error_class: type[APIError]
) -> None:
    with pytest.raises(APIError) as caught:
        factory.scripted([reply(status, BODY)], max_retries=0).get(SID)
    error = caught.value
    assert type(error) is error_class
    assert (error.status_code, error.message, len(error.errors)) == (status, "Object validation error", 3)
    assert error.outcome is None
    assert "not sent" not in str(error)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 425, 499, 301, 302, 307, 308])
def test_a_send_that_meets_an_unclear_status_may_be_out_there(factory: ClientFactory, status: int) -> None:
    client = factory.scripted([reply(status, BODY, {"X-Request-Id": "req-7f"})])
    with pytest.raises(SendOutcomeUnknownError, match="do not resend it before") as caught:
        client.send(**SMS)
    error = caught.value
    assert (error.status_code, error.request_id, error.errors[0].message) == (status, "req-7f", "too rude")
    assert (error.outcome, error.safe_to_resend) == (Outcome.UNKNOWN, False)


def test_a_redirect_is_not_followed_and_points_to_the_base_url(factory: ClientFactory) -> None:
    client = factory.scripted([reply(308, headers={"Location": "https://elsewhere.example/"})])
    with pytest.raises(SendOutcomeUnknownError, match="check base_url"):
        client.send(**SMS)
    with pytest.raises(APIError, match="check base_url"):
        client.get(SID)


def test_a_403_names_scopes_and_the_dids_enablement(factory: ClientFactory) -> None:
    reader = Credential.bearer("reader", scopes=["sms.read"])
    writer = Credential.bearer("writer", scopes=["sms.create"])
    with Emulator(EmulatorConfig(credentials=(reader, writer))) as emulator:
        with pytest.raises(PermissionDeniedError) as sending:
            factory.over(emulator, "reader").send(**SMS)
        with pytest.raises(PermissionDeniedError) as reading:
            factory.over(emulator, "writer").list()
    assert sending.value.required_scopes == ("sms.manage", "sms.create")
    assert "the scope sms.manage or sms.create" in str(sending.value)
    assert "Messaging must also be enabled on the DID" in str(sending.value)
    assert reading.value.required_scopes == ("sms.manage", "sms.read")
    assert "the scope sms.manage or sms.read" in str(reading.value)


def test_a_403_of_any_call_names_the_scopes_that_the_call_names(factory: ClientFactory) -> None:
    client = factory.scripted([reply(403)])
    with pytest.raises(PermissionDeniedError, match=r"needs the scope rates\.read;") as named:
        client.execute(Call("GET", "/x", bytes, scopes=("rates.read",)))
    with pytest.raises(PermissionDeniedError) as unnamed:
        client.execute(Call("GET", "/x", bytes))
    assert named.value.required_scopes == ("rates.read",)
    assert (unnamed.value.required_scopes, "scope" in str(unnamed.value)) == ((), False)


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (400, "do not repeat it unchanged"),
        (401, "CARRIERX_TOKEN"),
        (404, "check the SID and base_url"),
        (407, "proxy="),
        (409, "submitting again later"),
        (413, "send less"),
        (415, "does not accept JSON"),
        (422, "see errors"),
        (429, "more slowly"),
    ],
)
def test_an_error_says_what_to_do(factory: ClientFactory, clock: SteppingClock, status: int, advice: str) -> None:
    with pytest.raises(APIError, match=advice):
        factory.scripted([reply(status)], clock=clock).send(**SMS)


def test_a_conflict_may_be_submitted_again_later(factory: ClientFactory) -> None:
    with pytest.raises(ConflictError) as caught:
        factory.scripted([reply(409)]).send(**SMS)
    assert caught.value.may_resubmit
    assert not caught.value.safe_to_resend


@pytest.mark.parametrize("name", ["X-Request-ID", "Request-Id", "X-Correlation-Id", "CF-Ray"])
def test_the_request_id_is_taken_from_the_headers_in_common_use(factory: ClientFactory, name: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        factory.scripted([reply(404, headers={name: "a1/b2=="})]).get(SID)
    assert caught.value.request_id == "a1/b2=="
    assert "request id a1/b2==" in str(caught.value)


@pytest.mark.parametrize("value", ["", "two words", "x" * 129, "<script>"])
def test_a_header_that_is_no_request_id_is_left_out(factory: ClientFactory, value: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        factory.scripted([reply(404, headers={"X-Request-Id": value})]).get(SID)
    assert caught.value.request_id is None


def test_a_proxys_407_was_not_sent_and_stays(factory: ClientFactory) -> None:
    with pytest.raises(APIError) as caught:
        factory.scripted([reply(407)]).send(**SMS)
    assert (caught.value.outcome, caught.value.safe_to_resend) == (Outcome.NOT_SENT, False)
