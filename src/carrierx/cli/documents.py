"""Documents that `--json` prints: one model for each command, from which its JSON schema is made.

Imported only when a command has something to print, because pydantic loads slowly.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, WithJsonSchema

from carrierx.models.detail_record import DetailRecord
from carrierx.models.did import Did
from carrierx.models.file import File
from carrierx.models.lookup import NumberLookup
from carrierx.models.message import Message
from carrierx.models.messaging_enablement import MessagingEnablement

__all__ = [
    "DOCUMENTS",
    "ERROR",
    "BatchResult",
    "BrokenRuleDocument",
    "Check",
    "CompletionScript",
    "Deletion",
    "Demo",
    "Diagnosis",
    "Document",
    "DryRun",
    "EmulatorAddress",
    "ErrorDetailDocument",
    "ErrorDocument",
    "EstimateDocument",
    "Export",
    "MessageList",
    "NumberList",
    "Offender",
    "OutboxAdded",
    "OutboxAttempt",
    "OutboxChange",
    "OutboxDetail",
    "OutboxList",
    "OutboxMessageDocument",
    "OutboxPause",
    "OutboxPurge",
    "OutboxRecovery",
    "OutboxRun",
    "OutboxSchema",
    "OutboxStatus",
    "OutboxVerification",
    "Receipt",
    "Reconciliation",
    "RecordList",
    "SegmentsDocument",
    "json_schema",
    "without_secrets",
]

OutcomeName = Literal["not_sent", "rejected", "accepted", "unknown"]


class Document(BaseModel):
    """The base of all documents."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values. Objects of CarrierX keep the fields that CarrierX sent."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


class Receipt(Document):
    """The receipt of a message that CarrierX accepted. With `--wait`, the message is as it was at the end."""

    outcome: Literal["accepted"]
    reference: str
    message: Message


class DryRun(Document):
    """A message that would be sent. `price` is None if it is unknown; `price_problem` then says why."""

    dry_run: Literal[True]
    base_url: str
    kind: str
    sender: Annotated[str | None, Field(alias="from")]
    to: str | None
    group_recipients: tuple[str, ...]
    media_urls: tuple[str, ...]
    characters: int
    encoding: str | None
    segments: int
    price: str | None
    price_problem: str | None
    reference: str | None

    model_config: ClassVar[ConfigDict] = ConfigDict(populate_by_name=True)


class MessageList(Document):
    """Messages. `has_more` is true if there are more than the limit."""

    items: tuple[Message, ...]
    has_more: bool


class Reconciliation(Document):
    """The answer to whether an unconfirmed send happened. Without a message or record, it provably didn't."""

    reference: str
    outcome: Literal["accepted", "not_sent"]
    safe_to_resend: bool
    message: Message | None
    record: DetailRecord | None


class NumberList(Document):
    """Numbers. `has_more` is true if there are more than the limit. A `porting_pin` is never printed."""

    items: tuple[Did, ...]
    has_more: bool


class RecordList(Document):
    """Detail records. `has_more` is true if there are more than the limit."""

    items: tuple[DetailRecord, ...]
    has_more: bool


class Export(Document):
    """The result of an export: records written now, records in the file, and the SID of the last one."""

    file: str
    records: int
    total: int
    last: str | None


class Deletion(Document):
    """A file that was deleted."""

    file_sid: str
    deleted: Literal[True]


class BrokenRuleDocument(Document):
    """A rule that a message breaks. `option` is what sets the field on the command line; null for a line of a file."""

    field: str
    option: str | None
    rule: str
    explanation: str
    measure: int | str | None
    limit: int | str | None


class ErrorDetailDocument(Document):
    """One entry of CarrierX's own list of errors."""

    field: str | None
    message: str


class ErrorDocument(Document):
    """An error, on standard error. No field holds a token, a complete phone number or a text.

    `outcome` is null if the command was no send. The fields after `reference` are there if they apply.
    """

    error: str
    message: str
    exit_code: int
    outcome: OutcomeName | None
    safe_to_resend: bool
    reference: str | None
    message_sid: str | None = None
    did_sid: str | None = None
    status: str | None = None
    status_code: int | None = None
    request_id: str | None = None
    rules: tuple[BrokenRuleDocument, ...] = ()
    errors: tuple[ErrorDetailDocument, ...] = ()
    lines: Annotated[dict[str, tuple[BrokenRuleDocument, ...]], Field(default_factory=dict)]
    counts: Annotated[dict[str, int], Field(default_factory=dict)]
    unconfirmed: tuple[str, ...] = ()
    traceback: str | None = None


class BatchResult(Document):
    """The result of one message of a file. `line` is its line in the file, from 1."""

    line: int
    outcome: OutcomeName
    safe_to_resend: bool
    reference: str | None
    message_sid: str | None
    status: str | None
    error: str | None
    message: str | None


class Offender(Document):
    """A character that forces the text into UCS-2, its positions, and an equivalent in the GSM alphabet, if any."""

    character: str
    positions: tuple[int, ...]
    replacement: str | None


class SegmentsDocument(Document):
    """The SMS segments of a text. With `--normalise`, `text` is the text after it."""

    encoding: str
    segments: int
    units: int
    room_left: int
    offending: tuple[Offender, ...]
    text: str | None


class EstimateDocument(Document):
    """The cost of messages. `total` leaves out the `unpriced` messages, whose price is unknown."""

    messages: int
    segments: int
    total: str
    complete: bool
    unpriced: int


class Check(Document):
    """One check of `doctor`. `advice` and `command` say what to do, if anything."""

    check: str
    status: Literal["ok", "warning", "failed", "skipped"]
    detail: str
    advice: str | None
    command: str | None


class Diagnosis(Document):
    """The result of `doctor`. `ok` is true if no check failed."""

    ok: bool
    checks: tuple[Check, ...]


class CompletionScript(Document):
    """A script that makes a shell complete commands and options."""

    shell: str
    script: str


class EmulatorAddress(Document):
    """The address of the emulator. `token` is null if you set a password, which is then the token."""

    base_url: str
    inbox: str
    token: str | None


class Demo(Document):
    """The messages that the demo sent, as they were at the end."""

    base_url: str
    items: tuple[Message, ...]


class OutboxSchema(Document):
    """The outbox's tables. `version_before` is null if they were created now."""

    created: bool
    version_before: int | None
    version: int


class OutboxAdded(Document):
    """A message in the outbox. `created` is false if it was there already."""

    id: int
    key: str
    created: bool
    state: str
    reference: str


class OutboxRun(Document):
    """The attempts of a worker by their result, and why it stopped."""

    accepted: int
    rejected: int
    not_sent: int
    unknown: int
    resolved: int
    stopped_because: str


class OutboxStatus(Document):
    """The messages in each state, and what workers wait for. `paused` is the reason, or null.

    `problems` can contain `age`, `unknown` and `review` (above your limit), `paused` and `lost_commits`.
    """

    problems: tuple[str, ...]
    counts: dict[str, int]
    due: int
    oldest_due_seconds: float
    accepted_last_minute: int
    paused: str | None
    lost_commits: bool
    held_seconds: float


class OutboxMessageDocument(Document):
    """A message in the outbox. Numbers are masked."""

    id: int
    key: str
    state: str
    reason: str | None
    sender: Annotated[str, Field(alias="from")]
    to: str
    reference: str
    message_sid: str | None
    priority: int
    attempts: int
    due_at: datetime
    expires_at: datetime | None
    created_at: datetime
    updated_at: datetime


class OutboxList(Document):
    """Messages in the outbox. `has_more` is true if there are more than the limit."""

    items: tuple[OutboxMessageDocument, ...]
    has_more: bool


class OutboxAttempt(Document):
    """One attempt of a message, or a lookup that decided something. `applied` is false if it came too late to count."""

    attempt: int
    outcome: str
    reason: str | None
    message_sid: str | None
    applied: bool
    claimed_at: datetime | None
    recorded_at: datetime


class OutboxDetail(Document):
    """A message in the outbox and what happened to it. `request` is the complete message, with `--full`."""

    message: OutboxMessageDocument
    attempts: tuple[OutboxAttempt, ...]
    # Older versions of pydantic leave out that it may have any fields.
    request: Annotated[dict[str, Any], WithJsonSchema({"additionalProperties": True, "type": "object"})] | None


class OutboxChange(Document):
    """The state of a message after a change."""

    key: str
    state: str | None


class OutboxPause(Document):
    """Why the outbox is paused; null if it isn't."""

    paused: str | None


class OutboxPurge(Document):
    """The number of messages whose contents were deleted."""

    purged: int


class OutboxVerification(Document):
    """The result of comparing the outbox with CarrierX. `ok` is true if both agree. The lists are keys."""

    ok: bool
    checked: int
    last_id: int
    sent_twice: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    not_answered: tuple[str, ...]


class OutboxRecovery(Document):
    """The number of messages that are looked up before anything is sent."""

    unknown: int


ERROR = ErrorDocument

DOCUMENTS: dict[str, tuple[type[BaseModel], ...]] = {
    "send": (Receipt, DryRun),
    "messages list": (MessageList,),
    "messages get": (Message,),
    "messages watch": (Message,),
    "messages reconcile": (Reconciliation,),
    "numbers list": (NumberList,),
    "numbers get": (Did,),
    "numbers search": (NumberList,),
    "numbers rent": (Did,),
    "numbers enable": (MessagingEnablement,),
    "numbers disable": (MessagingEnablement,),
    "lookup": (NumberLookup,),
    "records list": (RecordList,),
    "records export": (Export,),
    "files upload": (File,),
    "files get": (File,),
    "files delete": (Deletion,),
    "send-many": (BatchResult,),
    "segments": (SegmentsDocument,),
    "estimate": (EstimateDocument,),
    "doctor": (Diagnosis,),
    "outbox init": (OutboxSchema,),
    "outbox add": (OutboxAdded,),
    "outbox run": (OutboxRun,),
    "outbox drain": (OutboxRun,),
    "outbox status": (OutboxStatus,),
    "outbox list": (OutboxList,),
    "outbox show": (OutboxDetail,),
    "outbox cancel": (OutboxChange,),
    "outbox reschedule": (OutboxChange,),
    "outbox retry": (OutboxChange,),
    "outbox resolve": (OutboxChange,),
    "outbox pause": (OutboxPause,),
    "outbox resume": (OutboxPause,),
    "outbox purge": (OutboxPurge,),
    "outbox verify": (OutboxVerification,),
    "outbox recover": (OutboxRecovery,),
    "completion": (CompletionScript,),
    "demo": (Demo,),
    "emulator": (EmulatorAddress,),
}
"""The documents that each command can print on standard output. `messages watch` and `send-many` print one per line."""

JSON_LINES = frozenset({"messages watch", "send-many"})
"""The commands that print JSON Lines."""


def without_secrets(document: dict[str, Any]) -> dict[str, Any]:
    """Leave out the secret for moving a number to another provider."""
    return {
        name: [without_secrets(item) for item in value] if name == "items" else value
        for name, value in document.items()
        if name != "porting_pin"
    }


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of all commands: `properties` has each command's, and that of errors as `error`."""
    shared: dict[str, Any] = {}
    commands: dict[str, Any] = {}
    documents: dict[str, tuple[type[BaseModel], ...]] = {**DOCUMENTS, "error": (ERROR,)}
    for name, models in documents.items():
        references = list[dict[str, str]]()
        for model in models:
            schema = TypeAdapter(model).json_schema(mode="serialization", ref_template="#/$defs/{model}")
            shared.update(schema.pop("$defs", {}))
            shared[model.__name__] = schema
            references.append({"$ref": f"#/$defs/{model.__name__}"})
        commands[name] = references[0] if len(references) == 1 else {"anyOf": references}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What carrierx --json prints, by command",
        "type": "object",
        "properties": commands,
        "$defs": dict(sorted(shared.items())),
    }
