"""Inbox of the served emulator: a web page that shows its messages like a phone.

`app` handles the page's requests, `auth` decides who may send them, and `assets` holds the files of the page. The
content comes from `carrierx.emulator.core.inbox`. None of this needs a web library: requests and responses are those
of `carrierx.emulator.http.types`.
"""
