"""Numbers for Prometheus. Labels are codes, never words or ids of people."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot.gateway.rasa_client import Outcome
from nlu.assessment import RiskAssessment
from records.models import Channel

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """One registry per app, so that tests and several apps in one process stay apart."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.received = Counter(
            "shudong_messages_received", "Stored inbound rows.", ["channel"], registry=self.registry
        )
        self.assessed = Counter(
            "shudong_messages_assessed", "Assessed messages.", ["level", "layer"], registry=self.registry
        )
        self.process_seconds = Histogram(
            "shudong_process_seconds", "From picking a row up to its commit.", buckets=_SECONDS, registry=self.registry
        )
        self.pages_open = Gauge("shudong_pages_open", "Open seeker sockets of this process.", registry=self.registry)
        self.workers_dead = Gauge("shudong_workers_dead", "Workers of this process that died.", registry=self.registry)
        self.redis_restarts = Gauge(
            "shudong_embedded_queue_restarts", "How often the embedded queue server was started again.",
            registry=self.registry,
        )  # fmt: skip

        self.rasa = Counter("shudong_rasa_questions", "Questions to Rasa.", ["outcome"], registry=self.registry)

    def count_rasa(self, outcome: Outcome) -> None:
        self.rasa.labels(outcome.value).inc()

    def count_received(self, channel: Channel) -> None:
        self.received.labels(channel.value).inc()

    def count_assessed(self, assessment: RiskAssessment) -> None:
        self.assessed.labels(str(int(assessment.level)), assessment.layer.value).inc()

    def render(self) -> bytes:
        """The text format that ``/metrics`` serves."""
        return generate_latest(self.registry)
