/**
 * Comlink's adapter for Node's message ports, with types: comlink 4.4 declares them in a way that
 * NodeNext misreads.
 */
import type { MessagePort, Worker } from 'node:worker_threads';
import type { Endpoint } from 'comlink';
import * as adapter from 'comlink/dist/esm/node-adapter.mjs';

type Adapter = (port: MessagePort | Worker) => Endpoint;

export const nodeEndpoint: Adapter = (adapter as unknown as { default: Adapter }).default;
