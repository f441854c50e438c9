"""Every operation of the API by the name of our call: what a router needs to answer it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["OPERATIONS", "Operation"]


@dataclass(frozen=True)
class Operation:
    """One operation of the API.

    Attributes:
        name: Our call that makes it; the first one of its row in `docs/operations.md`.
        method: Its method.
        path: Its path below the base URL, with its arguments in braces.
    """

    name: str
    method: Literal["GET", "POST", "PATCH", "DELETE"]
    path: str


OPERATIONS: Final = (
    Operation("messages.send", "POST", "/sms/messages"),
    Operation("messages.get", "GET", "/sms/messages/{message_sid}"),
    Operation("messages.list", "GET", "/sms/messages"),
    Operation("detail_records.list", "GET", "/sms/message_drs"),
    Operation("detail_records.get", "GET", "/sms/message_drs/{dr_sid}"),
    Operation("files.upload", "POST", "/storage/files"),
    Operation("files.get", "GET", "/storage/files/{file_sid}"),
    Operation("files.update", "PATCH", "/storage/files/{file_sid}"),
    Operation("files.delete", "DELETE", "/storage/files/{file_sid}"),
    Operation("containers.list", "GET", "/storage/containers"),
    Operation("containers.create", "POST", "/storage/containers"),
    Operation("containers.get", "GET", "/storage/containers/{container_sid}"),
    Operation("containers.update", "PATCH", "/storage/containers/{container_sid}"),
    Operation("dids.list", "GET", "/phonenumber/dids"),
    Operation("dids.get", "GET", "/phonenumber/dids/{did_sid}"),
    Operation("dids.update", "PATCH", "/phonenumber/dids/{did_sid}"),
    Operation("dids.available", "GET", "/phonenumber/available_dids"),
    Operation("dids.get_available", "GET", "/phonenumber/available_dids/{did_sid}"),
    Operation("dids.rent", "POST", "/phonenumber/dids"),
    Operation("dids.get_messaging", "GET", "/phonenumber/dids/{did_sid}/messaging"),
    Operation("dids.enable_messaging", "POST", "/phonenumber/dids/{did_sid}/messaging"),
    Operation("external_dids.list", "GET", "/phonenumber/external_dids"),
    Operation("external_dids.get", "GET", "/phonenumber/external_dids/{external_did_sid}"),
    Operation("external_dids.update", "PATCH", "/phonenumber/external_dids/{external_did_sid}"),
    Operation("external_dids.get_messaging", "GET", "/phonenumber/external_dids/{external_did_sid}/messaging"),
    Operation("external_dids.enable_messaging", "POST", "/phonenumber/external_dids/{external_did_sid}/messaging"),
    Operation("rates.outbound", "GET", "/sms/rates/outbound/{sub_type}"),
    Operation("ratings.sms", "GET", "/rating/sms/{sub_type}"),
    Operation("ratings.mms", "GET", "/rating/mms/{sub_type}"),
    Operation("lookup.get", "GET", "/lookup/dids/{phonenumber}"),
    Operation("verification.send_code", "POST", "/verification/sms"),
    Operation("partners.get", "GET", "/partners/{partner_sid}"),
    Operation("partners.set_sms_callback", "PATCH", "/partners/{partner_sid}"),
)
"""Every operation that the clients have a method for."""
