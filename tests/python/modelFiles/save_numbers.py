"""Saves every pattern of the narrow types, and some numbers in other orders, as NumPy, safetensors and HDF5 keep them.

    python save_numbers.py FOLDER

Writes numbers.npz, .safetensors and .h5, and what NumPy reads in them as float32: expected.npz.
"""

import sys

import h5py
import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

folder = sys.argv[1]
words = np.arange(2**16, dtype="<u2")
bytes_ = np.arange(2**8, dtype="u1")
values = np.linspace(-3, 3, 24).reshape(2, 3, 4)
narrow = {
    "float16": words.view("<f2"),
    "bfloat16": words.view(ml_dtypes.bfloat16),
    "float8_e4m3": bytes_.view(ml_dtypes.float8_e4m3fn),
    "float8_e5m2": bytes_.view(ml_dtypes.float8_e5m2),
    "float64": values.astype("<f8"),
}
# Of one byte, NumPy writes `V1` for several types.
in_npz = {name: array for name, array in narrow.items() if name != "float8_e4m3"}
in_npz |= {f"big_{size}": values.astype(f">f{size}") for size in (2, 4, 8)}
in_npz |= {f"fortran_{size}": np.asfortranarray(values.astype(f"<f{size}")) for size in (2, 4, 8)}
in_npz["fortran_big"] = np.asfortranarray(values.astype(">f4")[0])
in_npz["fortran_bfloat16"] = np.asfortranarray(values.astype(ml_dtypes.bfloat16))

with np.errstate(all="ignore"):
    np.savez(f"{folder}/numbers.npz", **in_npz)
    save_file(narrow, f"{folder}/numbers.safetensors")
    with h5py.File(f"{folder}/numbers.h5", "w") as file:
        for name in in_npz.keys() - {"float8_e5m2"}:
            file[name] = in_npz[name]
        file.create_dataset("packed", data=values.astype("f4"), compression="gzip")
        file.create_dataset("rarely_packed", data=np.zeros(1000, "f4"), compression="lzf")
    everything = narrow | in_npz | {"packed": values}
    np.savez(f"{folder}/expected.npz", **{n: np.ascontiguousarray(a.astype("f4")) for n, a in everything.items()})
