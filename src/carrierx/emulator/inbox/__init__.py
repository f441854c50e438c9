"""Inbox of the served emulator: a web page that shows its messages like a phone.

`view` reads the messages, `app` handles the page's requests, `auth` decides who may send them, and `assets` holds the
files of the page. None of this needs a web library: requests and responses are those of `carrierx.emulator.http_types`.
"""
