"""Control API of the served emulator: everything that a test or the inbox does to it, over HTTP, under `/control/`.

`app` handles the requests, `auth` decides who may send them, and `operations` lists what they can do. None of this
needs a web library: requests and responses are those of `carrierx.emulator.http.types`.
"""
