"""PyTorch: the same step, eager, channels last, oneDNN; --compile compiles the two losses."""

from job import read_job, tell

import numpy as np
import torch
from torch import nn
from torch.nn.functional import interpolate, max_pool2d

NHWC = torch.channels_last
cross_entropy = nn.BCEWithLogitsLoss()


class Generator(nn.Module):
    """Noise [batch, 100] → images [batch, 1, 28, 28]."""

    def __init__(self):
        super().__init__()
        self.dense_1 = nn.Linear(100, 1024)
        self.dense_2 = nn.Linear(1024, 7 * 7 * 128)
        self.batch_norm = nn.BatchNorm1d(7 * 7 * 128, eps=1e-3, momentum=0.01)
        self.conv_1 = nn.Conv2d(128, 64, 5, padding="same")
        self.conv_2 = nn.Conv2d(64, 1, 5, padding="same")

    def forward(self, noise):
        x = torch.tanh(self.batch_norm(self.dense_2(torch.tanh(self.dense_1(noise)))))
        # Features are rows, columns, channels: that is channels last already.
        x = x.view(-1, 7, 7, 128).permute(0, 3, 1, 2)
        x = torch.tanh(self.conv_1(interpolate(x, scale_factor=2)))
        return torch.tanh(self.conv_2(interpolate(x, scale_factor=2)))


class Discriminator(nn.Module):
    """Images [batch, 1, 28, 28] → logits [batch, 1]."""

    def __init__(self):
        super().__init__()
        self.conv_1 = nn.Conv2d(1, 64, 5, padding="same")
        self.conv_2 = nn.Conv2d(64, 128, 5)
        self.dense_1 = nn.Linear(5 * 5 * 128, 1024)
        self.dense_2 = nn.Linear(1024, 1)

    def forward(self, images):
        x = max_pool2d(torch.tanh(self.conv_1(images)), 2)
        x = max_pool2d(torch.tanh(self.conv_2(x)), 2)
        x = x.permute(0, 2, 3, 1).flatten(1)  # rows, columns, channels, as in Keras
        return self.dense_2(torch.tanh(self.dense_1(x)))


def main():
    job, options = read_job(compile="torch.compile", bfloat16="autocast to bfloat16")
    torch.set_num_threads(job.threads)
    torch.set_num_interop_threads(job.threads)
    tell(versions={"torch": torch.__version__, "numpy": np.__version__})
    networks = {"generator": Generator(), "discriminator": Discriminator()}
    assign(networks, job)
    play = make_step(networks["generator"], networks["discriminator"], job.batch, options)
    for step in range(job.steps):
        images = torch.from_numpy(job.images(step)).permute(0, 3, 1, 2)
        d_loss, g_loss = play(images, *torch.from_numpy(job.noise[step]))
        tell(step=step, dLoss=d_loss.item(), gLoss=g_loss.item())


def make_step(generator, discriminator, batch, options):
    generator.to(memory_format=NHWC)
    discriminator.to(memory_format=NHWC)
    g_optimizer, d_optimizer = make_optimizer(generator), make_optimizer(discriminator)
    labels = torch.cat([torch.ones(batch, 1), torch.zeros(batch, 1)])

    def loss_of_discriminator(images):
        return cross_entropy(discriminator(images), labels)

    def loss_of_generator(noise):
        return cross_entropy(discriminator(generator(noise)), labels[:batch])

    if options.compile:
        loss_of_discriminator, loss_of_generator = map(torch.compile, [loss_of_discriminator, loss_of_generator])

    def update(optimizer, loss):
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def play(real, d_noise, g_noise):
        with torch.autocast("cpu", torch.bfloat16, enabled=options.bfloat16):
            generator.eval()
            with torch.no_grad():
                fake = generator(d_noise)
            generator.train()
            images = torch.cat([real, fake]).contiguous(memory_format=NHWC)
            d_loss = update(d_optimizer, loss_of_discriminator(images))
            discriminator.requires_grad_(False)
            g_loss = update(g_optimizer, loss_of_generator(g_noise))
            discriminator.requires_grad_(True)
        return d_loss, g_loss

    return play


def make_optimizer(network):
    return torch.optim.SGD(network.parameters(), lr=0.001, momentum=0.9, nesterov=True)


def assign(networks, job):
    words = {"kernel": "weight", "gamma": "weight", "beta": "bias", "moving_mean": "running_mean"}
    words["moving_variance"] = "running_var"
    for name, tensor in job.initial_state():
        network, layer, part = name.split("/")
        if part == "kernel":  # [in, out] → [out, in]; [height, width, in, out] → [out, in, height, width]
            tensor = tensor.transpose([1, 0] if tensor.ndim == 2 else [3, 2, 0, 1])
        target = getattr(getattr(networks[network], layer), words.get(part, part))
        with torch.no_grad():
            target.copy_(torch.from_numpy(np.ascontiguousarray(tensor)))


main()
