"""Inbox of the served emulator: a web page that shows its messages like a phone.

`app` handles the requests for the page and its files, and `assets` holds these files. The page gets its content from
the control API in `carrierx.emulator.control`, which also decides who may see it. None of this needs a web library:
requests and responses are those of `carrierx.emulator.http.types`.
"""
