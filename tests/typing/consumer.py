"""How an application uses carrierx, with the type of every result pinned. It is checked, never run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import assert_type

import httpx
from pydantic import JsonValue, SecretStr

from carrierx import (
    AcceptedWithoutReceiptError,
    APIError,
    AsyncCarrierXClient,
    Attempt,
    BatchCounts,
    BrokenRule,
    Call,
    CallOptions,
    CarrierXClient,
    CarrierXError,
    ClientOptions,
    Clock,
    ConflictError,
    Direction,
    EnablementFailedError,
    ErrorDetail,
    Filter,
    InvalidMessageError,
    Message,
    MessageLimits,
    MessageStatus,
    MessageType,
    Outcome,
    Page,
    Pagination,
    RateLimitError,
    Response,
    RetryPolicy,
    SendMessageRequest,
    UnconfirmedSendError,
    WaitTimeoutError,
    __version__,
    to_dicts,
    where,
)
from carrierx.emulator import DEMO_TOKEN, Emulator, EmulatorConfig, EmulatorTransport, StatusDelays, serve
from carrierx.events import AttemptFinished, Event
from carrierx.models.access_control import AccessControlList, AclAction, EffectiveAcls
from carrierx.models.container import Container
from carrierx.models.detail_record import DetailRecord
from carrierx.models.did import Capability, Did, ExternalDid
from carrierx.models.did_group import DidGroup
from carrierx.models.file import File
from carrierx.models.lookup import NumberLookup
from carrierx.models.messaging_enablement import MessagingEnablement
from carrierx.models.oauth_token import GeneratedToken, OAuthToken
from carrierx.models.partner import Partner
from carrierx.models.rate import Rate, RatePage
from carrierx.models.rating import Rating
from carrierx.models.short_code import ShortCode
from carrierx.models.verification import VerificationCode
from carrierx.otel import OpenTelemetry
from carrierx.resources._async.messages import AsyncMessages
from carrierx.resources._sync.messages import Messages
from carrierx.resources.record_export import ExportResult
from carrierx.sending.async_batch import AsyncSendBatch
from carrierx.sending.batch import SendBatch
from carrierx.sending.plan import SendResult


async def fresh_token() -> SecretStr:
    return SecretStr("0d7a8c3e")


def listen(event: Event) -> None:
    if isinstance(event, AttemptFinished):
        assert_type(event.outcome, Outcome)
        assert_type(event.status_code, int | None)


def make_clients() -> None:
    assert_type(CarrierXClient(), CarrierXClient)
    assert_type(CarrierXClient("0d7a8c3e"), CarrierXClient)
    assert_type(CarrierXClient(SecretStr("0d7a8c3e")), CarrierXClient)
    assert_type(CarrierXClient(token=lambda: "0d7a8c3e"), CarrierXClient)
    assert_type(CarrierXClient(http_client=httpx.Client()), CarrierXClient)
    assert_type(CarrierXClient(http_client=httpx.Client), CarrierXClient)
    assert_type(CarrierXClient(basic_auth=("user", "password"), base_url=None, proxy=None), CarrierXClient)
    assert_type(AsyncCarrierXClient(token=fresh_token), AsyncCarrierXClient)
    assert_type(AsyncCarrierXClient(token=lambda: "0d7a8c3e"), AsyncCarrierXClient)
    assert_type(AsyncCarrierXClient(http_client=httpx.AsyncClient(), async_backend="httpx"), AsyncCarrierXClient)
    assert_type(AsyncCarrierXClient(async_backend="aiohttp", max_connections=10), AsyncCarrierXClient)
    options: ClientOptions = {
        "timeout": 5,
        "total_timeout": 20.0,
        "max_retries": 1,
        "extra_headers": {"X-Team": "billing"},
        "retry_policy": RetryPolicy(max_wait=2, trust_503=True),
        "message_limits": MessageLimits(max_media_urls=None, us_only_mms=False, group_needs_to=False),
        "legacy_field_names": True,
        "auto_reference": True,
        "on_event": listen,
        "clock": Clock(),
        "default_region": "US",
    }
    assert_type(CarrierXClient(**options), CarrierXClient)
    assert_type(len(__version__), int)


def send(client: CarrierXClient, numbers: tuple[str, ...]) -> None:
    messages = client.messages
    assert_type(messages, Messages)
    assert_type(messages.send(from_="15162065575", to="15162065574", message="Hello"), Message)
    assert_type(messages.send(from_="1", to="2", media_urls=["https://example.com/cat.png"], timeout=3.5), Message)
    assert_type(messages.send(from_="1", to="2", group_recipients=numbers, message="Hi", type="mms"), Message)
    assert_type(messages.send(from_="1", to="2", message="Hi", reference="order-17", max_retries=0), Message)
    assert_type(messages.send(from_="1", to="2", message="Hi", user_data=None, extra_body={"a": [1, None]}), Message)
    assert_type(messages.send(group_recipients=numbers, message="Hi", reference="order-17"), Message)
    assert_type(messages.send(from_="1", group_recipients=numbers, media_urls=numbers), Message)
    request = SendMessageRequest(from_="15162065575", to="15162065574", message="Hello")
    assert_type(messages.send(request), Message)
    assert_type(messages.send(request, reference="order-17", extra_headers={"X-Team": "billing"}), Message)
    options: CallOptions = {"timeout": 5, "total_timeout": 10}
    assert_type(messages.send(request, **options), Message)


def send_many(client: CarrierXClient, requests: list[SendMessageRequest]) -> None:
    with client.messages.send_many(requests, concurrency=10, rate=5, timeout=3) as batch:
        assert_type(batch, SendBatch)
        assert_type(batch.counts, BatchCounts)
        assert_type(batch.counts.accepted, int)
        assert_type(batch.counts.total, int)
        for result in batch:
            assert_type(result, SendResult)
            assert_type(result.index, int)
            if result.ok:
                assert_type(result.message.message_sid, str)
            assert_type(result.accepted_message, Message | None)
            assert_type(result.error, Exception | None)
            assert_type(result.outcome, Outcome)
            assert_type(result.reference, str | None)
            assert_type(result.ok, bool)
            assert_type(to_dicts([result]), list[dict[str, object]])
            assert_type(result.message, Message)
        assert_type(batch.progress(total=3), Iterator[SendResult])
        assert_type(to_dicts(batch), list[dict[str, object]])
        assert_type(to_dicts(batch, masked=True), list[dict[str, object]])
    assert_type(to_dicts(client.messages.iterate(max_items=5)), list[dict[str, object]])
    assert_type(to_dicts(client.messages.list(limit=5)), list[dict[str, object]])


def read(client: CarrierXClient) -> None:
    assert_type(client.messages.get("097b49df", timeout=3), Message)
    page = client.messages.list(filter=where("status").eq("queued"), order="date_created desc", limit=50, offset=10)
    assert_type(page, Page[Message])
    assert_type(client.messages.list(filter='status eq "queued"'), Page[Message])
    day = datetime(2026, 3, 15, tzinfo=UTC)
    assert_type(
        client.messages.list(
            from_="72345", to="15162065574", status="delivered", sent_after=day, sent_before=day + timedelta(days=1)
        ),
        Page[Message],
    )
    assert_type(client.messages.iterate(to="15162065574", status=MessageStatus.SENT, sent_after=day), Iterator[Message])
    assert_type(page[0], Message)
    assert_type(page[1:], tuple[Message, ...])
    assert_type(len(page), int)
    assert_type(list(page), list[Message])
    assert_type(page.items, tuple[Message, ...])
    assert_type(page.total, int | None)
    assert_type(page.has_more, bool | None)
    assert_type(page.pagination, Pagination)
    assert_type(page.pagination.next, str | None)
    assert_type(client.messages.iterate(page_size=100, max_items=500), Iterator[Message])
    for message in client.messages.iterate(filter=where("status").eq("queued")):
        assert_type(message, Message)
    assert_type(client.messages.wait("097b49df", until={"sent", "delivered"}, within=30), Message)
    assert_type(client.messages.wait("097b49df", until=MessageStatus.DELIVERED), Message)
    sent_after = datetime.now(UTC) - timedelta(minutes=1)
    assert_type(client.messages.reconcile("order-17", sent_after=sent_after, settle=5), Message | None)


def look_at(message: Message) -> None:
    assert_type(message.message_sid, str)
    assert_type(message.partner_sid, str | None)
    assert_type(message.from_, str | None)
    assert_type(message.to, str | None)
    assert_type(message.message, str | None)
    assert_type(message.message_segments, int | None)
    assert_type(message.media_urls, tuple[str, ...])
    assert_type(message.group_recipients, tuple[str, ...])
    assert_type(message.direction, Direction | None)
    assert_type(message.status, MessageStatus | None)
    assert_type(message.type, MessageType | None)
    assert_type(message.mcc, int | None)
    assert_type(message.mnc, int | None)
    assert_type(message.price, Decimal | None)
    assert_type(message.user_data, str | None)
    assert_type(message.date_created, datetime | None)
    assert_type(message.date_changed, datetime | None)
    assert_type(message.date_status_changed, datetime | None)
    assert_type(message.unknown_fields, Mapping[str, JsonValue])
    assert_type(message.unreadable_fields, Mapping[str, JsonValue])
    assert_type(message.to_dict(), dict[str, JsonValue])
    assert_type(message.to_json(), str)
    assert_type(Message.model_validate_json(b"{}"), Message)
    assert_type(MessageStatus.QUEUED, MessageStatus)
    if message.status == "expired":  # a value that nobody has named stays possible
        assert_type(message.status, MessageStatus)


def prepare(payload: Mapping[str, object]) -> None:
    request = SendMessageRequest.model_validate(payload)
    assert_type(request, SendMessageRequest)
    assert_type(SendMessageRequest.parse(payload), SendMessageRequest)
    assert_type(SendMessageRequest.parse(payload, MessageLimits(max_sms_characters=None)), SendMessageRequest)
    assert_type(request.from_, str | None)
    assert_type(request.to, str | None)
    assert_type(request.message, str | None)
    assert_type(request.media_urls, tuple[str, ...])
    assert_type(request.group_recipients, tuple[str, ...])
    assert_type(request.user_data, str | None)
    assert_type(request.type, MessageType | None)
    assert_type(request.kind, MessageType)
    assert_type(request.to_wire(legacy_field_names=True, user_data="order-17"), bytes)


def select() -> None:
    assert_type(where("status").eq("queued"), Filter)
    assert_type(where("user_data").like("order-%") & where("message_segments").gt(1), Filter)
    assert_type(where("price").ge(Decimal("0.01")) & where("date_created").lt(datetime.now(UTC)), Filter)


def manage_numbers(client: CarrierXClient) -> None:
    assert_type(client.dids.list(filter=where("state").eq("NY"), limit=5, trunk_group_sid=None), Page[Did])
    assert_type(client.dids.iterate(max_items=5), Iterator[Did])
    assert_type(client.dids.textable(active=False), Iterator[Did])
    assert_type(client.dids.get("07e3dee3"), Did)
    assert_type(client.dids.update("07e3dee3", name="Front desk", callback_url=None), Did)
    assert_type(client.dids.available(limit=5), Page[Did])
    assert_type(client.dids.iterate_available(max_items=5), Iterator[Did])
    assert_type(client.dids.get_available("07e3dee3"), Did)
    assert_type(client.dids.rent("15162065573", confirm=True), Did)
    client.dids.release("07e3dee3", confirm=True)
    assert_type(client.dids.get_messaging("07e3dee3"), MessagingEnablement)
    assert_type(client.dids.enable_messaging("07e3dee3", campaign_sid=None, force=True), MessagingEnablement)
    assert_type(client.dids.disable_messaging("07e3dee3"), MessagingEnablement)
    assert_type(client.dids.wait_until_enabled("07e3dee3", within=30), MessagingEnablement)
    assert_type(client.external_dids.list(limit=5), Page[ExternalDid])
    assert_type(client.external_dids.iterate(page_size=5), Iterator[ExternalDid])
    assert_type(client.external_dids.textable(), Iterator[ExternalDid])
    assert_type(client.external_dids.get("07e3dee3"), ExternalDid)
    assert_type(client.external_dids.update("07e3dee3", attributes={"desk": 1}), ExternalDid)
    both = Capability.RECEIVE_SMS | Capability.SEND_SMS
    assert_type(client.external_dids.register("46700987654", capabilities=both, callback_url=None), ExternalDid)
    client.external_dids.delete("07e3dee3")
    assert_type(client.external_dids.get_messaging("07e3dee3"), MessagingEnablement)
    assert_type(client.external_dids.enable_messaging("07e3dee3"), MessagingEnablement)
    assert_type(client.external_dids.disable_messaging("07e3dee3"), MessagingEnablement)
    assert_type(client.external_dids.wait_until_enabled("07e3dee3"), MessagingEnablement)


def ask_around(client: CarrierXClient) -> None:
    assert_type(client.lookup.get("15162065574", carrier=True), NumberLookup)
    assert_type(client.partners.get("e00430c3"), Partner)
    assert_type(client.partners.list(limit=5), Page[Partner])
    assert_type(client.partners.iterate(filter=where("status").eq("active")), Iterator[Partner])
    assert_type(client.partners.sms_callback("e00430c3"), str | None)
    assert_type(client.partners.set_sms_callback("e00430c3", "https://example.com/sms"), Partner)
    assert_type(client.rates.outbound("toll", limit=5), RatePage)
    assert_type(client.rates.iterate_outbound("toll_free"), Iterator[Rate])
    assert_type(client.ratings.sms("toll", to="15162065574", message_segments=2), Rating)
    assert_type(client.ratings.mms("short_code", to="15162065574", direction="inbound"), Rating)
    assert_type(client.verification.send_code(from_="1", to="2", code_length=4), VerificationCode)


def group_and_guard(client: CarrierXClient) -> None:
    assert_type(client.did_groups.list(limit=5), Page[DidGroup])
    assert_type(client.did_groups.iterate(max_items=5), Iterator[DidGroup])
    assert_type(client.did_groups.get("41e21049"), DidGroup)
    assert_type(client.did_groups.create(name="Support"), DidGroup)
    assert_type(client.did_groups.update("41e21049", callback_url=None), DidGroup)
    assert_type(client.dids.update("07e3dee3", did_group_sid="41e21049"), Did)
    assert_type(client.short_codes.list(filter=where("state").eq("IL")), Page[ShortCode])
    assert_type(client.short_codes.iterate(page_size=5), Iterator[ShortCode])
    assert_type(client.short_codes.get("531f65b7"), ShortCode)
    assert_type(client.short_codes.update("531f65b7", name="Alerts", attributes={"desk": 1}), ShortCode)
    page = client.access_control.effective_sms_acls(direction="outbound", partner_sid=None)
    assert_type(page, Page[EffectiveAcls])
    assert_type(page[0].effective_acls, tuple[AccessControlList, ...])
    assert_type(page[0].effective_acls[0].sms_action_true, AclAction | None)
    password = SecretStr("qwerty123")
    token = client.tokens.generate(client_id="5c7965f2", client_secret="50339091", username="joe", password=password)
    assert_type(token, GeneratedToken)
    assert_type(token.access_token, SecretStr)
    CarrierXClient(token.access_token)
    assert_type(client.tokens.generate_for_partner("e00430c3", client_id="1", client_secret="2"), GeneratedToken)
    assert_type(client.tokens.list(order="date_created desc"), Page[OAuthToken])
    assert_type(client.tokens.iterate(), Iterator[OAuthToken])
    assert_type(client.tokens.get("b3f45e4d").access_token, SecretStr | None)
    client.tokens.revoke(token.access_token, client_id="5c7965f2", client_secret="50339091")
    client.tokens.revoke_own(client_id="5c7965f2", client_secret="50339091", confirm=True)


def store(client: CarrierXClient) -> None:
    assert_type(client.files.upload(b"%PDF", name="a.pdf"), File)
    assert_type(client.files.upload("cat.png", type="file", extra_body={"unique": "false"}), File)
    assert_type(client.files.get("cdac0471"), File)
    assert_type(client.files.list(filter=where("name").eq("cat.png"), limit=5), Page[File])
    assert_type(client.files.iterate(max_items=5), Iterator[File])
    assert_type(client.files.download("cdac0471", max_bytes=5_000_000), bytes)
    assert_type(client.files.update("cdac0471", type="file", file_access_name="cats/grey.png"), File)
    client.files.delete("cdac0471")
    assert_type(client.containers.list(limit=5), Page[Container])
    assert_type(client.containers.iterate(), Iterator[Container])
    assert_type(client.containers.get("cdac0471"), Container)
    assert_type(client.containers.create(name="Media", extra_body={"a": 1}), Container)
    assert_type(client.containers.update("cdac0471", quota_files=10, allowed_classifications=["a"]), Container)


def account(client: CarrierXClient) -> None:
    assert_type(client.detail_records.list(after="07e3dee3", limit=5), Page[DetailRecord])
    assert_type(client.detail_records.iterate(order="date_insert"), Iterator[DetailRecord])
    assert_type(client.detail_records.get("07e3dee3"), DetailRecord)
    assert_type(client.detail_records.export("records.jsonl"), ExportResult)
    assert_type(client.detail_records.reconcile("order-17"), DetailRecord | None)


def call(client: CarrierXClient) -> None:
    answer = client.execute(Call("GET", "/sms/messages/097b49df", Message), timeout=3)
    assert_type(answer, Response[Message])
    assert_type(answer.parsed, Message)
    assert_type(answer.status_code, int)
    assert_type(answer.headers, Mapping[str, str])
    assert_type(answer.content, bytes)
    assert_type(answer.attempts, tuple[Attempt, ...])
    raw = client.with_raw_response
    assert_type(raw.messages.send(from_="15162065575", to="15162065574", message="Hello"), Response[Message])
    assert_type(raw.messages.send(SendMessageRequest(from_="1", to="2", message="Hi"), timeout=3), Response[Message])
    assert_type(raw.messages.list(to="15162065574", limit=5).parsed, Page[Message])
    assert_type(raw.files.download("cdac0471").parsed, bytes)
    rates = Call("GET", "/sms/rates/outbound/toll", dict[str, object], query=[("limit", "10")])
    assert_type(client.execute(rates).parsed, dict[str, object])
    assert_type(client.execute(Call("GET", "/sms/messages", Page[Message])).parsed, Page[Message])


def copy_and_close(client: CarrierXClient) -> None:
    assert_type(client.with_options(timeout=5, max_retries=0, on_event=None), CarrierXClient)
    assert_type(client.with_options(telemetry=OpenTelemetry(send_trace_context=True)), CarrierXClient)
    with CarrierXClient() as opened:
        assert_type(opened, CarrierXClient)
    client.close()


class OwnClient(CarrierXClient):
    """A subclass stays one in its copies."""


def copy_own_client(client: OwnClient) -> None:
    assert_type(client.with_options(timeout=5), OwnClient)


def handle(client: CarrierXClient) -> None:
    try:
        client.messages.send(from_="15162065575", to="15162065574", message="Hello")
    except AcceptedWithoutReceiptError as error:
        assert_type(error.message_sid, str | None)
    except UnconfirmedSendError as error:
        assert_type(error.reference, str | None)
        assert_type(error.status_code, int | None)
        assert_type(error.errors, tuple[ErrorDetail, ...])
    except InvalidMessageError as error:
        assert_type(error.broken_rules, tuple[BrokenRule, ...])
        assert_type(error.broken_rules[0].limit, int | str | None)
    except RateLimitError as error:
        assert_type(error.retry_after, float | None)
    except ConflictError as error:
        assert_type(error.may_resubmit, bool)
    except APIError as error:
        assert_type(error.status_code, int)
        assert_type(error.message, str)
        assert_type(error.request_id, str | None)
        assert_type(error.required_scopes, tuple[str, ...])
    except WaitTimeoutError as error:
        assert_type(error.status, str | None)
        assert_type(error.message_sid, str | None)
        assert_type(error.did_sid, str | None)
    except EnablementFailedError as error:
        assert_type(error.did_sid, str)
    except CarrierXError as error:
        assert_type(error.outcome, Outcome | None)
        assert_type(error.safe_to_resend, bool)
        assert_type(error.attempts, tuple[Attempt, ...])


async def use_async(request: SendMessageRequest) -> None:
    async with AsyncCarrierXClient() as client:
        assert_type(client, AsyncCarrierXClient)
        assert_type(client.messages, AsyncMessages)
        assert_type(await client.messages.send(from_="1", to="2", message="Hello", timeout=3), Message)
        assert_type(await client.messages.send(request, reference="order-17"), Message)
        assert_type(await client.messages.get("097b49df"), Message)
        assert_type(await client.messages.send(group_recipients=["2", "3"], message="Hello"), Message)
        assert_type(await client.messages.list(limit=50), Page[Message])
        day = datetime(2026, 3, 15, tzinfo=UTC)
        assert_type(await client.messages.list(from_="72345", to="15162065574", sent_after=day), Page[Message])
        assert_type(client.messages.iterate(status="delivered", sent_before=day), AsyncIterator[Message])
        assert_type(client.messages.iterate(max_items=5), AsyncIterator[Message])
        async for message in client.messages.iterate(order="date_created"):
            assert_type(message, Message)
        assert_type(await client.messages.wait("097b49df", until="delivered"), Message)
        assert_type(await client.messages.reconcile("order-17"), Message | None)
        assert_type(await client.execute(Call("GET", "/sms/messages/097b49df", Message)), Response[Message])
        assert_type(await client.with_raw_response.messages.send(request, reference="a"), Response[Message])
        assert_type((await client.with_raw_response.messages.get("097b49df")).parsed, Message)
        assert_type(client.with_options(timeout=5), AsyncCarrierXClient)
        await client.close()


async def send_many_async(client: AsyncCarrierXClient, requests: AsyncIterator[SendMessageRequest]) -> None:
    async with client.messages.send_many(requests, concurrency=10) as batch:
        assert_type(batch, AsyncSendBatch)
        assert_type(batch.counts, BatchCounts)
        async for result in batch:
            assert_type(result, SendResult)
            if result.ok:
                assert_type(result.message.message_sid, str)
            assert_type(result.accepted_message, Message | None)


async def manage_numbers_async(client: AsyncCarrierXClient) -> None:
    assert_type(await client.dids.list(filter=where("state").eq("NY"), limit=5, trunk_group_sid=None), Page[Did])
    assert_type(client.dids.iterate(max_items=5), AsyncIterator[Did])
    assert_type(client.dids.textable(active=False), AsyncIterator[Did])
    assert_type(await client.dids.get("07e3dee3"), Did)
    assert_type(await client.dids.update("07e3dee3", name="Front desk", callback_url=None), Did)
    assert_type(await client.dids.available(limit=5), Page[Did])
    assert_type(client.dids.iterate_available(max_items=5), AsyncIterator[Did])
    assert_type(await client.dids.get_available("07e3dee3"), Did)
    assert_type(await client.dids.rent("15162065573", confirm=True), Did)
    await client.dids.release("07e3dee3", confirm=True)
    assert_type(await client.dids.get_messaging("07e3dee3"), MessagingEnablement)
    assert_type(await client.dids.enable_messaging("07e3dee3", campaign_sid=None, force=True), MessagingEnablement)
    assert_type(await client.dids.disable_messaging("07e3dee3"), MessagingEnablement)
    assert_type(await client.dids.wait_until_enabled("07e3dee3", within=30), MessagingEnablement)
    assert_type(await client.external_dids.list(limit=5), Page[ExternalDid])
    assert_type(client.external_dids.iterate(page_size=5), AsyncIterator[ExternalDid])
    assert_type(client.external_dids.textable(), AsyncIterator[ExternalDid])
    assert_type(await client.external_dids.get("07e3dee3"), ExternalDid)
    assert_type(await client.external_dids.update("07e3dee3", attributes={"desk": 1}), ExternalDid)
    assert_type(await client.external_dids.register("46700987654", capabilities=3, attributes={"a": 1}), ExternalDid)
    await client.external_dids.delete("07e3dee3")
    assert_type(await client.external_dids.get_messaging("07e3dee3"), MessagingEnablement)
    assert_type(await client.external_dids.enable_messaging("07e3dee3"), MessagingEnablement)
    assert_type(await client.external_dids.disable_messaging("07e3dee3"), MessagingEnablement)
    assert_type(await client.external_dids.wait_until_enabled("07e3dee3"), MessagingEnablement)


async def group_and_guard_async(client: AsyncCarrierXClient) -> None:
    assert_type(await client.did_groups.list(limit=5), Page[DidGroup])
    assert_type(client.did_groups.iterate(max_items=5), AsyncIterator[DidGroup])
    assert_type(await client.did_groups.get("41e21049"), DidGroup)
    assert_type(await client.did_groups.create(name="Support"), DidGroup)
    assert_type(await client.did_groups.update("41e21049", callback_url=None), DidGroup)
    assert_type(await client.dids.update("07e3dee3", did_group_sid="41e21049"), Did)
    assert_type(await client.short_codes.list(filter=where("state").eq("IL")), Page[ShortCode])
    assert_type(client.short_codes.iterate(page_size=5), AsyncIterator[ShortCode])
    assert_type(await client.short_codes.get("531f65b7"), ShortCode)
    assert_type(await client.short_codes.update("531f65b7", name="Alerts", attributes={"desk": 1}), ShortCode)
    page = await client.access_control.effective_sms_acls(direction="outbound", partner_sid=None)
    assert_type(page, Page[EffectiveAcls])
    assert_type(page[0].effective_acls, tuple[AccessControlList, ...])
    assert_type(page[0].effective_acls[0].sms_action_true, AclAction | None)
    password = SecretStr("qwerty123")
    token = await client.tokens.generate(
        client_id="5c7965f2", client_secret="50339091", username="joe", password=password
    )
    assert_type(token, GeneratedToken)
    assert_type(token.access_token, SecretStr)
    AsyncCarrierXClient(token.access_token)
    assert_type(await client.tokens.generate_for_partner("e00430c3", client_id="1", client_secret="2"), GeneratedToken)
    assert_type(await client.tokens.list(order="date_created desc"), Page[OAuthToken])
    assert_type(client.tokens.iterate(), AsyncIterator[OAuthToken])
    assert_type((await client.tokens.get("b3f45e4d")).access_token, SecretStr | None)
    await client.tokens.revoke(token.access_token, client_id="5c7965f2", client_secret="50339091")
    await client.tokens.revoke_own(client_id="5c7965f2", client_secret="50339091", confirm=True)


async def ask_around_async(client: AsyncCarrierXClient) -> None:
    assert_type(await client.lookup.get("15162065574", carrier=True), NumberLookup)
    assert_type(await client.partners.get("e00430c3"), Partner)
    assert_type(await client.partners.list(limit=5), Page[Partner])
    assert_type(client.partners.iterate(filter=where("status").eq("active")), AsyncIterator[Partner])
    assert_type(await client.partners.sms_callback("e00430c3"), str | None)
    assert_type(await client.partners.set_sms_callback("e00430c3", "https://example.com/sms"), Partner)
    assert_type(await client.rates.outbound("toll", limit=5), RatePage)
    assert_type(client.rates.iterate_outbound("toll_free"), AsyncIterator[Rate])
    assert_type(await client.ratings.sms("toll", to="15162065574", message_segments=2), Rating)
    assert_type(await client.ratings.mms("short_code", to="15162065574", direction="inbound"), Rating)
    assert_type(await client.verification.send_code(from_="1", to="2", code_length=4), VerificationCode)


async def store_async(client: AsyncCarrierXClient) -> None:
    assert_type(await client.files.upload(b"%PDF", name="a.pdf"), File)
    assert_type(await client.files.upload("cat.png", type="file", extra_body={"unique": "false"}), File)
    assert_type(await client.files.get("cdac0471"), File)
    assert_type(await client.files.list(filter=where("name").eq("cat.png"), limit=5), Page[File])
    assert_type(client.files.iterate(max_items=5), AsyncIterator[File])
    assert_type(await client.files.download("cdac0471", max_bytes=5_000_000), bytes)
    assert_type(await client.files.update("cdac0471", type="file", file_access_name="cats/grey.png"), File)
    await client.files.delete("cdac0471")
    assert_type(await client.containers.list(limit=5), Page[Container])
    assert_type(client.containers.iterate(), AsyncIterator[Container])
    assert_type(await client.containers.get("cdac0471"), Container)
    assert_type(await client.containers.create(name="Media", extra_body={"a": 1}), Container)
    assert_type(
        await client.containers.update("cdac0471", quota_files=10, allowed_classifications=["a"]),
        Container,
    )


async def account_async(client: AsyncCarrierXClient) -> None:
    assert_type(await client.detail_records.list(after="07e3dee3", limit=5), Page[DetailRecord])
    assert_type(client.detail_records.iterate(order="date_insert"), AsyncIterator[DetailRecord])
    assert_type(await client.detail_records.get("07e3dee3"), DetailRecord)
    assert_type(await client.detail_records.export("records.jsonl"), ExportResult)
    assert_type(await client.detail_records.reconcile("order-17"), DetailRecord | None)


def emulate() -> None:
    config = EmulatorConfig(delays=StatusDelays(timedelta(0), timedelta(0)))
    with Emulator(config) as emulator, serve(emulator) as running:
        assert_type(emulator, Emulator)
        assert_type(running.base_url, str)
        in_process = httpx.Client(transport=EmulatorTransport(emulator))
        assert_type(CarrierXClient(DEMO_TOKEN, http_client=in_process, base_url=running.base_url), CarrierXClient)
