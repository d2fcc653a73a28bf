"""Writing an atlas: layer by layer, each at most once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from placeprint.atlas.store import FORMAT
from placeprint.errors import OutputExistsError
from placeprint.files import check_place, fingerprint, prepare_output, read_json, write_json
from placeprint.typing import PathLike

__all__ = ["AtlasWriter"]


class AtlasWriter:
    """Writes an atlas layer by layer, and keeps each layer whose request is unchanged.

    Args:
        path: The atlas folder.
        header: What atlas.json says beside the layers: name, regions, licence, …
        overwrite: Whether an existing atlas may be changed.

    Raises:
        OutputExistsError: If the folder holds something else than an atlas of this name, and
            overwriting was not asked for.
        InputError: If nothing can be written there.
    """

    def __init__(self, path: PathLike, header: dict[str, Any], *, overwrite: bool) -> None:
        self.path = Path(path)
        self._overwrite = overwrite
        manifest = self.path / "atlas.json"
        check_place(manifest)
        old = read_json(manifest) if manifest.exists() else {}
        if old.get("name") != header["name"]:
            prepare_output(self.path, overwrite=overwrite)
        self._old: dict[str, Any] = old.get("layers", {})
        self._manifest = {**header, "format": FORMAT, "layers": dict(self._old)}

    def check(self, requests: dict[str, dict[str, Any]]) -> None:
        """Refuse, before work starts, to replace layers that have changed.

        Args:
            requests: For each layer, everything that it depends on.

        Raises:
            OutputExistsError: If one differs from what is on disk, and overwriting was not asked
                for.
        """
        for key, request in requests.items():
            if key in self._old and not self._overwrite and not self.has(key, request):
                raise OutputExistsError(self._file(key))

    def _file(self, key: str) -> Path:
        return self.path / f"{key}.parquet"

    def has(self, key: str, request: dict[str, Any]) -> bool:
        """Whether a layer is there already, and was asked for in the same words."""
        written = self._old.get(key, {}).get("fingerprint")
        return written == fingerprint(request) and self._file(key).exists()

    def write(
        self, key: str, request: dict[str, Any], make: Callable[[Path], dict[str, Any]]
    ) -> None:
        """Write one layer, unless it is there already and was asked for in the same words.

        Args:
            key: The layer, such as ``features/poi``.
            request: Everything that it depends on: settings, digests of its inputs.
            make: Writes the layer's file and returns its provenance.
        """
        if self.has(key, request):
            return
        asked = {"request": request, "fingerprint": fingerprint(request)}
        self._manifest["layers"][key] = {**make(self._file(key)), **asked}
        self._save()

    def finish(self, titles: Mapping[str, str]) -> None:
        """Remove the layers that the recipe no longer asks for.

        Args:
            titles: The layers that stay, and what people call each; empty: nothing but its name.
        """
        layers = {key: dict(self._manifest["layers"][key]) for key in titles}
        for key, title in titles.items():
            layers[key].pop("title", None)
            layers[key] |= {"title": title} if title else {}
        self._manifest["layers"] = layers
        self._save()
        for key in self._old.keys() - titles.keys():
            self._file(key).unlink(missing_ok=True)

    def _save(self) -> None:
        write_json(self.path / "atlas.json", self._manifest)
