"""Telemetry whose spans and metrics stay in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from carrierx.otel import OpenTelemetry

Attributes = Mapping[str, Any]


class Recording:
    """Spans and metrics in memory, and the telemetry that makes them.

    Attributes:
        tracer_provider: Where the spans go.
        meter_provider: Where the metrics go.
        telemetry: The telemetry, without trace context.
    """

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        self.tracer_provider = TracerProvider()
        self.tracer_provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.meter_provider = MeterProvider([self._reader])
        self.telemetry = self.make()

    def make(self, **options: Any) -> OpenTelemetry:
        """Make telemetry that is recorded here."""
        return OpenTelemetry(tracer_provider=self.tracer_provider, meter_provider=self.meter_provider, **options)

    @property
    def spans(self) -> list[ReadableSpan]:
        """All spans, in the order in which they ended."""
        return list(self._exporter.get_finished_spans())

    def named(self, name: str) -> list[ReadableSpan]:
        """The spans with a name."""
        return [span for span in self.spans if span.name == name]

    def children_of(self, span: ReadableSpan) -> list[ReadableSpan]:
        """The spans whose parent is this one."""
        own = span.get_span_context()
        assert own is not None
        return [one for one in self.spans if one.parent is not None and one.parent.span_id == own.span_id]

    def points(self, metric: str) -> list[tuple[Attributes, float, int]]:
        """A metric's attributes with their sum and count, which are the same for a counter."""
        data = self._reader.get_metrics_data()
        found: list[tuple[Attributes, float, int]] = []
        for resource in data.resource_metrics if data is not None else ():
            for scope in resource.scope_metrics:
                for one in scope.metrics:
                    for point in cast("Any", one.data.data_points) if one.name == metric else ():
                        total = getattr(point, "sum", getattr(point, "value", 0))
                        found.append((dict(point.attributes or {}), total, getattr(point, "count", total)))
        return found

    def total(self, metric: str, **attributes: object) -> float:
        """The sum of a counter over all points with these attributes; `_` stands for a dot."""
        wanted = {name.replace("__", "."): value for name, value in attributes.items()}
        return sum(value for labels, value, _ in self.points(metric) if wanted.items() <= labels.items())

    def metrics_text(self) -> str:
        """All metrics as text."""
        data = self._reader.get_metrics_data()
        return data.to_json() if data is not None else ""

    def spans_text(self) -> str:
        """All spans as text."""
        return json.dumps([json.loads(span.to_json()) for span in self.spans])

    def close(self) -> None:
        """Shut the providers down."""
        self.tracer_provider.shutdown()
        self.meter_provider.shutdown()


def attributes_of(span: ReadableSpan) -> dict[str, Any]:
    """A span's attributes."""
    return dict(span.attributes or {})
