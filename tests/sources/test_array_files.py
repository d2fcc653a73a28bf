from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from placeprint.errors import InputError
from placeprint.sources.embeddings import ARRAY_FILES, read_array_file

X = np.arange(12, dtype=np.float32).reshape(3, 4)
IDS = ["a", "b", "c"]
TENSOR = torch.tensor(X)


def saved(path) -> bytes:
    """A good file of the type that its name says."""
    if path.suffix == ".npy":
        np.save(path, X)
    elif path.suffix == ".npz":
        np.savez_compressed(path, embedding=X, ids=IDS)
    elif path.suffix == ".safetensors":
        save_file({"embedding": TENSOR}, path)
    else:
        torch.save({"embedding": TENSOR, "ids": IDS}, path)
    return path.read_bytes()


@pytest.mark.parametrize("suffix", ARRAY_FILES)
def test_something_else_by_that_name_is_said_to_be_that(tmp_path, suffix) -> None:
    path = tmp_path / f"page{suffix}"
    for content, words in (
        (b"h3,0,1\n8626180dfffffff,0.1,0.2\n", "text that begins 'h3,0,1'"),
        (b"<!doctype html><title>404</title>", "HTML"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
        (b"../.git/annex/objects/aa", "text"),
        (b"/annex/objects/MD5E-s1--0", "git annex get"),
        (b"PAR1....PAR1", "Parquet"),
        (pickle.dumps(X), "pickle"),
        (b"", "empty"),
    ):
        path.write_bytes(content)
        with pytest.raises(InputError, match=words):
            read_array_file(path)
    path.unlink()
    with pytest.raises(InputError, match="no such file"):
        read_array_file(path)
    path.mkdir()
    with pytest.raises(InputError, match="a folder"):
        read_array_file(path)


@pytest.mark.parametrize("suffix", ARRAY_FILES)
def test_one_type_by_the_name_of_another(tmp_path, suffix) -> None:
    for other in {".npy", ".npz", ".pt", ".safetensors"} - {suffix, suffix.replace("h", "")}:
        content = saved(tmp_path / f"good{other}")
        (tmp_path / f"bad{suffix}").write_bytes(content)
        with pytest.raises(InputError, match="it is not"):
            read_array_file(tmp_path / f"bad{suffix}")


@pytest.mark.parametrize("suffix", ARRAY_FILES)
@given(data=st.data())
def test_damaged_files_are_refused_or_read_never_a_traceback(
    tmp_path_factory, suffix, data
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    content = bytearray(saved(folder / f"a{suffix}"))
    if data.draw(st.booleans(), "cut"):
        content = content[: data.draw(st.integers(0, len(content) - 1), "length")]
    else:
        for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1), "places"):
            content[place] = data.draw(st.integers(0, 255), "byte")
    (folder / f"b{suffix}").write_bytes(bytes(content))
    try:
        matrix, _ = read_array_file(folder / f"b{suffix}")
    except InputError:
        return
    assert matrix.ndim == 2


def quantised() -> torch.Tensor:
    return torch.quantize_per_tensor(TENSOR, 0.1, 0, torch.qint8)


@pytest.mark.filterwarnings("ignore")
def test_tensors_that_are_no_plain_matrix_say_what_to_save(tmp_path) -> None:
    path = tmp_path / "x.pt"
    module = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Linear(8, 2))
    for content, words in (
        (TENSOR.to_sparse(), r"sparse.*to_dense"),
        (TENSOR.to_sparse_csr(), r"sparse.*to_dense"),
        ({"embedding": TENSOR.to_sparse(), "other": TENSOR}, r"'embedding'.*sparse.*to_dense"),
        (quantised(), r"quantised.*dequantize"),
        (torch.complex(TENSOR, TENSOR), r"complex.*side by side"),
        (module.state_dict(), r"weights of a model.*apply"),
        (torch.nn.Linear(4, 8).state_dict(), r"weights of a model.*apply"),
        ({"epoch": 3, "model": module.state_dict()}, r"expected one matrix.*epoch .*int.*4"),
        (module, r"Python objects.*torch\.save"),
        ([TENSOR, IDS], r"expected one matrix.*list of 2"),
        (TENSOR[0], r"expected one matrix.*\(4,\)"),
        ({}, "no array"),
    ):
        torch.save(content, path)
        with pytest.raises(InputError, match=words):
            read_array_file(path)
    torch.jit.script(torch.nn.Linear(4, 8)).save(str(path))
    with pytest.raises(InputError, match="TorchScript"):
        read_array_file(path)


def test_what_stands_beside_the_matrix_does_no_harm(tmp_path) -> None:
    torch.save(
        {"embedding": TENSOR.requires_grad_(), "adjacency": torch.eye(3).to_sparse(), "epoch": 3},
        tmp_path / "x.pt",
    )
    matrix, ids = read_array_file(tmp_path / "x.pt")
    np.testing.assert_array_equal(matrix, X)
    assert ids is None


def test_files_of_old_releases_of_pytorch_are_read(tmp_path) -> None:
    path = tmp_path / "x.pth"
    torch.save(torch.tensor(X), path, _use_new_zipfile_serialization=False)
    np.testing.assert_array_equal(read_array_file(path)[0], X)


def test_objects_of_numpy_are_never_unpickled(tmp_path) -> None:
    ids = np.array(IDS, dtype=object)
    np.save(tmp_path / "x.npy", ids, allow_pickle=True)
    np.savez(tmp_path / "x.npz", embedding=X, ids=ids)
    np.save(tmp_path / "z.npy", X.astype(np.complex64))
    for name, words in (("x.npy", r"Python objects.*dtype=str"), ("z.npy", "complex")):
        with pytest.raises(InputError, match=words):
            read_array_file(tmp_path / name)
    with pytest.raises(InputError, match=r"Python objects.*dtype=str"):
        read_array_file(tmp_path / "x.npz")
