/** The programs that npm cannot bring: found, or asked for in one sentence with the command that installs them. */
import { answers, SetupError } from './terminal.mjs';

const install = (debian, fedora, mac) =>
  `Install it with "sudo apt-get install ${debian}" (Debian, Ubuntu), "sudo dnf install ${fedora}" (Fedora) or "${mac}" (macOS), then run this again.`;

/** The Python that downloads and unpacks TensorFlow; any version with pip 20.3 or later will do. */
export function findPython() {
  const python = ['python3', 'python'].find(name =>
    answers(name, ['-c', 'import sys; sys.exit(sys.version_info < (3, 7))']),
  );
  if (!python) {
    throw new SetupError(
      `Python 3 with pip is needed to download TensorFlow, and no python3 was found. ${install('python3 python3-pip', 'python3 python3-pip', 'xcode-select --install')}`,
    );
  }
  if (!answers(python, ['-m', 'pip', '--version'])) {
    throw new SetupError(
      `pip is needed to download TensorFlow, and ${python} has none. ${install('python3-pip', 'python3-pip', 'python3 -m ensurepip')}`,
    );
  }
  return python;
}

export function findCompiler() {
  const compiler = [process.env.CXX, 'c++', 'g++', 'clang++'].find(name => name && answers(name));
  if (!compiler) {
    throw new SetupError(
      `A C++ compiler is needed to build TensorFlow's addon, and none was found (c++, g++, clang++). ${install('g++', 'gcc-c++', 'xcode-select --install')}`,
    );
  }
  return compiler;
}
