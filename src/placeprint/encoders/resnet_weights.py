"""The weights of a ResNet-18 on disk: safetensors only, checked against the network's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TypeAlias

from safetensors import SafetensorError
from torch import Tensor

from placeprint.errors import InputError, listing
from placeprint.files import read_json
from placeprint.typing import PathLike

__all__ = ["IMAGENET_DEVIATION", "IMAGENET_MEAN", "ResNetWeights", "read_resnet_weights"]

Numbers: TypeAlias = tuple[float, ...]

FIRST_KERNEL = "embedder.embedder.convolution.weight"
EXPECTED = (
    "give a ResNet-18 in the format of the transformers library "
    "(basic layers, depths 2, 2, 2, 2), such as microsoft/resnet-18 saved with "
    "model.save_pretrained(folder)"
)
IMAGENET_MEAN: Numbers = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION: Numbers = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class ResNetWeights:
    """What a checkpoint holds, for images of the channels asked for.

    Attributes:
        source: The folder or file.
        state: The tensors, by the names of the transformers library's ``ResNetModel``.
        mean: Of the pixels (0 … 1) by channel, as the network was trained.
        deviation: Of the pixels by channel.
    """

    source: Path
    state: dict[str, Tensor]
    mean: Numbers
    deviation: Numbers

    def check(self, expected: Mapping[str, Tensor]) -> None:
        """Refuse weights that are not those of the network, by name and shape.

        Raises:
            InputError: Naming the first weights that are missing, foreign or of another shape.
        """
        missing = sorted(set(expected) - set(self.state))
        foreign = sorted(set(self.state) - set(expected))
        misshapen = [
            f"{name} {tuple(tensor.shape)} instead of {tuple(expected[name].shape)}"
            for name, tensor in sorted(self.state.items())
            if name in expected and tensor.shape != expected[name].shape
        ]
        problems = {"it lacks": missing, "it has besides": foreign, "it has": misshapen}
        found = [f"{what} {listing(names, limit=2)}" for what, names in problems.items() if names]
        if found:
            raise InputError(
                f"these are not the weights of a ResNet-18: {'; '.join(found)}",
                source=self.source,
                hint=EXPECTED,
            )


def read_resnet_weights(path: PathLike, channels: int) -> ResNetWeights:
    """Read a checkpoint; the layer that classifies, if it has one, is left out.

    For rasters of one channel, a first layer of three is summed over them: the network then does
    what it would if the raster, normalised, were shown in all three.

    Args:
        path: A folder with ``*.safetensors``, or such a file, of the transformers library or of a
            :class:`~placeprint.encoders.resnet.ResNet18`. The mean and deviation of the pixels
            are read from ``preprocessor_config.json`` beside it; without one they are those of
            ImageNet.
        channels: Of the images to encode, 1 or 3.

    Raises:
        InputError: If there is no such file, it cannot be read, or it holds no ResNet.
    """
    source = Path(path)
    files = _files(source)
    state: dict[str, Tensor] = {}
    for file in files:
        state |= _read(file)
    if FIRST_KERNEL not in state or state[FIRST_KERNEL].ndim != 4:
        raise InputError(
            f"no first layer {FIRST_KERNEL!r}, found {listing(sorted(state), limit=3)}",
            source=source,
            hint=EXPECTED,
        )
    mean, deviation = _normalisation(state, files[0].parent)
    if channels == 1:
        state[FIRST_KERNEL] = state[FIRST_KERNEL].sum(dim=1, keepdim=True)
        mean, deviation = (fmean(mean),), (fmean(deviation),)
    return ResNetWeights(source, state, mean, deviation)


def _files(source: Path) -> list[Path]:
    """The safetensors of a checkpoint."""
    if not source.exists():
        raise InputError("there is no such folder or file", source=source, hint=EXPECTED)
    files = sorted(source.glob("*.safetensors")) if source.is_dir() else [source]
    if not files or files[0].suffix != ".safetensors":
        raise InputError(
            "no *.safetensors here, and pickled weights are not read",
            source=source,
            hint="write them with model.save_pretrained(folder)",
        )
    return files


def _read(file: Path) -> dict[str, Tensor]:
    """The tensors of one file by their plain names."""
    from safetensors.torch import load_file

    try:
        tensors = load_file(file)
    except (SafetensorError, OSError) as error:
        raise InputError(
            f"cannot be read as safetensors ({error})", source=file, hint="fetch the file again"
        ) from None
    plain = {
        name.removeprefix("network.").removeprefix("resnet."): tensors[name] for name in tensors
    }
    return {name: tensor for name, tensor in plain.items() if not name.startswith("classifier.")}


def _normalisation(state: dict[str, Tensor], folder: Path) -> tuple[Numbers, Numbers]:
    """Mean and deviation of the pixels it was trained on; taken out of the state of a ResNet18."""
    if {"mean", "deviation"} <= state.keys():
        own = (state.pop(name).flatten().tolist() for name in ("mean", "deviation"))
        mean, deviation = map(tuple, own)
        return mean, deviation
    path = folder / "preprocessor_config.json"
    config = read_json(path) if path.exists() else {}
    if config.get("do_normalize") is False:
        return (0.0,) * 3, (1.0,) * 3
    mean = tuple(map(float, config.get("image_mean", IMAGENET_MEAN)))
    return mean, tuple(map(float, config.get("image_std", IMAGENET_DEVIATION)))
