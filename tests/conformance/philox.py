"""Random numbers by counter: Philox4x32-10 of Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".

Word i of the array (seed, stream, index) is word i mod 4 of the block with counter [floor(i / 4), index, stream, 0]
and key [seed mod 2^32, floor(seed / 2^32)]. All blocks of an array are made at once, a column each.
"""

import numpy as np

DISCRIMINATOR_NOISE = 0  # turn i of k takes stream DISCRIMINATOR_NOISE + 32 i
GENERATOR_NOISE = 1
SHUFFLE = 2
INITIAL_KERNELS = 16

WORD = 2**32
LOW_HALF = np.uint64(WORD - 1)
HIGH_HALF = np.uint64(32)
MULTIPLIERS = np.array([[0xD2511F53], [0xCD9E8D57]], np.uint64)
KEY_STEPS = np.array([[0x9E3779B9], [0xBB67AE85]], np.uint64)
ROUNDS = 10


def encrypt(counters, key):
    """uint64 [4, blocks] and [2, 1], each element below 2^32 → uint32 [4, blocks]."""
    for _ in range(ROUNDS):
        products = MULTIPLIERS * counters[[0, 2]]  # of two 32-bit words: 64 bits hold them
        low, high = products & LOW_HALF, products >> HIGH_HALF
        mixed = high[[1, 0]] ^ counters[[1, 3]] ^ key
        counters = np.stack([mixed[0], low[1], mixed[1], low[0]])
        key = (key + KEY_STEPS) & LOW_HALF
    return counters.astype(np.uint32)


def words(seed, stream, index, count):
    """The first `count` words of an array, uint32."""
    blocks = -(-count // 4)
    counters = np.zeros((4, blocks), np.uint64)
    counters[0] = np.arange(blocks)
    counters[1], counters[2] = index, stream
    key = np.array([[seed % WORD], [seed // WORD]], np.uint64)
    return encrypt(counters, key).T.reshape(-1)[:count]


def uniform(seed, stream, index, shape):
    """Uniforms in [-1, 1), float32. 24 bits of a word are kept, so that nothing is rounded."""
    kept = words(seed, stream, index, int(np.prod(shape))) >> np.uint32(8)
    return (kept.astype(np.float32) * np.float32(2.0**-23) - np.float32(1)).reshape(shape)


def shuffled_order(seed, epoch, count):
    """The order in which an epoch takes the images: Fisher-Yates, downwards, from file order."""
    order = list(range(count))
    for i, word in zip(range(count - 1, 0, -1), words(seed, SHUFFLE, epoch, count - 1).tolist()):
        j = word * (i + 1) // WORD
        order[i], order[j] = order[j], order[i]
    return order


def check_known_answers():
    """The paper's own test vectors: all bits 0, all bits 1."""
    answers = {
        0: [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8],
        WORD - 1: [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD],
    }
    for word, answer in answers.items():
        found = encrypt(np.full((4, 1), word, np.uint64), np.full((2, 1), word, np.uint64))[:, 0].tolist()
        if found != answer:
            raise ArithmeticError(f"Philox of all {word:#x} is {found}, expected {answer}")
