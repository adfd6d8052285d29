"""The two networks, their tensors under the names of gan-dist's store, and the state before the first step.

Images are float32 [batch, 28, 28, 1], kernels [height, width, in, out], dense kernels [in, out].
"""

import keras
import numpy as np
from keras import layers

import philox

LATENT = 100

# A tensor's place in this list is its index in the random stream of the initial kernels.
TENSORS = [
    "generator/dense_1/kernel",
    "generator/dense_1/bias",
    "generator/dense_2/kernel",
    "generator/dense_2/bias",
    "generator/batch_norm/gamma",
    "generator/batch_norm/beta",
    "generator/batch_norm/moving_mean",
    "generator/batch_norm/moving_variance",
    "generator/conv_1/kernel",
    "generator/conv_1/bias",
    "generator/conv_2/kernel",
    "generator/conv_2/bias",
    "discriminator/conv_1/kernel",
    "discriminator/conv_1/bias",
    "discriminator/conv_2/kernel",
    "discriminator/conv_2/bias",
    "discriminator/dense_1/kernel",
    "discriminator/dense_1/bias",
    "discriminator/dense_2/kernel",
    "discriminator/dense_2/bias",
]


def build_generator():
    """Noise [batch, 100] → images [batch, 28, 28, 1]."""
    return keras.Sequential(
        [
            keras.Input((LATENT,)),
            layers.Dense(1024, activation="tanh", name="dense_1"),
            layers.Dense(7 * 7 * 128, name="dense_2"),
            layers.BatchNormalization(epsilon=1e-3, momentum=0.99, name="batch_norm"),
            layers.Activation("tanh"),
            layers.Reshape((7, 7, 128)),
            layers.UpSampling2D(2, interpolation="nearest"),
            layers.Conv2D(64, 5, padding="same", activation="tanh", name="conv_1"),
            layers.UpSampling2D(2, interpolation="nearest"),
            layers.Conv2D(1, 5, padding="same", activation="tanh", name="conv_2"),
        ],
        name="generator",
    )


def build_discriminator():
    """Images [batch, 28, 28, 1] → logits [batch, 1]: the sigmoid is in the loss."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(64, 5, padding="same", activation="tanh", name="conv_1"),
            layers.MaxPooling2D(2),
            layers.Conv2D(128, 5, padding="valid", activation="tanh", name="conv_2"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(1024, activation="tanh", name="dense_1"),
            layers.Dense(1, name="dense_2"),
        ],
        name="discriminator",
    )


def name_variables(network):
    """The network's variables by the store's names."""
    return {f"{network.name}/{layer.name}/{v.name}": v for layer in network.layers for v in layer.weights}


def initial_tensor(seed, name, shape):
    """Kernels are Glorot uniform; gamma and the moving variance 1; all others 0."""
    if name.endswith(("/gamma", "/moving_variance")):
        return np.ones(shape, np.float32)
    if not name.endswith("/kernel"):
        return np.zeros(shape, np.float32)
    *window, fan_in, fan_out = shape
    limit = np.float32(np.sqrt(6 / (np.prod(window) * (fan_in + fan_out))))
    return limit * philox.uniform(seed, philox.INITIAL_KERNELS, TENSORS.index(name), shape)
