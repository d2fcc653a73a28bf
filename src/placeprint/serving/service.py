"""The service: a run or an encoder behind HTTP, with its map."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from placeprint.errors import InputError, optional_import
from placeprint.models import Run
from placeprint.serving.encoder_source import EncoderSource, is_encoder
from placeprint.serving.names import Names
from placeprint.serving.run_source import RunSource
from placeprint.typing import PathLike

if TYPE_CHECKING:
    from fastapi import FastAPI

    from placeprint.serving.encoder_source import EncodesCoordinates

__all__ = ["KEY_VARIABLE", "MAX_BODY_BYTES", "create_app", "read_key", "serve"]

KEY_VARIABLE: Final = "PLACEPRINT_API_KEY"
"""The environment variable that a key is read from."""

MAX_BODY_BYTES: Final = 1 << 20

_MIN_KEY: Final = 16
_BACKLOG: Final = 1000
_GRACE_SECONDS: Final = 10


def create_app(
    source: Run | EncodesCoordinates | PathLike,
    *,
    predict: Sequence[str] = (),
    names: Names = None,
    basemap: str | None = None,
    api_key: str | None = None,
    max_points: int = 10_000,
    max_body_bytes: int = MAX_BODY_BYTES,
    allowed_origins: Sequence[str] = (),
) -> FastAPI:
    """The service of a run or an encoder as an ASGI application.

    Args:
        source: A run, whose atlas has to be where it was, or a coordinate encoder; or the folder
            of either.
        predict: Labels of the run's atlas that a probe is fitted for.
        names: Names of regions, or of some: by id, or a table of ids and a column ``name``.
        basemap: The address of raster tiles, with {z}, {x} and {y}, that the map draws below the
            regions.
        api_key: What the header ``X-API-Key`` of every request for data has to hold; None: none.
        max_points: How many places one request may ask for.
        max_body_bytes: How long the body of a request may be.
        allowed_origins: Origins of other pages that may ask, such as ``https://example.org``.

    Returns:
        The application, for uvicorn or any other ASGI server.

    Raises:
        InputError: If the source cannot be opened, a label is unknown, or an encoder is given what
            only a run can use.
        MissingExtraError: If FastAPI is not installed.

    Example:
        >>> app = create_app("run", predict=["income"])  # doctest: +SKIP
    """
    optional_import("fastapi", "serve")
    from placeprint.serving.api.application import application

    opened: RunSource | EncoderSource
    if is_encoder(source):
        idle = {
            "labels to predict (--predict)": bool(predict),
            "regions with names (--names)": names is not None,
            "map with a basemap (--basemap)": basemap is not None,
        }
        for what, given in idle.items():
            if given:
                raise InputError(
                    f"an encoder has no {what}",
                    source=str(source),
                    hint="serve a run, or leave the option out",
                )
        known: Any = source
        opened = (
            EncoderSource.open(Path(known))
            if isinstance(known, str | os.PathLike)
            else EncoderSource(known, "encoder")
        )
    else:
        run = source if isinstance(source, Run) else Run(source)  # type: ignore[arg-type]
        opened = RunSource(run, predict, names)
    return application(
        opened,
        basemap=basemap,
        api_key=api_key,
        max_points=max_points,
        max_body_bytes=max_body_bytes,
        allowed_origins=allowed_origins,
    )


def serve(
    app: FastAPI,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    on_start: Callable[[str], None] | None = None,
) -> None:
    """Serve an application until it is stopped; requests under way are finished first.

    Args:
        app: See :func:`create_app`.
        host: The address to listen at; the default is reached from this machine alone.
        port: The port; 0: any that is free.
        on_start: Is told the address, as soon as it is taken.

    Raises:
        InputError: If the port is taken or the address is not of this machine.
        MissingExtraError: If uvicorn is not installed.
    """
    uvicorn = optional_import("uvicorn", "serve")
    import socket

    from placeprint.serving.api.connections import HeadInTime

    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = infos[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        raise InputError(
            f"cannot listen at {host}, port {port} ({error})",
            hint="choose another --port or --host",
        ) from None
    with listener:
        if on_start is not None:
            shown = f"[{host}]" if ":" in host else host
            on_start(f"http://{shown}:{listener.getsockname()[1]}/")
        config = uvicorn.Config(
            app,
            http=HeadInTime,
            log_level="warning",
            access_log=False,
            server_header=False,
            ws="none",
            limit_concurrency=_BACKLOG,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        uvicorn.Server(config).run(sockets=[listener])


def read_key(file: PathLike | None = None) -> str | None:
    """The key of the service, from a file or the environment; never from the command line.

    Args:
        file: A file that holds nothing else; None: the environment variable
            ``PLACEPRINT_API_KEY``, if it is set.

    Returns:
        The key, or None if there is none.

    Raises:
        InputError: If the file cannot be read, or the key is shorter than 16 letters or not of
            plain letters, digits and signs.
    """
    source = KEY_VARIABLE if file is None else str(file)
    if file is None:
        found = os.environ.get(KEY_VARIABLE)
        if found is None:
            return None
    else:
        try:
            found = Path(file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"the key cannot be read ({error})", source=source) from None
    key = found.strip()
    if len(key) < _MIN_KEY or not (key.isascii() and key.isprintable()) or " " in key:
        raise InputError(
            f"a key has {_MIN_KEY} letters, digits or signs at least, without spaces",
            source=source,
            hint="make one: python -c 'import secrets; print(secrets.token_urlsafe())'",
        )
    return key
