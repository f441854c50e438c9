"""The inbox: a web page of the served emulator, that shows its messages as a phone does.

`view` says what there is to see, `door` answers the page's requests, `guard` says who may ask, `assets` holds the page
itself. Nothing here needs a web library: requests and responses are those of `carrierx.emulator.wire`.
"""
