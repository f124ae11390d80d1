"""Small servers of the outside world, on 127.0.0.1: somebody's website, and the one who takes calls from the ladder."""

import json
import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self

WAIT_S = 60.0


class _Server:
    """A threading HTTP server for as long as the block lasts."""

    handler: ClassVar[type[BaseHTTPRequestHandler]]

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler)
        self._server.owner = self  # type: ignore[attr-defined]  # how a handler finds us
        self._thread = threading.Thread(target=self._server.serve_forever, name=type(self).__name__)
        self.port: int = self._server.server_address[1]
        self.origin = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@dataclass(frozen=True)
class Call:
    """One call from the ladder."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class _Quiet(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name that the base class gives it
        pass

    def answer(self, status: int, body: str, kind: str = "text/html; charset=utf-8") -> None:
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class _Taking(_Quiet):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.owner.calls.put(Call(dict(self.headers), body))  # type: ignore[attr-defined]  # set by _Server
        self.answer(200, "{}", "application/json")


class Receiver(_Server):
    """Takes the ladder's calls outside."""

    handler = _Taking

    def __init__(self) -> None:
        super().__init__()
        self.calls: queue.Queue[Call] = queue.Queue()
        self.url = f"{self.origin}/alert"

    def next(self) -> Call:
        """The next call; waits for it."""
        return self.calls.get(timeout=WAIT_S)


class _Showing(_Quiet):
    def do_GET(self) -> None:
        page = self.server.owner.pages.get(self.path.partition("?")[0])  # type: ignore[attr-defined]  # set by _Server
        self.answer(404 if page is None else 200, page or "")


class Website(_Server):
    """Somebody's website. ``pages`` maps paths to HTML."""

    handler = _Showing

    def __init__(self, pages: Mapping[str, str]) -> None:
        super().__init__()
        self.pages = dict(pages)
