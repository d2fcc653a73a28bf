"""The page of the map: one file that opens anywhere, or parts that a service sends."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from placeprint.errors import InputError
from placeprint.files import prepare_output, write_text
from placeprint.models import Run
from placeprint.serving.map.contents import LARGEST_PAGE, map_contents
from placeprint.serving.map.nearest import nearest_table
from placeprint.serving.names import Names, names_of
from placeprint.typing import PathLike

__all__ = ["STATIC", "as_json", "check_basemap", "content_policy", "served_page", "write_map"]

_HERE: Final = Path(__file__).parent
_LIBRARY: Final = _HERE / "vendor" / "maplibre-gl"
_TEMPLATES: Final = _HERE / "templates"
_SCRIPTS: Final = ("codec", "source", "themes", "search", "place", "map")


def write_map(
    run: Run | PathLike,
    out: PathLike,
    *,
    names: Names = None,
    basemap: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Write the map of a run as one HTML file that needs no network and no server.

    Regions coloured by their embedding, by cluster, by coverage, by each label and by the held-out
    predictions of the last evaluation; a click shows a place, its nearest places and in which
    modality they agree. The same run gives the same bytes.

    Args:
        run: A run, whose atlas has to be where it was; or its folder.
        out: The file to be written.
        names: Names of regions, or of some: by id, or a table of ids and a column ``name``; the
            others keep those that the atlas has.
        basemap: The address of raster tiles, with {z}, {x} and {y}, to be drawn below the
            regions; only with it does the page ask a server for anything.
        overwrite: Whether an existing file may be replaced.

    Returns:
        The file.

    Raises:
        InputError: If there are more regions than one page holds, nobody knows where they are, or
            the basemap is no address.
        OutputExistsError: If ``out`` exists and may not be replaced.

    Example:
        >>> write_map("run", "map.html")  # doctest: +SKIP
    """
    target = prepare_output(out, overwrite=overwrite)
    check_basemap(basemap)
    opened = run if isinstance(run, Run) else Run(run)
    ids = opened.atlas.region_ids
    if len(ids) > LARGEST_PAGE:
        raise InputError(
            f"{len(ids):,} regions are too many for one page, which holds {LARGEST_PAGE:,}",
            source=opened.path,
            hint="look at them with `placeprint serve`, or write vector tiles with "
            "`placeprint export RUN --out tiles.pmtiles`",
        )
    contents = map_contents(opened, names=names_of(names, ids, opened.atlas.region_names))
    values = {key: theme.shown for key, theme in contents.themes.items()}
    nearest = nearest_table(opened.embeddings, opened.modality_embeddings, ids)
    document = contents.about | {"values": values, "nearest": nearest, "basemap": basemap}
    packed = gzip.compress(as_json(document), 9, mtime=0)
    write_text(target, _page(opened.atlas.name, base64.b64encode(packed).decode(), basemap))
    return target


def served_page(title: str) -> str:
    """The page without its data and its parts, which a service sends."""
    return _rendered(title=title, inline=False, policy=None)


def content_policy(basemap: str | None, *, scripts: str = "'self'", styles: str = "'self'") -> str:
    """What the page may load: its own parts, and the tiles of the basemap.

    MapLibre runs its worker from a blob.

    Args:
        basemap: The address of the basemap's tiles.
        scripts: Sources of scripts.
        styles: Sources of styles.
    """
    tiles = "" if basemap is None else " " + _origin(basemap)
    own = " 'self'" if scripts == "'self'" else ""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {scripts}",
            f"style-src {styles}",
            f"img-src data: blob:{own}{tiles}",
            f"connect-src blob:{own}{tiles}",
            "worker-src blob:",
            "child-src blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def check_basemap(basemap: str | None) -> None:
    """Refuse an address that is none of raster tiles.

    Raises:
        InputError: If it is not http or https, or lacks {z}, {x} or {y}.

    Example:
        >>> check_basemap("https://tiles.example.org/{z}/{x}/{y}.png")
    """
    if basemap is None:
        return
    parts = urlsplit(basemap)
    named = all(f"{{{axis}}}" in basemap for axis in "zxy")
    plain = all(letter.isprintable() and letter not in " ;,'\"<>" for letter in basemap)
    if parts.scheme not in ("http", "https") or not parts.hostname or not (named and plain):
        raise InputError(
            f"the basemap {basemap!r} is no address of raster tiles",
            hint="give one like https://tiles.example.org/{z}/{x}/{y}.png",
        )


def as_json(value: Any) -> bytes:
    """Compact JSON; a number that JSON does not have is an error, never a NaN in the text."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def _static() -> dict[str, tuple[str, bytes]]:
    """The parts of the page by name, each with its media type."""
    library = (_LIBRARY / "maplibre-gl.js").read_text(encoding="utf-8")
    # The library's own map of its source is not shipped: nobody shall ask for it.
    library = library.rsplit("//# sourceMappingURL=", 1)[0]
    scripts = [(_TEMPLATES / "js" / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS]
    script = '"use strict";\n' + "\n".join(scripts)
    return {
        "maplibre-gl.js": ("text/javascript", library.encode()),
        "maplibre-gl.css": ("text/css", (_LIBRARY / "maplibre-gl.css").read_bytes()),
        "map.js": ("text/javascript", script.encode()),
        "map.css": ("text/css", (_TEMPLATES / "map.css").read_bytes()),
    }


STATIC: Final = _static()
"""The parts of the page, which is all that a service sends of files."""


def _page(title: str, data: str, basemap: str | None) -> str:
    """The page with everything in it."""
    parts = {name: content.decode() for name, (_, content) in STATIC.items()}
    scripts = parts["maplibre-gl.js"], parts["map.js"]
    styles = parts["maplibre-gl.css"], parts["map.css"]
    policy = content_policy(basemap, scripts=_digests(scripts), styles=_digests(styles))
    return _rendered(
        title=title,
        inline=True,
        policy=policy,
        data=data,
        library_js=scripts[0],
        js=scripts[1],
        library_css=styles[0],
        css=styles[1],
    )


def _digests(texts: tuple[str, ...]) -> str:
    """Sources by which a page's policy lets these texts in, and no others."""
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts)
    return " ".join(f"'sha256-{digest}'" for digest in digests)


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _rendered(**contents: Any) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    ours = ("library_js", "library_css", "js", "css")
    safe = {name: Markup(contents[name]) for name in ours if name in contents}
    return environment.get_template("map.html").render(contents | safe)
