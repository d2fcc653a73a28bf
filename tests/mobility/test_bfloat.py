import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from placeprint.mobility.bfloat import narrow, narrowed, widen, widened

EDGES = [0.0, -0.0, 1.0, 1.00390625, 1.01171875, -3.3895314e38, 3.4e38, 1e-40, np.inf, -np.inf]


def test_rounds_as_torch_does_every_upper_half_with_some_lower_ones():
    upper = np.arange(1 << 16, dtype=np.uint32)[:, None] << 16
    lower = np.array([0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF], dtype=np.uint32)
    values = (upper | lower).view(np.float32)
    expected = torch.from_numpy(values).bfloat16()
    found = torch.from_numpy(narrowed(values)).view(torch.bfloat16)
    number = ~torch.from_numpy(values).isnan()
    assert torch.equal(found.view(torch.uint16)[number], expected.view(torch.uint16)[number])
    assert found[~number].isnan().all()


def test_every_half_survives_the_way_there_and_back():
    halves = np.arange(1 << 16, dtype=np.uint16)
    wide = widened(halves)
    number = ~np.isnan(wide)
    np.testing.assert_array_equal(narrowed(wide)[number], halves[number])
    same = torch.from_numpy(halves).view(torch.bfloat16).float().numpy()
    np.testing.assert_array_equal(wide, same)


@given(st.one_of(st.sampled_from(EDGES), st.floats(width=32, allow_nan=False)))
def test_one_number_is_rounded_as_an_array_is(value):
    single = np.float32(value)
    assert narrow(single) == narrowed(np.array([single]))[0]
    assert widen(narrow(single)) == widened(narrowed(np.array([single])))[0]
