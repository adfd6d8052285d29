"""Compares an exported checkpoint with the store, bit by bit, as numpy and zarr-python read them.

    python -W error compare_npz.py RUN.zarr STEP FILE.npz
"""

import sys

import numpy as np
import zarr

run, step, file = sys.argv[1:]
checkpoint = zarr.open_group(run, mode="r", zarr_format=2)[f"checkpoints/{int(step):08d}"]
stored = {path: item for path, item in checkpoint.members(max_depth=None) if isinstance(item, zarr.Array)}

exported = np.load(file, allow_pickle=False)
assert sorted(exported.files) == sorted(stored), exported.files
for name, array in stored.items():
    ours = exported[name]
    assert ours.dtype == np.float32 and ours.shape == array.shape, (name, ours.dtype, ours.shape)
    assert ours.flags.c_contiguous, name
    assert ours.tobytes() == array[...].tobytes(), name
print(len(stored))
