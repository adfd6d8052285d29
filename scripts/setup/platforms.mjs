/** The TensorFlow that every clone gets, by platform: which wheel holds its library, pinned by hash. */

export const tensorflowVersion = '2.21.0';

/** Only linux-x64 is tested; the other two are the same recipe with the wheel of their platform. */
const wheels = {
  'linux-x64': {
    requirement: 'tensorflow-cpu',
    tag: 'manylinux_2_27_x86_64',
    sha256: 'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
  },
  'linux-arm64': {
    requirement: 'tensorflow',
    tag: 'manylinux_2_27_aarch64',
    sha256: 'b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552',
  },
  'darwin-arm64': {
    requirement: 'tensorflow',
    tag: 'macosx_12_0_arm64',
    sha256: '56ecd7d47429acbe1df2694d50b75bf9fc3995ac92cb367cd9af6c4780ead712',
  },
};

/** This platform's wheel, or undefined where only tfjs-node's own installer can help (Windows, musl, old Macs). */
export function findWheel() {
  const name = `${process.platform}-${process.arch}`;
  const wheel = wheels[name];
  if (!wheel || (process.platform === 'linux' && !isGlibc())) return undefined;
  const library = process.platform === 'darwin' ? stem => `${stem}.2.dylib` : stem => `${stem}.so.2`;
  return { ...wheel, name, libraries: ['libtensorflow_cc', 'libtensorflow_framework'].map(library) };
}

function isGlibc() {
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime !== undefined;
}
