"""Logs: one JSON object a line on stderr, named events with ids. A person's words never come here (S8)."""

from __future__ import annotations

import logging
import sys

import structlog


def configure_logs(level: str, *, process: str) -> None:
    """Set up structlog for the process and quieten libraries that log addresses or statements."""
    number = logging.getLevelNamesMapping()[level]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_exception_text,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s", force=True
    )
    for noisy in ("aiohttp.access", "httpx", "httpcore", "sqlalchemy.engine", "alembic", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL if noisy == "asyncio" else logging.WARNING)


def _without_exception_text(logger: object, name: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Keep the type of an error; its text may quote a row."""
    info = event.pop("exc_info", None)
    if info:
        error = info if isinstance(info, BaseException) else sys.exc_info()[1]
        event["error"] = type(error).__name__
    return event
