"""The inbox: a web page of the served emulator that shows its messages as a phone does.

`view` reads what the page shows, `app` answers its requests, `auth` decides who may send them, and `assets` holds the
files of the page. None of this needs a web library: requests and responses are those of `carrierx.emulator.http_types`.
"""
