"""The service under load, on the loopback of this machine alone.

    python -m benchmarks.service RUN [--seconds 60] [--clients 200] [--rate 50]

First single look-ups at a steady rate, each at its time whether or not those before it are
answered, so that a slow answer delays none of the others' clocks: median, 95th and 99th
percentile. Then many clients at once, each with a connection that is kept, asking as fast as they
are answered. The server runs in a process of its own; points are drawn in the area of the run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import socket
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

import numpy as np

HOST = "127.0.0.1"
KEPT_SECONDS = 2.0
"""An idle connection is closed by the server after a while, and asked no more before that."""


@dataclass
class Answers:
    """What came back.

    Attributes:
        seconds: How long each answer took.
        statuses: How often each status came; 0: the connection failed.
    """

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def line(self, name: str, wall: float) -> str:
        cuts = quantiles(self.seconds, n=100)
        p50, p95, p99 = (1000 * cuts[i] for i in (49, 94, 98))
        errors = sum(n for status, n in self.statuses.items() if status != 200)
        return (
            f"{name}: {len(self.seconds):,} answers in {wall:.0f} s "
            f"({len(self.seconds) / wall:,.0f}/s), p50 {p50:.2f} ms, p95 {p95:.2f} ms, "
            f"p99 {p99:.2f} ms, slowest {1000 * max(self.seconds):.0f} ms, {errors} errors"
        )


def run_server(run: str, port: int) -> None:
    from placeprint.serving import create_app, serve

    serve(create_app(run), host=HOST, port=port)


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> int:
    """Send one request over an open connection and read its answer; its status."""
    head = (
        f"POST /v1/embed HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    status = int((await reader.readline()).split()[1])
    length = 0
    while (line := await reader.readline()) != b"\r\n":
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    await reader.readexactly(length)
    return status


async def timed(
    connection: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    body: bytes,
    answers: Answers,
    start: float,
) -> None:
    try:
        status = await ask(*connection, body)
    except (OSError, asyncio.IncompleteReadError, IndexError):
        status = 0
    answers.statuses[status] += 1
    answers.seconds.append(time.perf_counter() - start)


async def steadily(port: int, bodies: list[bytes], rate: float, seconds: float) -> Answers:
    """Look-ups at a steady rate, over as many connections as it takes."""
    answers, free, running = Answers(), asyncio.LifoQueue[Any](), set()
    begin = time.perf_counter()

    async def one(body: bytes, due: float) -> None:
        used, connection = (0.0, None) if free.empty() else free.get_nowait()
        if connection is None or time.perf_counter() - used > KEPT_SECONDS:
            connection = await asyncio.open_connection(HOST, port)
        await timed(connection, body, answers, due)
        free.put_nowait((time.perf_counter(), connection))

    for number in range(int(rate * seconds)):
        due = begin + number / rate
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        task = asyncio.create_task(one(bodies[number % len(bodies)], due))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    while not free.empty():
        free.get_nowait()[1][1].close()
    return answers


async def at_once(port: int, bodies: list[bytes], clients: int, seconds: float) -> Answers:
    """Many clients, each asking again as soon as it is answered."""
    answers, end = Answers(), time.perf_counter() + seconds

    async def client(number: int) -> None:
        connection = await asyncio.open_connection(HOST, port)
        while time.perf_counter() < end:
            number = (number + clients) % len(bodies)
            await timed(connection, bodies[number], answers, time.perf_counter())
        connection[1].close()

    await asyncio.gather(*(client(number) for number in range(clients)))
    return answers


def points_in(run: str, n: int = 10_000) -> list[bytes]:
    """Requests about single points in the area of a run."""
    import placeprint as pp

    west, south, east, north = pp.Run(run).atlas.regions.geometry.total_bounds
    rng = np.random.default_rng(0)
    points = rng.uniform([west, south], [east, north], (n, 2)).round(6)
    return [json.dumps({"points": [point]}).encode() for point in points.tolist()]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--rate", type=float, default=50)
    given = parser.parse_args()
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    server = multiprocessing.get_context("spawn").Process(
        target=run_server, args=(str(given.run), port), daemon=True
    )
    server.start()
    try:
        bodies = points_in(str(given.run))
        wait_for(port, server)
        asyncio.run(at_once(port, bodies, 1, 1))  # warm
        answers = asyncio.run(steadily(port, bodies, given.rate, given.seconds))
        print(answers.line(f"{given.rate:g} look-ups a second", given.seconds), flush=True)
        answers = asyncio.run(at_once(port, bodies, given.clients, given.seconds))
        print(answers.line(f"{given.clients} clients at once", given.seconds), flush=True)
    finally:
        server.terminate()
        server.join()


def wait_for(port: int, server: Any) -> None:
    """Wait until the server takes connections."""
    for _ in range(6000):
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        if not server.is_alive():
            raise SystemExit("the server did not start")
        time.sleep(0.1)
    raise SystemExit("the server did not start within ten minutes")


if __name__ == "__main__":
    main()
