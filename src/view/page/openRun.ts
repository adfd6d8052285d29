/** Opens a run over HTTP: one commit of it, as its consolidated metadata say it. */
import { describe } from '../../model/describe.js';
import { readStoredModel } from '../../model/storedModel.js';
import { formatVersion } from '../../store/formatVersion.js';
import { messageOf } from './element.js';
import type { OpenRun } from './panel.js';
import { arrayReader } from './readArray.js';

/** An entry of runs.json. */
export interface RunPlace {
  readonly name: string;
  /** Of the store, relative to the page. */
  readonly path: string;
  readonly published?: boolean;
}

/** What a page can say of a run that it cannot show. */
export class RunProblem extends Error {}

export async function listRuns(): Promise<RunPlace[]> {
  if (location.protocol === 'file:')
    throw new RunProblem(
      'A browser reads no run from a file: serve this folder, for example with "python3 -m http.server".',
    );
  const response = await ask('runs.json');
  if (!response.ok) throw new RunProblem('There is no list of runs (runs.json) beside this page.');
  return response.json();
}

/**
 * @param before - what is known already: it is returned as it is when there was no commit since
 * @throws RunProblem
 */
export async function openRun({ name, path, published = false }: RunPlace, before?: Opened): Promise<Opened> {
  const url = new URL(path, document.baseURI).href;
  const response = await ask(`${url}.zmetadata`);
  if (response.status === 404)
    throw new RunProblem(`There is no run in ${name}: its metadata (.zmetadata) are missing.`);
  if (!response.ok) throw new RunProblem(`${name} cannot be read: the server answers with status ${response.status}.`);
  const version = response.headers.get('etag') ?? undefined;
  if (before && version !== undefined && version === before.version) return before;
  const metadata = parse(await response.text(), name);
  const attributes = metadata['.zattrs']!;
  if (before && attributes.commit === before.run.attributes.commit && attributes.runId === before.run.attributes.runId)
    return { ...before, version };
  const readArray = arrayReader(url, metadata, attributes.chunks ?? {});
  return { version, run: { name, url, published, metadata, attributes, ...readModel(attributes, name), readArray } };
}

export interface Opened {
  readonly run: OpenRun;
  /** The ETag of its metadata. */
  readonly version?: string;
}

function parse(text: string, name: string): OpenRun['metadata'] {
  const metadata = parseJson(text)?.metadata;
  const attributes = metadata?.['.zattrs'];
  const damaged = `The metadata of ${name} (.zmetadata) are damaged. "gan-dist inspect RUN --verify" says what is left.`;
  if (typeof attributes?.format !== 'number' || !attributes.rows || !Array.isArray(attributes.events))
    throw new RunProblem(damaged);
  if (attributes.format > formatVersion)
    throw new RunProblem(
      `${name} has format ${attributes.format}; this page reads ${formatVersion}: take a newer gan-dist.`,
    );
  return metadata;
}

function readModel(attributes: OpenRun['attributes'], name: string): Pick<OpenRun, 'model' | 'layers'> {
  try {
    const model = readStoredModel(attributes);
    return { model, layers: describe(model) };
  } catch (error) {
    throw new RunProblem(`${name} has a model that cannot be shown: ${messageOf(error)}.`);
  }
}

// biome-ignore lint/suspicious/noExplicitAny: JSON from outside
function parseJson(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `no-cache` asks the server each time; what has not changed comes from the browser's own cache. */
async function ask(url: string): Promise<Response> {
  return fetch(url, { cache: 'no-cache' }).catch(() => {
    throw new RunProblem('The server does not answer. Is "gan-dist view" still running?');
  });
}
