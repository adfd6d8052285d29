"""What every contestant gets, the same for all: images, the state before the first step, and the noise of all steps.

Nobody makes random numbers or reads files while the clock runs. Files are little-endian and hold nothing but numbers.
"""

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# The networks in Keras, and a step compiled by hand, are those of the conformance tests.
sys.path.append(str(Path(__file__).resolve().parents[3] / "tests/conformance"))

import numpy as np

LATENT = 100


class Job:
    def __init__(self, options):
        self.batch, self.steps, self.threads = options.batch, options.steps, options.threads
        self.pixels = np.fromfile(options.folder / "images", np.uint8).reshape(-1, 28, 28, 1)
        noise = np.fromfile(options.folder / "noise", "<f4")
        self.noise = noise.reshape(self.steps, 2, self.batch, LATENT)  # D's and G's turn
        self.folder = options.folder

    def images(self, step):
        """The real images of a step, float32 [batch, 28, 28, 1] in [-1, 1], in file order."""
        place = step % (len(self.pixels) // self.batch) * self.batch
        return (self.pixels[place : place + self.batch].astype(np.float32) - np.float32(127.5)) / np.float32(127.5)

    def initial_state(self):
        """Tensors by the names of gan-dist's store: kernels [height, width, in, out], dense kernels [in, out]."""
        numbers = np.memmap(self.folder / "state", "<f4", "r")
        place = 0
        for name, shape in json.loads((self.folder / "tensors.json").read_text()):
            size = int(np.prod(shape))
            yield name, np.array(numbers[place : place + size]).reshape(shape)
            place += size


def read_job(**flags):
    """@param flags: more options, by name, with their help"""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True, type=Path)
    parser.add_argument("--batch", required=True, type=int)
    parser.add_argument("--steps", required=True, type=int)
    parser.add_argument("--threads", required=True, type=int)
    for name, text in flags.items():
        parser.add_argument(f"--{name}", action="store_true", help=text)
    options = parser.parse_args()
    return Job(options), options


def tell(**line):
    print(json.dumps(line), flush=True)
