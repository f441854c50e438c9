"""The emulator on sockets and in process: ASGI application, server, httpx transports, sender of callbacks."""
