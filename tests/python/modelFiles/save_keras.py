"""Builds the two networks as the classic DCGAN script does, gives them the tensors of an .npz, and saves them.

    python save_keras.py FILE.npz FOLDER

Activations are layers of their own. The generator is a functional model whose optimizer has no momentum; the
discriminator has Nesterov's, with velocities.
"""

import sys

import keras_on_numpy  # noqa: F401, before Keras
import keras
import numpy as np
from keras import layers as L

file, folder = sys.argv[1:]
tensors = np.load(file)
sequence = [
    L.Dense(1024), L.Activation("tanh"), L.Dense(128 * 7 * 7), L.BatchNormalization(), L.Activation("tanh"),
    L.Reshape((7, 7, 128)), L.UpSampling2D((2, 2)), L.Conv2D(64, (5, 5), padding="same"), L.Activation("tanh"),
    L.UpSampling2D((2, 2)), L.Conv2D(1, (5, 5), padding="same"), L.Activation("tanh"),
]  # fmt: skip
noise = images = keras.Input((100,))
for layer in sequence:
    images = layer(images)
generator = keras.Model(noise, images)
discriminator = keras.Sequential([
    keras.Input((28, 28, 1)), L.Conv2D(64, (5, 5), padding="same"), L.Activation("tanh"), L.MaxPooling2D((2, 2)),
    L.Conv2D(128, (5, 5)), L.Activation("tanh"), L.MaxPooling2D((2, 2)), L.Flatten(), L.Dense(1024),
    L.Activation("tanh"), L.Dense(1), L.Activation("sigmoid"),
])  # fmt: skip
generator.compile(loss="binary_crossentropy", optimizer="SGD")
discriminator.compile(loss="binary_crossentropy", optimizer=keras.optimizers.SGD(0.001, momentum=0.9, nesterov=True))
for name, network in (("generator", generator), ("discriminator", discriminator)):
    own = [tensors[key] for key in tensors.files if key.startswith(f"{name}/")]
    network.set_weights(own)
    network.optimizer.build(network.trainable_variables)
    if name == "discriminator":
        velocities = [tensors[key] for key in tensors.files if key.startswith(f"velocity/{name}/")]
        for variable, velocity in zip(network.optimizer.momentums, velocities, strict=True):
            variable.assign(velocity)
    network.save(f"{folder}/{name}.keras")
