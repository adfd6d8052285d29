"""Compares an exported .safetensors with an exported .npz, bit by bit, and shows its metadata.

    python compare_safetensors.py FILE.npz FILE.safetensors
"""

import json
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file

npz, file = sys.argv[1:]
expected, found = np.load(npz), load_file(file)
assert sorted(found) == sorted(expected.files)
for name, tensor in found.items():
    assert tensor.dtype == np.float32 and tensor.shape == expected[name].shape, name
    assert tensor.tobytes() == expected[name].tobytes(), name
with safe_open(file, "numpy") as opened:
    print(json.dumps({"tensors": len(found), **opened.metadata()}))
