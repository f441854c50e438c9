"""What each operation takes and answers, by method and path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from carrierx.emulator.file_objects import PUBLIC_PATH
from carrierx.emulator.http_types import JSONObject
from carrierx.emulator.openapi.parameters import (
    CURSOR,
    FORCE,
    LIST,
    LOOKUP,
    RANGE,
    RATING,
    SEGMENTS,
    TRUNK_GROUP,
    UPLOAD,
    VERIFICATION,
    WITH_RELATED,
)
from carrierx.emulator.routing import BASE_PATH


@dataclass(frozen=True)
class Operation:
    """What one operation takes and answers.

    Attributes:
        summary: What it does, in a few words.
        answer: The name of the answer's schema; None for an answer that is not JSON.
        body: The name of the body's schema, if it takes JSON.
        parameters: The parameters besides those in its path.
        errors: The statuses of the errors that it can answer in addition to those of its kind.
        success: The status of its answer.
    """

    summary: str
    answer: str | None
    body: str | None = None
    parameters: tuple[JSONObject, ...] = ()
    errors: tuple[int, ...] = ()
    success: int = 200


_DRS, _MESSAGES, _FILES = f"{BASE_PATH}/sms/message_drs", f"{BASE_PATH}/sms/messages", f"{BASE_PATH}/storage/files"
_CONTAINERS, _DIDS = f"{BASE_PATH}/storage/containers", f"{BASE_PATH}/phonenumber/dids"
_AVAILABLE, _EXTERNAL = f"{BASE_PATH}/phonenumber/available_dids", f"{BASE_PATH}/phonenumber/external_dids"
_PARTNER, _PUBLIC = f"{BASE_PATH}/partners/{{partner_sid}}", f"{PUBLIC_PATH}/{{file_sid}}"

OPERATIONS: Final[Mapping[tuple[str, str], Operation]] = {
    ("POST", _MESSAGES): Operation("Send a message", "Message", "NewMessage"),
    ("GET", _MESSAGES): Operation("List messages", "MessageList", parameters=LIST),
    ("GET", f"{_MESSAGES}/{{message_sid}}"): Operation("Read a message", "Message"),
    ("GET", _DRS): Operation("List detail records", "DetailRecordList", parameters=(*LIST, *CURSOR), errors=(404,)),
    ("GET", f"{_DRS}/{{dr_sid}}"): Operation("Read a detail record", "DetailRecord"),
    ("GET", f"{BASE_PATH}/sms/rates/outbound/{{sub_type}}"): Operation("List rates", "RateList", parameters=LIST),
    ("GET", f"{BASE_PATH}/rating/sms/{{sub_type}}"): Operation(
        "Say what an SMS costs", "Rating", parameters=(*RATING, SEGMENTS)
    ),
    ("GET", f"{BASE_PATH}/rating/mms/{{sub_type}}"): Operation("Say what an MMS costs", "Rating", parameters=RATING),
    ("POST", f"{BASE_PATH}/verification/sms"): Operation(
        "Send a generated code", "VerificationCode", parameters=VERIFICATION, errors=(422,)
    ),
    ("GET", f"{BASE_PATH}/lookup/dids/{{phonenumber}}"): Operation("Look a number up", "Lookup", parameters=LOOKUP),
    ("GET", _DIDS): Operation("List rented numbers", "DidList", parameters=(*LIST, WITH_RELATED, TRUNK_GROUP)),
    ("POST", _DIDS): Operation("Rent a number", "Did", "NewDid", errors=(404,)),
    ("GET", f"{_DIDS}/{{did_sid}}"): Operation("Read a rented number", "Did", parameters=(WITH_RELATED,)),
    ("PATCH", f"{_DIDS}/{{did_sid}}"): Operation("Change a rented number", "Did", "ChangedDid"),
    ("PUT", f"{_DIDS}/{{did_sid}}"): Operation("Replace what is set of a rented number", "Did", "ChangedDid"),
    ("GET", _AVAILABLE): Operation("List numbers that can be rented", "AvailableDidList", parameters=LIST),
    ("GET", f"{_AVAILABLE}/{{did_sid}}"): Operation("Read a number that can be rented", "AvailableDid"),
    ("GET", _EXTERNAL): Operation(
        "List numbers of other providers", "ExternalDidList", parameters=(*LIST, WITH_RELATED)
    ),
    ("GET", f"{_EXTERNAL}/{{external_did_sid}}"): Operation(
        "Read a number of another provider", "ExternalDid", parameters=(WITH_RELATED,)
    ),
    ("PATCH", f"{_EXTERNAL}/{{external_did_sid}}"): Operation(
        "Change a number of another provider", "ExternalDid", "ChangedExternalDid"
    ),
    ("PUT", f"{_EXTERNAL}/{{external_did_sid}}"): Operation(
        "Replace what is set of a number of another provider", "ExternalDid", "ChangedExternalDid"
    ),
    ("GET", f"{_DIDS}/{{did_sid}}/messaging"): Operation("Say how messaging stands on a number", "Enablement"),
    ("POST", f"{_DIDS}/{{did_sid}}/messaging"): Operation(
        "Enable or disable messaging on a number", "Enablement", "NewEnablement", (FORCE,), (409,)
    ),
    ("GET", f"{_EXTERNAL}/{{external_did_sid}}/messaging"): Operation(
        "Say how messaging stands on a number of another provider", "Enablement"
    ),
    ("POST", f"{_EXTERNAL}/{{external_did_sid}}/messaging"): Operation(
        "Enable or disable messaging on a number of another provider", "Enablement", "NewEnablement", (FORCE,), (409,)
    ),
    ("POST", _FILES): Operation("Upload a file", "File", parameters=UPLOAD, errors=(409, 413, 415, 422), success=201),
    ("GET", f"{_FILES}/{{file_sid}}"): Operation("Read about a file", "File"),
    ("PATCH", f"{_FILES}/{{file_sid}}"): Operation("Change a file", "File", "ChangedFile"),
    ("DELETE", f"{_FILES}/{{file_sid}}"): Operation("Delete a file", None, success=204),
    ("GET", f"{_FILES}/{{file_sid}}/data"): Operation("Download a file", None, parameters=(RANGE,), errors=(416,)),
    ("GET", _PUBLIC): Operation("Download a published file", None, parameters=(RANGE,), errors=(416,)),
    ("HEAD", _PUBLIC): Operation("Ask about a published file", None),
    ("GET", _CONTAINERS): Operation("List containers", "ContainerList", parameters=LIST),
    ("POST", _CONTAINERS): Operation("Make a container", "Container", "NewContainer", errors=(409,)),
    ("GET", f"{_CONTAINERS}/{{container_sid}}"): Operation("Read a container", "Container"),
    ("PATCH", f"{_CONTAINERS}/{{container_sid}}"): Operation("Change a container", "Container", "ChangedContainer"),
    ("GET", _PARTNER): Operation("Read the account", "Partner"),
    ("PATCH", _PARTNER): Operation("Change the account", "Partner", "ChangedPartner"),
    ("PUT", _PARTNER): Operation("Replace what is set of the account", "Partner", "ChangedPartner"),
}
"""Every operation of the emulator but the description itself."""
