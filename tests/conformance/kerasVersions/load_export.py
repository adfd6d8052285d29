"""Loads an exported small GAN in the Keras that runs this, and goes on with its optimizer.

    python load_export.py FOLDER STATE

FOLDER has both networks, STATE is every tensor's float32 numbers, one after the other: the generator's, the
discriminator's, the velocities of both. All are compared bit by bit; then one update without a gradient moves each
parameter by its velocity alone.
"""

import sys

import keras
import numpy as np

folder, file = sys.argv[1:]
numbers = np.fromfile(file, "<f4")
networks = [keras.models.load_model(f"{folder}/{name}.keras") for name in ("generator", "discriminator")]
lists = [network.weights for network in networks] + [network.optimizer.momentums for network in networks]
at = 0
for variable in (variable for variables in lists for variable in variables):
    size = int(np.prod(variable.shape))
    assert np.array(variable).tobytes() == numbers[at : at + size].tobytes(), variable.path
    at += size
assert at == len(numbers)

images = networks[0].predict(np.linspace(-1, 1, 6, dtype="float32").reshape(2, 3), verbose=0)
assert networks[1].predict(images, verbose=0).shape == (2, 1)

for network in networks:
    optimizer, parameters = network.optimizer, network.trainable_variables
    assert type(optimizer) is keras.optimizers.SGD and optimizer.nesterov and optimizer.momentum == 0.9
    assert int(np.array(optimizer.iterations)) == 7 and np.isclose(np.array(optimizer.learning_rate), 0.001)
    before = [(np.array(p), np.array(v)) for p, v in zip(parameters, optimizer.momentums)]
    optimizer.apply_gradients([(np.zeros(p.shape, "float32"), p) for p in parameters])
    for parameter, (was, velocity) in zip(parameters, before):
        assert np.allclose(np.array(parameter), was + 0.9 * 0.9 * velocity, rtol=0, atol=1e-7), parameter.path
print(keras.__version__)
