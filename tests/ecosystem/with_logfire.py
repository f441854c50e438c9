"""Logfire sees what the default clients send, sync and async. A program of its own, run by `.ci/run`.

Logfire isn't among the development tools: its plugin for pydantic loads in every process and nearly doubles the time to
a first client. So `.ci/run` installs it into an environment of its own, with nothing but carrierx.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from carrierx import AsyncCarrierXClient, CarrierXClient

SMS: dict[str, Any] = {"from_": "15162065575", "to": "15162065574", "message": "Hello"}


class Server(BaseHTTPRequestHandler):
    """Accepts every message, and notes the trace that it belongs to."""

    traces: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.traces.append(self.headers["traceparent"] or "")
        body = json.dumps({"message_sid": "sid"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base class gives it
        """Say nothing."""


async def send_async(base_url: str) -> None:
    async with AsyncCarrierXClient("token", base_url=base_url) as client:
        await client.messages.send(**SMS)


def main() -> None:
    """Send once with each client, and compare the spans with what the server got."""
    logfire: Any = importlib.import_module("logfire")
    exporter = InMemorySpanExporter()
    logfire.configure(send_to_logfire=False, console=False, additional_span_processors=[SimpleSpanProcessor(exporter)])
    logfire.instrument_httpx()
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base_url = f"http://127.0.0.1:{server.server_port}/core/v2"
        with CarrierXClient("token", base_url=base_url) as client:
            client.messages.send(**SMS)
        asyncio.run(send_async(base_url))
        server.shutdown()
    spans = [
        span for span in exporter.get_finished_spans() if (span.attributes or {}).get("logfire.span_type") == "span"
    ]
    seen = [(span.attributes or {}).get("http.status_code") for span in spans]
    traced = [f"{span.context.trace_id:032x}-{span.context.span_id:016x}" for span in spans if span.context]
    if seen != [200, 200] or [trace[3:-3] for trace in Server.traces] != traced:
        sys.exit(f"Logfire saw {seen}, and the server got {Server.traces}.")
    print("Logfire saw both sends.")  # noqa: T201


if __name__ == "__main__":
    main()
