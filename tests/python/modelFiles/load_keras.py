"""Loads both exported networks as anybody would, and lets them work: images of the noise, and scores of the images.

    python load_keras.py FOLDER NOISE OUT

NOISE is little-endian float32 [n, 100]. Writes OUT.npz with images, scores, and every variable by its path.
"""

import sys

import keras_on_numpy  # noqa: F401, before Keras
import keras
import numpy as np

folder, noise, out = sys.argv[1:]
generator = keras.models.load_model(f"{folder}/generator.keras")
discriminator = keras.models.load_model(f"{folder}/discriminator.keras")
images = generator.predict(np.fromfile(noise, "<f4").reshape(-1, 100), verbose=0)
scores = discriminator.predict(images, verbose=0)

variables = {}
for network in (generator, discriminator):
    optimizer = network.optimizer
    assert type(optimizer) is keras.optimizers.SGD and optimizer.nesterov and optimizer.momentum == 0.9
    assert int(optimizer.iterations) == 0 and optimizer.learning_rate.numpy() == np.float32(0.001)
    for layer in network.layers:
        for variable in layer.weights:
            variables[f"{network.name}/{layer.name}/{variable.name}"] = variable.numpy()
    for parameter, velocity in zip(network.trainable_variables, optimizer.momentums, strict=True):
        variables[f"velocity/{network.name}/{'/'.join(parameter.path.split('/')[-2:])}"] = velocity.numpy()
np.savez(out, images=images, scores=scores, **variables)
