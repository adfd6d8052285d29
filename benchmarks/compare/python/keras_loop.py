"""Keras: the loop of the classic notebook, or (--compiled) the same step in two functions compiled by hand."""

from job import read_job, tell

import keras
import numpy as np
import tensorflow as tf


def main():
    job, options = read_job(
        compiled="turns compiled by hand instead of train_on_batch", bfloat16="mixed precision", xla="compile with XLA"
    )
    tf.config.threading.set_intra_op_parallelism_threads(job.threads)
    tf.config.threading.set_inter_op_parallelism_threads(job.threads)
    if options.bfloat16:
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    tell(versions={"keras": keras.__version__, "tensorflow": tf.__version__, "numpy": np.__version__})
    play = compiled_step(job, options.xla) if options.compiled else notebook_step(job, options.xla)
    for step in range(job.steps):
        d_loss, g_loss = play(job.images(step), *job.noise[step])
        tell(step=step, dLoss=float(d_loss), gLoss=float(g_loss))


def notebook_step(job, xla):
    """predict_on_batch, train_on_batch of D, train_on_batch of G and the frozen D."""
    import networks

    generator, discriminator = networks.build_generator(), networks.build_discriminator()
    assign(networks.name_variables(generator) | networks.name_variables(discriminator), job)
    compile_for_training(discriminator, xla)
    discriminator.trainable = False
    stacked = keras.Sequential([generator, discriminator])
    compile_for_training(stacked, xla)
    generator.compile(jit_compile=xla)
    discriminator.trainable = True
    labels = np.concatenate([np.ones((job.batch, 1)), np.zeros((job.batch, 1))]).astype(np.float32)

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


def compile_for_training(model, xla):
    optimizer = keras.optimizers.SGD(learning_rate=0.001, momentum=0.9, nesterov=True)
    model.compile(optimizer, keras.losses.BinaryCrossentropy(from_logits=True), jit_compile=xla)


def compiled_step(job, xla):
    from game import Game

    game = Game(seed=1)
    assign(game.generator.tensors() | game.discriminator.tensors(), job)

    @tf.function(jit_compile=xla)
    def step(real, d_noise, g_noise):
        return game.discriminator_turn(real, d_noise), game.generator_turn(g_noise)

    def play(real, d_noise, g_noise):
        return step(tf.constant(real), tf.constant(d_noise), tf.constant(g_noise))

    return play


def assign(variables, job):
    for name, tensor in job.initial_state():
        variables.pop(name).assign(tensor)
    assert not variables


main()
