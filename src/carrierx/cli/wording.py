"""The words of the command line for what the library names in Python: `--media-url` instead of `media_urls`."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from carrierx.errors import BrokenRule

__all__ = ["explained_rule", "in_cli_words", "option_of", "usage_text"]

_OPTIONS: Final = {
    "from": "--from",
    "to": "--to",
    "message": "TEXT",
    "media_urls": "--media-url",
    "group_recipients": "--group",
    "user_data": "--reference",
}
_RULES: Final = {
    "number_ambiguous": (
        "It has ten digits and no +, so the country is unclear. Write a US number with its leading 1, and a number of "
        "another country with a + before its country code."
    ),
    "type_disagrees": "Only --media-url and --group make a message an MMS.",
}
_POSITION: Final = re.compile(r"(?P<field>\w+)\[(?P<position>\d+)\]")
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_ONLY_PYTHON: Final = re.compile(
    r"MessageLimits|message_limits|default_region|\.strip\(\)|\bclient\.|dicts?\b|list\(offset|group_needs|where\(\.\.\."
)
_WORDS: Final = (
    ("`media_urls`", "--media-url"),
    ("`group_recipients`", "--group"),
    ("`message`", "the text"),
    ("`from`", "--from"),
    ("`to`", "--to"),
    ("`user_data`", "--reference"),
    ("messages.reconcile", "carrierx messages reconcile"),
    ('pass format="jsonl" or format="csv"', "give --format jsonl or --format csv"),
    ('format must be "jsonl" or "csv"', "--format must be jsonl or csv"),
    ("Pass the path of a new file", "Give the path of a new file, or replace this one with --force"),
    ("Look up the reference without sent_after", "Look up the reference without --sent-after"),
    ("sent_after", "--sent-after"),
    ("min_age", "--min-age"),
    (
        "check base_url, and ca_file= for a private authority",
        "check the base URL, and SSL_CERT_FILE for a private authority",
    ),
    ("put them into proxy=", "put them into HTTPS_PROXY"),
    ("or give ca_file=", "or unset them"),
    ("within timeout=", "in time: see --timeout"),
    ("total_timeout= ran out", "the time of --timeout ran out"),
    ("use token= or basic_auth=", "use CARRIERX_TOKEN, --token-file or --token-stdin"),
    (", and elsewhere with allow_http=True", ""),
    ("check base_url", "check the base URL"),
    ("check the SID and base_url", "check the SID and the base URL"),
    ("check token=, or CARRIERX_TOKEN", "check the token"),
    ("CarrierX found the content invalid: see errors", "CarrierX found the content invalid"),
    (
        "this client has not yet found an accepted message by its reference",
        "no accepted message was found by its reference",
    ),
    ("campaign_sid goes with", "--campaign-sid goes with"),
    ("p2p_nnid goes with", "--p2p-nnid goes with"),
    ('type="a2p"', "--type a2p"),
    ('type="p2p"', "--type p2p"),
    ("The file gives no bytes: open it in binary mode, and not as non-blocking", "The file gives no bytes"),
    ("Call Outbox(...).create_schema() once", "Create it with carrierx outbox init"),
    ("so it may lack commits: recover()", "so it may lack commits: see carrierx outbox recover"),
    ("Call recover() first", "Run carrierx outbox recover first"),
    ("and call recover() again", "and run carrierx outbox recover again"),
    ("that the database lacks commits, pass force=True", "that the database lacks commits, use --force"),
    ("Call Outbox(...).upgrade() once", "Upgrade them with carrierx outbox init"),
    ("expires_at must be later than due_at", "--expires must be later than --due"),
    ("schema= is for PostgreSQL only", "--schema is for PostgreSQL only"),
    ("needs a message that is review", "needs a message in review"),
    ("The path leads to no regular file. Open what it is yourself, and give the file", "It is not a regular file"),
)
_ARGUMENTS: Final = {
    "content_type": "--content-type",
    "country_code": "--country-code",
    "filter": "--filter",
    "interval": "--interval",
    "limit": "--limit",
    "order": "--order",
    "phonenumber": "The number",
    "reference": "The reference",
    "settle": "--settle",
    "until": "--until",
    "timeout": "--timeout",
    "total_timeout": "--timeout",
    "within": "--within",
}
_ARGUMENT: Final = re.compile(r"^[a-z_]+(?=:? )")
_REPEATABLE: Final = re.compile(r"[A-Za-z][A-Za-z_-]{0,19}|-?\d{1,4}")
_OPTION: Final = re.compile(r"-[A-Za-z0-9]|--[A-Za-z][A-Za-z-]{0,19}")
_QUOTED: Final = re.compile(r"'(?P<value>[^']*)'|\"(?P<double>[^\"]*)\"")


def option_of(field: str) -> str:
    """Return the option or argument that sets a field of a message: `--media-url (2)` for `media_urls[1]`."""
    found = _POSITION.fullmatch(field)
    if found is None:
        return _OPTIONS.get(field, field)
    return f"{_OPTIONS.get(found['field'], found['field'])} ({int(found['position']) + 1})"


def explained_rule(rule: BrokenRule, *, in_file: bool = False) -> str:
    """Explain a rule that a message breaks.

    Args:
        rule: The rule.
        in_file: Whether the message comes from a file, which has fields and no options.
    """
    if in_file and rule.rule != "number_ambiguous":
        return _without_python(rule.explanation).replace("`", "")
    return _RULES.get(rule.rule) or in_cli_words(rule.explanation)


def in_cli_words(text: str) -> str:
    """Replace Python names in a text of the library by those of the command line. Leave out what only Python can do."""
    text = _without_python(text)
    for python, words in _WORDS:
        text = text.replace(python, words)
    text = _POSITION.sub(lambda found: option_of(found[0]) if found["field"] in _OPTIONS else found[0], text)
    return _ARGUMENT.sub(lambda found: _argument(found[0]), text)


def _without_python(text: str) -> str:
    kept = [sentence for sentence in _SENTENCE.split(text) if not _ONLY_PYTHON.search(sentence)]
    return " ".join(kept) or text


def _argument(name: str) -> str:
    return _base_url_name() if name == "base_url" else _ARGUMENTS.get(name, name)


def _base_url_name() -> str:
    return "CARRIERX_BASE_URL" if os.environ.get("CARRIERX_BASE_URL") else "--base-url"


def usage_text(error: BaseException) -> str:
    """Return what is wrong with a command line, without repeating arguments that may be private."""
    name = type(error).__name__
    message = getattr(error, "format_message", error.__str__)()
    text = " ".join(str(message).split())
    if name == "NoSuchOption" or text.startswith("No such option"):
        option = str(getattr(error, "option_name", ""))
        if option == "--token":
            return (
                "There is no option --token: it would put the token into your shell's history. Set CARRIERX_TOKEN, or "
                "use --token-file or --token-stdin."
            )
        if not _OPTION.fullmatch(option):  # a text that begins with a hyphen, or a number
            return "No such option: '...'. Put -- before a text that begins with a hyphen."
        text = text.replace(" (Possible options: ", ". Did you mean ").replace(")", "?")
        return text if text.endswith("?") else f"{text}."
    if "unexpected extra argument" in text:
        return f"{text.partition('(')[0].strip()}. Put a text with spaces in quotes."
    return _QUOTED.sub(_without_private_value, text)


def _without_private_value(found: re.Match[str]) -> str:
    value = found["value"] or found["double"] or ""
    return found[0] if value.startswith("--") or _REPEATABLE.fullmatch(value) else "'...'"
