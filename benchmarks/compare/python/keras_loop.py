"""Keras: the loop of the classic notebook, or (--compiled) the same step as one function compiled by hand."""

from job import read_job, tell

import keras
import numpy as np
import tensorflow as tf

import networks

cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)


def main():
    job, options = read_job(
        compiled="the step compiled by hand instead of train_on_batch", bfloat16="mixed precision", xla="compile with XLA"
    )
    tf.config.threading.set_intra_op_parallelism_threads(job.threads)
    tf.config.threading.set_inter_op_parallelism_threads(job.threads)
    if options.bfloat16:
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    tell(versions={"keras": keras.__version__, "tensorflow": tf.__version__, "numpy": np.__version__})
    play = (compiled_step if options.compiled else notebook_step)(job, options.xla)
    for step in range(job.steps):
        d_loss, g_loss = play(job.images(step), *job.noise[step])
        tell(step=step, dLoss=float(d_loss), gLoss=float(g_loss))


def notebook_step(job, xla):
    """predict_on_batch, train_on_batch of D, train_on_batch of G and the frozen D."""
    generator, discriminator = make_networks(job)
    generator.compile(jit_compile=xla)
    discriminator.compile(make_optimizer(), cross_entropy, jit_compile=xla)
    discriminator.trainable = False
    stacked = keras.Sequential([generator, discriminator])
    stacked.compile(make_optimizer(), cross_entropy, jit_compile=xla)
    discriminator.trainable = True
    labels = make_labels(job)

    def play(real, d_noise, g_noise):
        fake = generator.predict_on_batch(d_noise)
        discriminator.reset_metrics()  # else it returns a running mean
        d_loss = discriminator.train_on_batch(np.concatenate([real, fake]), labels)
        discriminator.trainable = False
        stacked.reset_metrics()
        g_loss = stacked.train_on_batch(g_noise, labels[: job.batch])
        discriminator.trainable = True
        return d_loss, g_loss

    return play


def compiled_step(job, xla):
    """The whole step as one function, compiled once."""
    generator, discriminator = make_networks(job)
    optimizers = [make_optimizer(), make_optimizer()]
    for network, optimizer in zip([generator, discriminator], optimizers):
        optimizer.build(network.trainable_variables)
    labels = tf.constant(make_labels(job))

    def update(network, optimizer, tape, loss):
        parameters = network.trainable_variables
        optimizer.apply(tape.gradient(loss, parameters), parameters)

    @tf.function(jit_compile=xla)
    def step(real, d_noise, g_noise):
        fake = generator(d_noise, training=False)
        images = tf.concat([tf.cast(real, fake.dtype), fake], axis=0)
        with tf.GradientTape() as tape:
            d_loss = cross_entropy(labels, discriminator(images, training=True))
        update(discriminator, optimizers[1], tape, d_loss)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([variable.value for variable in generator.trainable_variables])
            logits = discriminator(generator(g_noise, training=True), training=False)
            g_loss = cross_entropy(labels[: job.batch], logits)
        update(generator, optimizers[0], tape, g_loss)
        return d_loss, g_loss

    return lambda *inputs: step(*map(tf.constant, inputs))


def make_networks(job):
    generator, discriminator = networks.build_generator(), networks.build_discriminator()
    variables = networks.name_variables(generator) | networks.name_variables(discriminator)
    for name, tensor in job.initial_state():
        variables.pop(name).assign(tensor)
    assert not variables
    return generator, discriminator


def make_labels(job):
    """1 for real images, then 0 for fakes, [2 batch, 1]."""
    return np.concatenate([np.ones((job.batch, 1)), np.zeros((job.batch, 1))]).astype(np.float32)


def make_optimizer():
    return keras.optimizers.SGD(learning_rate=0.001, momentum=0.9, nesterov=True)


main()
