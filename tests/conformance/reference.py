"""The reference: the same training in Keras, from the same seed on the same bytes. `npm run conformance` runs it.

    python reference.py --images IMAGES --batch 32 --seed 1 --steps 60 --after 30,60 --out FOLDER

IMAGES are the bytes [count, 28, 28] and nothing else. Prints a line of JSON for each step, with its losses, and one for
each state that was asked for, with the file that holds it: its tensors, little-endian float32, one after the other.
"""

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

import philox
from game import Game
from networks import LATENT


def main():
    options = read_options()
    philox.check_known_answers()
    tell(versions={"tensorflow": tf.__version__, "keras": keras.__version__, "numpy": np.__version__})
    images = read_images(options.images)
    game = Game(options.seed)
    for step in range(options.before):
        play_step(game, step, images, options)
    if options.before > 0:
        game.save(options.out)
    for done in range(options.steps + 1):
        if done in options.after:
            write_state(game, done, options.out)
        if done < options.steps:
            tell(step=done, **play_step(game, done, images, options))


def play_step(game, step, images, options):
    def noise(stream):
        return tf.constant(philox.uniform(options.seed, stream, step, (options.batch, LATENT)))

    real = tf.constant(images[take_batch(step, len(images), options)])
    for turn in range(options.discriminator_steps):
        d_loss = game.discriminator_turn(real, noise(philox.DISCRIMINATOR_NOISE + 32 * turn))
    g_loss = game.generator_turn(noise(philox.GENERATOR_NOISE))
    return {"dLoss": float(d_loss), "gLoss": float(g_loss)}


def take_batch(step, count, options):
    """The numbers of the step's images. What does not fill a batch is left out of the epoch."""
    epoch, batch = divmod(step, count // options.batch)
    order = philox.shuffled_order(options.seed, epoch, count) if options.shuffle else range(count)
    return order[batch * options.batch : (batch + 1) * options.batch]


def read_images(file):
    """float32 [count, 28, 28, 1] in [-1, 1]."""
    pixels = np.fromfile(file, np.uint8).reshape(-1, 28, 28, 1)
    return (pixels.astype(np.float32) - np.float32(127.5)) / np.float32(127.5)


def write_state(game, done, folder):
    state = game.state()
    file = folder / f"{done}.float32"
    with file.open("wb") as out:
        for tensor in state.values():
            tensor.astype("<f4").tofile(out)
    tell(after=done, file=str(file), tensors=[[name, list(tensor.shape)] for name, tensor in state.items()])


def tell(**line):
    print(json.dumps(line), flush=True)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", required=True, type=Path)
    parser.add_argument("--batch", required=True, type=int)
    parser.add_argument("--seed", required=True, type=int)
    parser.add_argument("--discriminator-steps", default=1, type=int)
    parser.add_argument("--shuffle", action="store_true")
    parser.add_argument("--before", default=0, type=int, help="steps before step 0; then both networks are saved")
    parser.add_argument("--steps", required=True, type=int)
    parser.add_argument("--after", required=True, type=lambda text: [int(step) for step in text.split(",")])
    parser.add_argument("--out", required=True, type=Path, help="an existing folder for the states")
    return parser.parse_args()


main()
