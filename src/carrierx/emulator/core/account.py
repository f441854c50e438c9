"""The emulated account: its settings, its data, its clock and its source of randomness."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

from carrierx.emulator.core.config import EmulatorConfig
from carrierx.emulator.core.lifecycle import Stage, planned_events, sms_object, stage_of
from carrierx.emulator.http.types import JSONObject
from carrierx.emulator.rules.enablement import CAMPAIGN_SID, enabled_state
from carrierx.emulator.rules.fields import renamed_fields, without_new_fields
from carrierx.emulator.rules.messages import Send
from carrierx.emulator.rules.numbers import is_number
from carrierx.emulator.rules.segment_count import count_segments
from carrierx.emulator.store.callback_queue import CallbackQueue
from carrierx.emulator.store.database import Database
from carrierx.emulator.store.file_table import FileTable
from carrierx.emulator.store.message_table import MessageTable, StoredMessage
from carrierx.emulator.store.new_objects import MESSAGING, VOICE, new_did
from carrierx.emulator.store.object_table import ObjectTable
from carrierx.emulator.store.schedule import PlannedEvent


def random_sid() -> str:
    """Return a new SID, a random UUID."""
    return str(uuid.uuid4())


def random_character(alphabet: str) -> str:
    """Return a random character of an alphabet."""
    return secrets.choice(alphabet)


class Account:
    """The state that the handlers of all routes share.

    Args:
        config: The emulator's settings.
        database: The database for everything that the account has.
        clock: Returns the current time as an aware datetime.
        new_sid: Makes the SID of each new object.
        choose: Picks a character of an alphabet.
    """

    def __init__(
        self,
        config: EmulatorConfig,
        database: Database,
        clock: Callable[[], datetime],
        new_sid: Callable[[], str],
        choose: Callable[[str], str],
    ) -> None:
        self.config: EmulatorConfig = config
        self.new_sid: Callable[[], str] = new_sid
        self.choose: Callable[[str], str] = choose
        self.database: Database = database
        self.messages: MessageTable = MessageTable(database)
        self.dids: ObjectTable = ObjectTable(database, "dids")
        self.external_dids: ObjectTable = ObjectTable(database, "external_dids")
        self.did_groups: ObjectTable = ObjectTable(database, "did_groups")
        self.short_codes: ObjectTable = ObjectTable(database, "short_codes")
        self.oauth_tokens: ObjectTable = ObjectTable(database, "oauth_tokens")
        self.did_messaging: ObjectTable = ObjectTable(database, "did_messaging")
        self.containers: ObjectTable = ObjectTable(database, "containers")
        self.partners: ObjectTable = ObjectTable(database, "partners")
        self.files: FileTable = FileTable(database)
        self.callbacks: CallbackQueue = CallbackQueue(database, self.now, config.callback_retries)
        self._clock = clock

    def now(self) -> datetime:
        """Return the time, in UTC.

        Raises:
            ValueError: The clock returned a datetime without a time zone.
        """
        now = self._clock()
        if now.tzinfo is None:
            raise ValueError("the emulator's clock must return aware datetimes")
        return now if now.tzinfo is UTC else now.astimezone(UTC)

    def visible_until(self, now: datetime) -> datetime | None:
        """Return the latest acceptance time of a message that can be found now; None if there is no limit."""
        lag = self.config.visibility_lag
        if not lag:
            return None
        try:
            return now - lag
        except OverflowError:
            return datetime.min.replace(tzinfo=UTC)

    def is_visible(self, moment: datetime, now: datetime) -> bool:
        """Return whether an object that appeared at some moment can be found now."""
        until = self.visible_until(now)
        return until is None or moment <= until

    def add_number(self, phonenumber: object) -> str:
        """Add a DID that is enabled for messaging, and return its SID.

        Raises:
            ValueError: It isn't a phone number, or the account has it already.
        """
        if not isinstance(phonenumber, str) or not is_number(phonenumber):
            raise ValueError("phonenumber must be a phone number in digits, with its country code")
        if any(table.find_by("phonenumber", phonenumber) for table in (self.dids, self.external_dids)):
            raise ValueError("phonenumber: the account already has this number")
        sid = self.new_sid()
        self.dids.add(sid, new_did(sid, phonenumber, VOICE | MESSAGING))
        self.did_messaging.set_for(self.dids, sid, lambda _did, _state: enabled_state(CAMPAIGN_SID))
        return sid

    def store_message(self, send: Send, direction: Literal["outbound", "inbound"] = "outbound") -> StoredMessage:
        """Store a message as accepted or received now."""
        with self.database.session():  # the clock is read in turn, so that messages are stored in order of time
            stored, events = self.new_message(send, direction, self.now())
            self.messages.add(stored, events)
        return stored

    def new_message(
        self, send: Send, direction: Literal["outbound", "inbound"], moment: datetime
    ) -> tuple[StoredMessage, list[PlannedEvent]]:
        """Return a new message with its planned events; neither is stored yet.

        Args:
            send: The content of the message.
            direction: The direction of the message.
            moment: The time at which it was accepted or received.
        """
        segments = count_segments(send.message) if send.kind == "sms" and send.message else 1
        moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        status, appeared = ("queued", None) if direction == "outbound" else ("received", moment)
        stored = StoredMessage(self.new_sid(), moment, segments, send, direction, status, moment, appeared)
        return stored, list(planned_events(stored, self.config.delays, self.config.reply_after))

    def message_object(self, stored: StoredMessage, stage: Stage) -> JSONObject:
        """Return a message's SMS object at some stage, under the current names."""
        return sms_object(stored, stage, self.config.prices, self.config.partner_sid)

    def current_message(self, stored: StoredMessage) -> JSONObject:
        """Return a message's SMS object as it is now, under the current names."""
        return self.message_object(stored, stage_of(stored))

    def shown_message(self, stored: StoredMessage) -> JSONObject:
        """Return a message's SMS object as it is now, in the form in which the API shows it to its sender."""
        return self.shown_object(stored, stage_of(stored))

    def shown_object(self, stored: StoredMessage, stage: Stage, *, legacy_names: bool | None = None) -> JSONObject:
        """Return a message's SMS object at some stage, in the form in which the API shows it.

        Args:
            stored: The message.
            stage: The stage.
            legacy_names: True for the old names, False for the current ones; None for those that its sender uses.
        """
        shown, old = self.message_object(stored, stage), self.config.legacy_objects
        if old:
            shown = without_new_fields(shown)
        return renamed_fields(shown, legacy=stored.send.legacy_names or old if legacy_names is None else legacy_names)
