"""Callbacks in Django, in a single file. For your own project, copy the view and its URL.

    python examples/run_service.py callbacks/django_app.py

This runs it with an emulator. In the inbox that it prints, text HELP or STOP to 15162065575. In production:

    CARRIERX_TOKEN=... CALLBACK_SECRET=... ALLOWED_HOST=your.host gunicorn --threads 4 django_app:application

Then set https://your.host/carrierx/<CALLBACK_SECRET> as the callback URL at CarrierX. `new_secret()` returns a secret.
Turn off access logs, which would show it. CALLBACK_FOLDER is the folder for the databases.

The reply is sent before the response to CarrierX. If that takes too long, run `handle` in your task queue instead.
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
    """Keep the secret out of the log, because Django logs the path of every error response."""
    record.msg, record.args = record.getMessage().replace(secret_in_path, "***"), ()
    return True


settings.configure(
    ROOT_URLCONF=__name__,
    SECRET_KEY=new_secret(),  # this application signs nothing with it
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
            ledger.forget(message)  # if it comes again, it is new
            return HttpResponse("try again later", status=500)
    return HttpResponse("ok")


def handle(message: Message) -> None:
    reply = reply_to(message, opt_outs)
    if reply is not None:
        try:
            client.messages.send(reply)
        except UnconfirmedSendError as error:  # it may have been sent: don't resend it blindly
            logger.warning("the reply %s is unconfirmed", error.reference)


urlpatterns = [path("carrierx/<str:secret>", callback)]
application = get_wsgi_application()
