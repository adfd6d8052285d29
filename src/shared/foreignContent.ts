/**
 * What a file is that somebody took for another: the page that a browser saved in its place, a pointer to it, an archive
 * that it is still in. Said of every file that is read and is not what it should be.
 */

/** Bytes from the start of a file that tell what it is. */
export const tellingBytes = 1024;

const html =
  /^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->)[\s\S])*-->\s*)*<(?:!doctype\s+html|html|head|body|title|meta|script)\b/i;
const xml = /^(?:\xef\xbb\xbf)?\s*<(?:\?xml\b|Error>)/i;

/** What the whole start of a text says, with what helps. */
const texts: readonly (readonly [start: RegExp, what: string, advice: string])[] = [
  [html, 'a web page (HTML)', 'was it saved from a browser?'],
  [xml, 'XML, such as a server answers instead of a file', 'look into it'],
  [/^version https:\/\/git-lfs\.github\.com\/spec\//, 'a Git LFS pointer', 'get the file itself with "git lfs pull"'],
];

const unpack = 'unpack it first';
const archives: readonly (readonly [start: string, what: string])[] = [
  ['PK\x03\x04', 'a zip'],
  ['\x1f\x8b', 'gzipped'],
  ['7z\xbc\xaf\x27\x1c', 'a 7z archive'],
  ['Rar!\x1a\x07', 'a RAR archive'],
  ['\xfd7zXZ\0', 'packed with xz'],
  ['BZh', 'packed with bzip2'],
  ['\x28\xb5\x2f\xfd', 'packed with zstd'],
];
const others: readonly (readonly [start: string, what: string])[] = [
  ['\x93NUMPY', 'a .npy of NumPy'],
  ['PAR1', 'a Parquet file'],
  ['\x89HDF', 'HDF5'],
  ['\x89PNG', 'a PNG picture'],
  ['\xff\xd8\xff', 'a JPEG picture'],
  ['%PDF', 'a PDF'],
];

export interface ForeignContent {
  /** As in "is a zip". */
  readonly what: string;
  readonly advice?: string;
}

/** @param start - of the file, up to `tellingBytes` */
export function findForeign(start: Uint8Array): ForeignContent | undefined {
  const text = Buffer.from(start.buffer, start.byteOffset, Math.min(start.length, tellingBytes)).toString('latin1');
  const ofText = texts.find(([pattern]) => pattern.test(text));
  if (ofText) return { what: ofText[1], advice: ofText[2] };
  // The first entry's name tells NumPy's archive from others.
  if (text.startsWith('PK\x03\x04') && /^[\s\S]{30}[\s\S]{1,200}?\.npy/.test(text)) return { what: 'an .npz of NumPy' };
  const archive = archives.find(([magic]) => text.startsWith(magic))?.[1];
  if (archive || text.startsWith('ustar', 257)) return { what: archive ?? 'a tar archive', advice: unpack };
  const other = others.find(([magic]) => text.startsWith(magic));
  return other && { what: other[1] };
}

/**
 * Completes a message about a file: `is a web page (HTML), not a config: was it saved from a browser?`
 * @returns undefined where the file may be anything
 */
export function describeForeign(start: Uint8Array, wanted: string): string | undefined {
  const found = findForeign(start);
  return found && `is ${found.what}, not ${wanted}${found.advice === undefined ? '' : `: ${found.advice}`}`;
}
