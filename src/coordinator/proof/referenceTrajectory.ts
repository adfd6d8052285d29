/**
 * What the reference in Keras computes in its first ten steps on the digits that come with gan-dist
 * (Keras 3 on TensorFlow 2.21): the losses, and the L2 norm of every tensor at the end. With it a
 * machine can be tested that has nothing else.
 */
export const referenceTrajectory = {
  batchSize: 32,
  seed: 1,
  /** Of steps 0 to 9, in nats. */
  dLoss: [
    0.722740531, 0.69884479, 0.682486892, 0.639574349, 0.612802148, 0.577480376, 0.558923244, 0.530403316, 0.505092144,
    0.492851198,
  ],
  gLoss: [
    0.71638763, 0.69822979, 0.69209218, 0.684948742, 0.660959899, 0.64289993, 0.627122223, 0.603906333, 0.592340708,
    0.585977376,
  ],
  /** When ten steps are done. */
  norms: {
    'generator/dense_1/kernel': 13.5026016,
    'generator/dense_1/bias': 5.29273118e-5,
    'generator/dense_2/kernel': 41.9585706,
    'generator/dense_2/bias': 3.50395308e-10,
    'generator/batch_norm/gamma': 79.1959603,
    'generator/batch_norm/beta': 0.00217411031,
    'generator/batch_norm/moving_mean': 0.0545531465,
    'generator/batch_norm/moving_variance': 71.7337442,
    'generator/conv_1/kernel': 9.24734916,
    'generator/conv_1/bias': 0.00629498362,
    'generator/conv_2/kernel': 1.38881708,
    'generator/conv_2/bias': 0.00636456069,
    'discriminator/conv_1/kernel': 1.42937544,
    'discriminator/conv_1/bias': 0.00354940085,
    'discriminator/conv_2/kernel': 9.2356788,
    'discriminator/conv_2/bias': 0.00423895487,
    'discriminator/dense_1/kernel': 39.3951421,
    'discriminator/dense_1/bias': 0.00326354866,
    'discriminator/dense_2/kernel': 1.39269947,
    'discriminator/dense_2/bias': 0.00206627417,
    'velocity/generator/dense_1/kernel': 0.000643317975,
    'velocity/generator/dense_1/bias': 7.20774604e-6,
    'velocity/generator/dense_2/kernel': 0.00167593922,
    'velocity/generator/dense_2/bias': 5.3489901e-11,
    'velocity/generator/batch_norm/gamma': 1.4177243e-5,
    'velocity/generator/batch_norm/beta': 0.000323142198,
    'velocity/generator/conv_1/kernel': 0.0012399903,
    'velocity/generator/conv_1/bias': 0.00149607425,
    'velocity/generator/conv_2/kernel': 0.000743594395,
    'velocity/generator/conv_2/bias': 0.00152315223,
    'velocity/discriminator/conv_1/kernel': 0.00411743259,
    'velocity/discriminator/conv_1/bias': 0.000789008949,
    'velocity/discriminator/conv_2/kernel': 0.00863376383,
    'velocity/discriminator/conv_2/bias': 0.000973294346,
    'velocity/discriminator/dense_1/kernel': 0.00867645159,
    'velocity/discriminator/dense_1/bias': 0.000769543697,
    'velocity/discriminator/dense_2/kernel': 0.00435146263,
    'velocity/discriminator/dense_2/bias': 0.000521504146,
  },
} as const;
