"""The models by name, and training whichever a configuration is of."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from placeprint.errors import InputError, closest
from placeprint.typing import PathLike

if TYPE_CHECKING:
    from placeprint.atlas import Atlas
    from placeprint.models.mobclip import MobCLIPConfig
    from placeprint.models.run import Run
    from placeprint.models.urbanmfm import UrbanMFMConfig

    ModelConfig: TypeAlias = MobCLIPConfig | UrbanMFMConfig

__all__ = ["MODELS", "config_class", "load_model", "train"]

MODELS: Final = {"mobclip": "MobCLIP", "urbanmfm": "UrbanMFM"}
"""What a model is called on the command line → in papers and in runs."""


def config_class(model: str) -> type[Any]:
    """The class of a model's configuration.

    Args:
        model: One of :data:`MODELS`.

    Raises:
        InputError: If there is no such model.

    Example:
        >>> config_class("urbanmfm").__name__
        'UrbanMFMConfig'
    """
    if model not in MODELS:
        raise InputError(f"no model {model!r}", source="--model", hint=closest(model, MODELS))
    found: type[Any] = getattr(_module(model), f"{MODELS[model]}Config")
    return found


def train(
    atlas: Atlas,
    config: ModelConfig | None = None,
    out: PathLike = "run",
    *,
    resume: bool = False,
    overwrite: bool = False,
    device: str = "auto",
) -> Run:
    """Train a model on an atlas and write a run.

    Args:
        atlas: The atlas to train on.
        config: Which model, and how: a :class:`MobCLIPConfig` or an :class:`UrbanMFMConfig`;
            None: MobCLIP with the defaults.
        out: The run folder.
        resume: Go on with what is in ``out``.
        overwrite: Start anew and replace what is in ``out``.
        device: What it is trained on: ``cpu``, ``cuda``, or ``auto``, a GPU if there is one.
            UrbanMFM is trained on the processor.

    Returns:
        The run.

    Raises:
        InputError: If the atlas lacks what the configuration names, ``out`` belongs to another
            atlas or configuration, or the model cannot be trained on the device.
        OutputExistsError: If ``out`` holds a run, and neither was asked for.
    """
    settings = config_class("mobclip")() if config is None else config
    name = next(name for name in MODELS if isinstance(settings, config_class(name)))
    run: Run = _module(name).train(
        atlas, settings, out, resume=resume, overwrite=overwrite, device=device
    )
    return run


def load_model(run: Run) -> Any:
    """The trained model of a run: what has ``embed(atlas)``.

    Raises:
        InputError: If this release does not know the model.
    """
    names = {paper: name for name, paper in MODELS.items()}
    if run.model not in names:
        raise InputError(f"a run of the unknown model {run.model!r}", source=run.path)
    return _module(names[run.model]).load_model(run)


def _module(model: str) -> ModuleType:
    return importlib.import_module(f"placeprint.models.{model}")
