"""Callbacks in Django, in a single file; in a project of yours, take the view and its URL.

    CARRIERX_TOKEN=... CALLBACK_SECRET=... ALLOWED_HOST=your.host gunicorn --threads 4 django_app:application

The URL to give to CarrierX is then https://your.host/carrierx/<CALLBACK_SECRET>; `new_secret()` makes one. Access logs
would show it. CALLBACK_FOLDER says where the databases are kept, and CARRIERX_BASE_URL where texts are sent to.

Here the reply is sent before CarrierX is answered. If that takes you long, hand `handle` to your task queue instead.
"""

import logging
import os
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from replies import OptOuts, reply_to

from carrierx import CarrierXClient, Message, UnconfirmedSendError
from carrierx.callbacks import (
    CallbackError,
    CallbackLedgerError,
    SecretPath,
    SeenStatus,
    SQLiteLedger,
    new_secret,
    parse,
)

secret_in_path = os.environ["CALLBACK_SECRET"]


def hide_secret(record: logging.LogRecord) -> bool:
    """Keep the secret out of the log: Django writes down the path of what it answers with an error."""
    record.msg, record.args = record.getMessage().replace(secret_in_path, "***"), ()
    return True


settings.configure(
    ROOT_URLCONF=__name__,
    SECRET_KEY=new_secret(),  # nothing here is signed with it
    ALLOWED_HOSTS=[os.environ.get("ALLOWED_HOST", "127.0.0.1")],
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"hide_secret": {"()": "django.utils.log.CallbackFilter", "callback": hide_secret}},
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "loggers": {"django.request": {"filters": ["hide_secret"], "handlers": ["console"], "propagate": False}},
    },
)

logger = logging.getLogger("shop.texts")
folder = Path(os.environ.get("CALLBACK_FOLDER", "."))
opt_outs = OptOuts(folder / "opt_outs.db")
ledger = SQLiteLedger(folder / "callbacks.db")
secrets = SecretPath(secret_in_path)
client = CarrierXClient(auto_reference=True)


@csrf_exempt
@require_POST
def callback(request: HttpRequest, secret: str) -> HttpResponse:
    if not secrets.matches(secret):
        raise Http404
    try:
        message = parse(request.body, content_type=request.content_type)
        seen = ledger.record(message)
    except CallbackError as error:
        return HttpResponse(str(error), status=error.status_code)
    except CallbackLedgerError:
        return HttpResponse("try again later", status=503)
    if seen is SeenStatus.NEW:
        try:
            handle(message)
        except Exception:
            logger.exception("a callback could not be handled")
            ledger.forget(message)  # should it come again, it is new
            return HttpResponse("try again later", status=500)
    return HttpResponse("ok")


def handle(message: Message) -> None:
    reply = reply_to(message, opt_outs)
    if reply is not None:
        try:
            client.messages.send(reply)
        except UnconfirmedSendError as error:  # it may be out there: never just send again
            logger.warning("hold the reply %s", error.reference)


urlpatterns = [path("carrierx/<str:secret>", callback)]
application = get_wsgi_application()
