"""The key, origins, headers, slow bodies, and a real server that stops as it should."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from placeprint.errors import InputError
from placeprint.serving import create_app, serve
from placeprint.serving.api import connections, guards

KEY = "a-key-of-some-letters"
POINTS = {"points": [[5.0, 60.0]]}

SERVER = """
import time
import numpy as np
from placeprint.serving import create_app, serve

class Slow:
    dim = 2
    def encode(self, lon, lat):
        time.sleep(0.8)
        return np.column_stack([lon, lat]).astype(np.float32)

app = create_app(Slow())
serve(app, port=0, on_start=lambda address: print(address, flush=True))
print("stopped", flush=True)
"""


class Everywhere:
    dim = 1

    def encode(self, lon, lat):
        return lon[:, None]


@pytest.fixture(scope="module")
def locked() -> TestClient:
    return TestClient(create_app(Everywhere(), api_key=KEY))


@pytest.mark.parametrize("path", ["/v1/embed", "/metrics", "/nowhere", "/static/../v1/embed"])
@pytest.mark.parametrize("key", [None, "", "wrong", KEY[:-1], KEY + "x", "ä"])
def test_without_the_key_nothing_is_told(path, key, locked) -> None:
    headers = {} if key is None else {"X-API-Key": key.encode("latin-1")}
    answer = locked.post(path, json=POINTS, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["hint"] == "send it in the header X-API-Key"


def test_with_the_key_it_answers(locked) -> None:
    answer = locked.post("/v1/embed", json=POINTS, headers={"x-api-key": KEY})
    assert answer.json()["places"][0]["embedding"] == [5.0]


@pytest.mark.parametrize("path", ["/healthz", "/docs", "/openapi.json"])
def test_what_holds_no_data_is_open(path, locked) -> None:
    assert locked.get(path).status_code == 200


def test_other_pages_may_not_ask_unless_they_are_allowed() -> None:
    origin = {"Origin": "https://example.org"}
    closed = TestClient(create_app(Everywhere()))
    assert "Access-Control-Allow-Origin" not in closed.get("/healthz", headers=origin).headers
    opened = TestClient(
        create_app(Everywhere(), api_key=KEY, allowed_origins=["https://example.org"])
    )
    ask = {**origin, "Access-Control-Request-Method": "POST"}
    ask["Access-Control-Request-Headers"] = "x-api-key"
    allowed = opened.options("/v1/embed", headers=ask)  # a browser asks this without the key
    assert allowed.status_code == 200
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://example.org"
    other = opened.get("/healthz", headers={"Origin": "https://example.com"})
    assert "Access-Control-Allow-Origin" not in other.headers


@pytest.mark.parametrize("path", ["/healthz", "/docs", "/nowhere", "/v1/embed"])
def test_every_answer_has_safe_headers(path, locked) -> None:
    headers = locked.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "server" not in headers


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch) -> None:
    monkeypatch.setattr(guards, "_BODY_SECONDS", 0.05)
    sent = []

    async def never() -> dict:
        await asyncio.sleep(30)
        return {}

    async def send(message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    asyncio.run(guards.BodyLimit(FastAPI(), most=10)(scope, never, send))
    assert sent[0]["status"] == 408


def test_a_client_that_leaves_is_let_go() -> None:
    async def gone() -> dict:
        return {"type": "http.disconnect"}

    async def send(message) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    asyncio.run(guards.BodyLimit(FastAPI(), most=10)(scope, gone, send))


def test_a_port_that_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match=r"cannot listen at 127\.0\.0\.1, port"):
            serve(FastAPI(), port=taken.getsockname()[1], on_start=pytest.fail)


@pytest.fixture
def server() -> Iterator[tuple[subprocess.Popen[str], int]]:
    command = [sys.executable, "-c", SERVER]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    # The address is told when it is taken: who asks at once is answered.
    yield process, int(process.stdout.readline().rstrip("/\n").rpartition(":")[2])
    process.kill()
    process.wait()


class Wire(asyncio.Transport):
    """What is written to a client, and whether it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written, self.closed = b"", False

    def write(self, data) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


def connection(app) -> connections.HeadInTime:
    import uvicorn
    from uvicorn.server import ServerState

    made = connections.HeadInTime(uvicorn.Config(app, lifespan="off"), ServerState(), {})
    made.connection_made(Wire())
    return made


HEAD = b"GET /healthz HTTP/1.1\r\nHost: a\r\n"


@pytest.mark.parametrize("sent", [[], [HEAD[:5]] * 9, [HEAD + b"\r\n", *[HEAD[:5]] * 9]])
def test_who_sends_no_whole_head_is_not_waited_for(sent, monkeypatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)

    async def visit() -> tuple[bool, bytes]:
        made = connection(create_app(Everywhere()))
        for part in sent:  # none of which puts the limit off
            made.data_received(part)
            await asyncio.sleep(0.04)
        await asyncio.sleep(0.25)
        return made.transport.closed, made.transport.written

    closed, written = asyncio.run(visit())
    assert closed
    assert (b"200 OK" in written) == (len(sent) == 10)


def test_an_answer_may_take_longer_than_a_head(monkeypatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.05)

    async def slow(scope, receive, send) -> None:
        await asyncio.sleep(0.2)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"at last"})

    async def visit() -> Wire:
        made = connection(slow)
        made.data_received(HEAD + b"\r\n")
        await asyncio.sleep(0.3)
        return made.transport

    wire = asyncio.run(visit())
    assert b"at last" in wire.written
    assert not wire.closed


def test_what_is_under_way_is_finished_before_it_stops(server) -> None:
    process, port = server
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    body = json.dumps(POINTS)
    connection.request("POST", "/v1/embed", body, {"Content-Type": "application/json"})
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    answer = connection.getresponse()
    assert answer.status == 200
    assert json.loads(answer.read())["places"][0]["embedding"] == [5, 60]
    process.wait(timeout=30)
    refused = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with pytest.raises(OSError, match="refused"):
        refused.request("GET", "/healthz")
