"""The two players and their turns, which are compiled once. The loop in reference.py says who plays when."""

import keras
import tensorflow as tf

import networks

# A mean over exactly the images of the turn; what `train_on_batch` returns would be a running mean of several.
cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)


class Player:
    """A network with the optimizer that is its own."""

    def __init__(self, network):
        self.network = network
        # v ← 0.9 v − 0.001 g ; p ← p + 0.9 v − 0.001 g
        self.optimizer = keras.optimizers.SGD(learning_rate=0.001, momentum=0.9, nesterov=True)
        self.optimizer.build(network.trainable_variables)

    def update(self, tape, loss):
        parameters = self.network.trainable_variables
        self.optimizer.apply(tape.gradient(loss, parameters), parameters)

    def tensors(self):
        """Parameters and moving statistics by name."""
        return networks.name_variables(self.network)

    def velocities(self):
        """By name; the optimizer keeps them in the order of the parameters that it was built for."""
        names = {id(variable): name for name, variable in self.tensors().items()}
        pairs = zip(self.network.trainable_variables, self.optimizer.momentums, strict=True)
        return {f"velocity/{names[id(parameter)]}": velocity for parameter, velocity in pairs}


class Game:
    def __init__(self, seed):
        self.generator = Player(networks.build_generator())
        self.discriminator = Player(networks.build_discriminator())
        parameters = self.generator.tensors() | self.discriminator.tensors()
        assert list(parameters) == networks.TENSORS
        for name, variable in parameters.items():
            variable.assign(networks.initial_tensor(seed, name, variable.shape))

    def state(self):
        """All tensors by name: the networks', then the velocities."""
        players = [self.generator, self.discriminator]
        parts = [p.tensors() for p in players] + [p.velocities() for p in players]
        return {name: variable.numpy() for part in parts for name, variable in part.items()}

    def save(self, folder):
        """Both networks as Keras keeps them, each with its optimizer."""
        for player in (self.generator, self.discriminator):
            player.network.compile(optimizer=player.optimizer, loss=cross_entropy)
            player.network.save(folder / f"{player.network.name}.keras")

    @tf.function
    def discriminator_turn(self, real, noise):
        """One update of D on [real; fake] with labels [1; 0]; the fakes come from G in inference mode."""
        fake = self.generator.network(noise, training=False)
        images = tf.concat([real, fake], axis=0)  # [2 batch, 28, 28, 1]
        labels = tf.concat([tf.ones([len(real), 1]), tf.zeros([len(fake), 1])], axis=0)
        with tf.GradientTape() as tape:
            loss = cross_entropy(labels, self.discriminator.network(images, training=True))
        self.discriminator.update(tape, loss)
        return loss

    @tf.function
    def generator_turn(self, noise):
        """One update of G in training mode, which moves the moving statistics; D is fixed, the labels are 1."""
        with tf.GradientTape() as tape:
            logits = self.discriminator.network(self.generator.network(noise, training=True), training=False)
            loss = cross_entropy(tf.ones_like(logits), logits)
        self.generator.update(tape, loss)
        return loss
