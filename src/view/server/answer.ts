/** Answers one request: what is asked for, and the headers that go with it. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type FoundFile, findFile } from './files.js';
import { isOwnName } from './names.js';

export interface Served {
  /** Folder of the page's files. */
  readonly page: string;
  readonly runs: readonly { readonly name: string /** Path of the store, without links. */; readonly path: string }[];
  /** The address that the server listens at. */
  readonly host: string;
}

/** No other host is asked for anything, and no other page shows this one or takes anything from it. */
const safety = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
};

/** The largest file that is read whole, to compare it with the hash it was asked by. */
const mostHashed = 64 * 2 ** 20;

export async function answer(served: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const [name, value] of Object.entries(safety)) response.setHeader(name, value);
  if (!isOwnName(request.headers.host, served.host)) return refuse(response, 403, 'Not by this name: use localhost.');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return refuse(response, 405, 'This server only shows: GET and HEAD.');
  }
  const [path, query] = splitTarget(request.url ?? '');
  if (path === '/runs.json') return giveText(request, response, listRuns(served));
  const file = path === undefined ? undefined : await findServed(served, path);
  if (!file) return refuse(response, 404, 'There is nothing here.');
  try {
    await give(request, response, file, path!, query?.get('h') ?? undefined);
  } finally {
    await file.handle.close().catch(() => {});
  }
}

/** The path, decoded once, and the query; no path when it cannot be decoded. */
function splitTarget(target: string): [path?: string, query?: URLSearchParams] {
  const [path, query] = target.split('?', 2);
  try {
    return [decodeURIComponent(path!), new URLSearchParams(query)];
  } catch {
    return [];
  }
}

const runPlaces = ({ runs }: Served) => runs.map(({ name, path }, index) => ({ name, path, prefix: `runs/${index}/` }));

const listRuns = (served: Served): string =>
  JSON.stringify(runPlaces(served).map(({ name, prefix }) => ({ name, path: prefix })));

async function findServed(served: Served, path: string): Promise<FoundFile | undefined> {
  const key = path === '/' ? 'index.html' : path.slice(1);
  const run = runPlaces(served).find(({ prefix }) => key.startsWith(prefix));
  return run ? findFile(run.path, key.slice(run.prefix.length)) : findFile(served.page, key);
}

/**
 * Asked for by its hash, and having it, a file is what it will ever be under that URL. Everything
 * else is asked for anew each time: the last chunk of a metric grows, and a run that is resumed is
 * cut back and written again.
 */
async function give(
  request: IncomingMessage,
  response: ServerResponse,
  file: FoundFile,
  path: string,
  hash: string | undefined,
): Promise<void> {
  const isHashed = hash !== undefined && file.bytes <= mostHashed;
  const content = isHashed ? await file.handle.readFile() : undefined;
  const isForEver = content !== undefined && createHash('sha256').update(content).digest('hex') === hash;
  response.setHeader('Cache-Control', isForEver ? 'public, max-age=31536000, immutable' : 'no-cache');
  response.setHeader('Content-Type', types[extname(path === '/' ? 'index.html' : path)] ?? 'application/octet-stream');
  response.setHeader('ETag', file.etag);
  if (request.headers['if-none-match'] === file.etag) return void response.writeHead(304).end();
  response.setHeader('Content-Length', content?.length ?? file.bytes);
  response.writeHead(200);
  if (request.method === 'HEAD') return void response.end();
  if (content) return void response.end(content);
  if (file.bytes === 0) return void response.end();
  // No more than was announced: the file may grow meanwhile.
  await pipeline(file.handle.createReadStream({ start: 0, end: file.bytes - 1, autoClose: false }), response);
}

function giveText(request: IncomingMessage, response: ServerResponse, text: string): void {
  response.setHeader('Cache-Control', 'no-cache');
  response.writeHead(200, { 'Content-Type': types['.json'], 'Content-Length': Buffer.byteLength(text) });
  response.end(request.method === 'HEAD' ? undefined : text);
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.setHeader('Cache-Control', 'no-store');
  response.writeHead(status, { 'Content-Type': types['.txt'], 'Content-Length': Buffer.byteLength(text) + 1 });
  response.end(`${text}\n`);
}
