/** Comlink's adapter for Node's ports. TypeScript takes the module for CommonJS, whose default export would be all of it. */
import type { MessagePort, Worker } from 'node:worker_threads';
import type { Endpoint } from 'comlink';
import adapter from 'comlink/dist/esm/node-adapter.mjs';

export const nodeEndpoint = adapter as unknown as (port: MessagePort | Worker) => Endpoint;
