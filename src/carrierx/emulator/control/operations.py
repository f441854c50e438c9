"""All operations of the control API, with their descriptions."""

from __future__ import annotations

from typing import Final

from carrierx.emulator.control import callbacks, clock, conversations, faults, general, messages, requests, schemas
from carrierx.emulator.control.openapi import describe
from carrierx.emulator.control.routing import ControlRequest, ControlRoute
from carrierx.emulator.core.routing import Operation
from carrierx.emulator.emulator import Emulator
from carrierx.emulator.http.types import JSONObject

HEALTH_PATH: Final = "/control/health"
"""Path of the health check, which needs no password."""

MESSAGES_PATH: Final = "/control/messages"
"""Path of the list of messages, which can wait for them."""

DESCRIPTION_PATH: Final = "/control/openapi.json"
"""Path of the OpenAPI document."""

_ROUTES: Final = (
    ControlRoute(
        "GET",
        HEALTH_PATH,
        general.health,
        Operation("health", "Tell whether the emulator works", "Status", errors=(503,)),
        open=True,
    ),
    ControlRoute(
        "GET",
        "/control/about",
        general.about,
        Operation("about", "Read the base path, the token, the version", "About"),
    ),
    ControlRoute(
        "POST",
        "/control/receive",
        messages.receive,
        Operation("receive", "Receive a message from a phone", "Message", body="Receive"),
    ),
    ControlRoute(
        "GET",
        MESSAGES_PATH,
        messages.list_messages,
        Operation(
            "list_messages",
            "List messages, latest first, or wait for them",
            "MessageList",
            parameters=schemas.MESSAGE_PARAMETERS,
            errors=(409,),
        ),
    ),
    ControlRoute(
        "GET",
        "/control/messages/{message_sid}",
        messages.details,
        Operation("show_message", "Read everything about a message", "Details"),
    ),
    ControlRoute(
        "GET",
        "/control/conversations",
        conversations.list_conversations,
        Operation(
            "list_conversations",
            "List conversations, latest first",
            "ConversationList",
            parameters=schemas.CONVERSATION_PARAMETERS,
        ),
    ),
    ControlRoute(
        "GET",
        "/control/conversations/messages",
        conversations.messages_of_conversation,
        Operation(
            "list_conversation_messages",
            "List the messages of a conversation, oldest first",
            "ConversationMessages",
            parameters=schemas.CONVERSATION_MESSAGE_PARAMETERS,
        ),
    ),
    ControlRoute(
        "POST",
        "/control/changes",
        conversations.changes,
        Operation("changes", "Read what has changed since the last request", "Changes", body="Watched"),
    ),
    ControlRoute(
        "GET", "/control/faults", faults.list_faults, Operation("list_faults", "List the fault rules", "FaultList")
    ),
    ControlRoute(
        "POST",
        "/control/faults",
        faults.add_fault,
        Operation("add_fault", "Add a fault rule", "Fault", body="NewFault", errors=(409,)),
    ),
    ControlRoute(
        "DELETE",
        "/control/faults",
        faults.clear_faults,
        Operation("clear_faults", "Remove all fault rules", "FaultList"),
    ),
    ControlRoute(
        "DELETE",
        "/control/faults/{id}",
        faults.remove_fault,
        Operation("remove_fault", "Remove a fault rule", "FaultList"),
    ),
    ControlRoute("GET", "/control/clock", clock.show_clock, Operation("show_clock", "Read the clock", "Clock")),
    ControlRoute(
        "POST",
        "/control/clock",
        clock.turn_clock,
        Operation("turn_clock", "Hold the clock, step it, or let it run", "Clock", body="Turn"),
    ),
    ControlRoute(
        "GET",
        "/control/callbacks",
        callbacks.list_callbacks,
        Operation(
            "list_callbacks",
            "List callbacks, latest first",
            "CallbackList",
            parameters=schemas.CALLBACK_PARAMETERS,
        ),
    ),
    ControlRoute(
        "POST",
        "/control/callbacks/{number}/retry",
        callbacks.retry_callback,
        Operation("retry_callback", "Post a callback again now", "Callback"),
    ),
    ControlRoute(
        "GET",
        "/control/requests",
        requests.list_requests,
        Operation(
            "list_requests",
            "List the requests to the API, latest first",
            "RequestList",
            parameters=schemas.REQUEST_PARAMETERS,
        ),
    ),
    ControlRoute(
        "GET",
        "/control/requests/{number}",
        requests.show_request,
        Operation("show_request", "Read a request and its response as they went over the wire", "RequestDetails"),
    ),
    ControlRoute(
        "POST", "/control/reset", general.reset, Operation("reset", "Bring the emulator back to its start", "Status")
    ),
)


def _description(_: Emulator, asked: ControlRequest) -> JSONObject:
    asked.parameters()
    return describe(_ROUTES)


CONTROL_ROUTES: Final = (
    *_ROUTES,
    ControlRoute(
        "GET", DESCRIPTION_PATH, _description, Operation("openapi", "Read this description", {"type": "object"})
    ),
)
"""All operations, including that of the description itself."""
