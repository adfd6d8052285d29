"""Keras on its NumPy backend without JAX and SciPy, which are large, and of which two networks need little.

Import it before Keras. Convolution and max pooling are here, in NumPy; whatever else of JAX and SciPy Keras names is there by name only.
"""

import importlib.abc
import importlib.machinery
import os
import sys
import warnings
from unittest.mock import MagicMock

import numpy as np

os.environ["KERAS_BACKEND"] = "numpy"
# Of Keras 3.15 with NumPy 2: its variables have an `__array__` of the old kind.
warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)


class Nameplates(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        is_absent = name.split(".")[0] in ("jax", "scipy")
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if is_absent else None

    def create_module(self, spec):
        return MagicMock(name=spec.name, __path__=[], __spec__=spec, __name__=spec.name)

    def exec_module(self, module):
        pass


def windows(images, size, strides, padding, fill):
    """[n, h, w, c] → [n, h', w', c, *size]"""
    if padding.upper() == "SAME":
        assert tuple(strides) == (1, 1)
        around = [((side - 1) // 2, side // 2) for side in size]
        images = np.pad(images, [(0, 0), *around, (0, 0)], constant_values=fill)
    seen = np.lib.stride_tricks.sliding_window_view(images, size, axis=(1, 2))
    return seen[:, :: strides[0], :: strides[1]]


def convolve(images, kernel, strides, padding, rhs_dilation, dimension_numbers, feature_group_count):
    assert tuple(rhs_dilation) == (1, 1) and feature_group_count == 1
    seen = windows(images, kernel.shape[:2], strides, padding, 0)
    return np.tensordot(seen, kernel, axes=([4, 5, 3], [0, 1, 2])).astype(images.dtype)


def reduce_window(images, initial, reduce, size, strides, padding):
    assert reduce is sys.modules["jax"].lax.max and tuple(size)[::3] == (1, 1)
    return windows(images, size[1:3], strides[1:3], padding, -np.inf).max(axis=(4, 5))


sys.meta_path.insert(0, Nameplates())
import jax.lax  # noqa: E402

jax.lax.conv_general_dilated = convolve
jax.lax.reduce_window = reduce_window
