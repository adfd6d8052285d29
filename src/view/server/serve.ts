/** The server of `gan-dist view`: the page, and the stores that it reads. It changes nothing. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from '../../shared/errors.js';
import { answer, type Served } from './answer.js';
import { inUrl, isEverywhere } from './names.js';

export interface ServeOptions extends Served {
  /** 0: any free one. */
  readonly port: number;
  /** If the port is taken, so many after it are tried too. */
  readonly more: number;
}

export interface Serving {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** @throws UsageError when there is no free port, or no such address */
export async function serve(options: ServeOptions): Promise<Serving> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch(() => {
      // Gone, or cut off on the way to a reader: there is nobody to tell, and nothing of ours that is wrong.
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { 'Content-Type': 'text/plain' }).end('This file cannot be read.\n');
    });
  });
  const port = await listen(server, options);
  const name = isEverywhere(options.host) ? 'localhost' : inUrl(options.host);
  return { port, url: `http://${name}:${port}/`, close: () => close(server) };
}

async function listen(server: Server, { host, port, more }: ServeOptions): Promise<number> {
  for (let tried = port; ; tried++) {
    const problem = await tryToListen(server, tried, host);
    if (!problem) return (server.address() as AddressInfo).port;
    if (problem.code === 'EADDRINUSE' && tried < Math.min(port + more, 65_535)) continue;
    throw new UsageError(describe(problem, host, port, tried));
  }
}

const tryToListen = (server: Server, port: number, host: string): Promise<NodeJS.ErrnoException | undefined> =>
  new Promise(resolve => {
    server.once('error', resolve);
    server.listen(port, host, () => {
      server.off('error', resolve);
      resolve(undefined);
    });
  });

function describe({ code, message }: NodeJS.ErrnoException, host: string, port: number, last: number): string {
  if (code === 'EADDRINUSE') {
    const taken = last > port ? `ports ${port} to ${last} are` : `port ${port} is`;
    return `${taken} taken by other programs; choose another with --port, or any free one with --port 0`;
  }
  if (code === 'EACCES') return `port ${port} is not for this user; choose one from 1024 up with --port`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `--host expects an address of this machine, found "${host}"`;
  return `no server can be started at ${host}, port ${port}: ${message}`;
}

/** A browser keeps connections open: they would keep the process. */
function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
