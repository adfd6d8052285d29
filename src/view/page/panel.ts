/** What a panel of the page is, and what it gets. A panel draws a part of the page: charts, film, weights. */
import type { DescribedModel } from '../../model/describe.js';
import type { ModelDescription } from '../../model/description.js';

export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** A run as the page has it: one commit. It is replaced as a whole when a later commit is seen. */
export interface OpenRun {
  readonly name: string;
  /** URL of the store; ends with '/'. */
  readonly url: string;
  /** Files that do not change; nobody writes this run. */
  readonly published: boolean;
  /** Entries of `.zmetadata` by key. */
  // biome-ignore lint/suspicious/noExplicitAny: JSON, of whose parts each panel knows its own
  readonly metadata: Readonly<Record<string, any>>;
  /** Root attributes of that commit. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly attributes: Readonly<Record<string, any>>;
  /** What it trains. */
  readonly model: ModelDescription;
  /** Of that model. */
  readonly layers: DescribedModel;
  /**
   * Reads an array, or the rows [from, to) of its first dimension. float16 comes as float32.
   * @param onBytes - told of the bytes that come, as they come
   * @throws Error that says what cannot be read, for the reader of the page
   */
  readArray(
    path: string,
    rows?: { from: number; to: number },
    onBytes?: (bytes: number) => void,
  ): Promise<{ shape: number[]; data: TypedArray }>;
}

/** The step under the cursor, which all panels share. */
export interface Cursor {
  readonly step: number;
  set(step: number): void;
  /** @returns what ends it */
  subscribe(listener: (step: number) => void): () => void;
}

export interface PageState {
  /** One run, or two to compare. */
  readonly runs: readonly OpenRun[];
  readonly cursor: Cursor;
}

export interface Panel {
  readonly id: string;
  readonly title: string;
  /**
   * Draws into `element`, the body of a section that has the title already.
   * @returns what hears of each later state of the runs
   */
  mount(element: HTMLElement, page: PageState): { update(runs: readonly OpenRun[]): void };
}
