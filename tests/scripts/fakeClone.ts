/**
 * A clone to break: the real scripts over the real packages (linked), with a tfjs-node and a cache
 * of its own. The cached library is made of links to the real one, so nothing here downloads or
 * copies 850 MB.
 */
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../packageRoot.js';

const root = fileURLToPath(packageRoot);
const realAddonFolder = path.join(root, 'node_modules/@tensorflow/tfjs-node/lib/napi-v8');
/** One that loads, for a compiler that only copies it. */
export const realAddon = path.join(realAddonFolder, 'tfjs_binding.node');

export interface Ended {
  code: number | null;
  output: string;
}

export class FakeClone {
  readonly folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'gan-dist-clone-')));
  readonly cache = path.join(this.folder, 'cache/gan-dist');
  readonly addon = path.join(this.folder, 'node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node');
  readonly #bin = path.join(this.folder, 'bin');

  constructor() {
    for (const name of ['scripts', 'package.json', 'package-lock.json']) {
      cpSync(path.join(root, name), path.join(this.folder, name), { recursive: true });
    }
    mkdirSync(this.#bin);
    linkEach(path.join(root, 'node_modules'), path.join(this.folder, 'node_modules'), '@tensorflow');
    const tensorflow = path.join('node_modules', '@tensorflow');
    linkEach(path.join(root, tensorflow), path.join(this.folder, tensorflow), 'tfjs-node');
    const tfjsNode = path.join(tensorflow, 'tfjs-node');
    const isAddon = (source: string) => source === path.join(root, tfjsNode, 'lib');
    cpSync(path.join(root, tfjsNode), path.join(this.folder, tfjsNode), {
      recursive: true,
      filter: file => !isAddon(file),
    });
  }

  /** The library that this machine's real set-up made, linked file by file into the cache; returns its folder there. */
  fillCache(): string {
    const { library } = JSON.parse(readFileSync(path.join(realAddonFolder, 'gan-dist.json'), 'utf8'));
    const folder = path.join(this.cache, path.basename(library));
    linkEach(library, folder, 'tensorflow');
    linkEach(path.join(library, 'tensorflow'), path.join(folder, 'tensorflow'));
    return folder;
  }

  /** Puts a program on the PATH of `setUp`, which is empty otherwise; `lines` are for `/bin/sh`. */
  addProgram(name: string, ...lines: string[]): void {
    writeFileSync(path.join(this.#bin, name), `#!/bin/sh\n${lines.join('\n')}\n`, { mode: 0o755 });
  }

  /** Makes a temporary folder as a set-up with this process id would have left it. */
  leaveTemporary(library: string, pid: number): string {
    const folder = path.join(this.cache, `${library}.tmp-${hostname()}-${pid}`);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  start(...args: string[]) {
    const child = spawn(process.execPath, [path.join(this.folder, 'scripts/setup.mjs'), ...args], {
      env: { HOME: this.folder, XDG_CACHE_HOME: path.join(this.folder, 'cache'), PATH: this.#bin },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk));
    const ended = new Promise<Ended>(resolve => child.on('close', code => resolve({ code, output })));
    return { child, ended };
  }

  setUp(...args: string[]): Promise<Ended> {
    return this.start(...args).ended;
  }

  listCache(): string[] {
    return existsSync(this.cache) ? readdirSync(this.cache) : [];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A folder like `from`, of links to its entries; `except` is left out. */
function linkEach(from: string, to: string, except?: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name !== except) symlinkSync(path.join(from, name), path.join(to, name));
  }
}
