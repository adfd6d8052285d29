/**
 * Who may be meant by a request's `Host`. A page of a stranger can have its own name point to this
 * machine (DNS rebinding); the browser then lets it read what we answer, unless we ask by which
 * name we were called.
 */
import { isIP } from 'node:net';
import { hostname } from 'node:os';

const ownNames = ['localhost', '127.0.0.1', '[::1]'];

/**
 * @param header - `Host` of the request: name and port. The port may be another one: of a tunnel
 * @param told - the address that the server was told to listen at
 */
export function isOwnName(header: string | undefined, told: string): boolean {
  const name = /^(\[[0-9a-f:.]+\]|[^:[\]/\\@?#\s]+)(?::\d+)?$/i.exec(header ?? '')?.[1]?.toLowerCase();
  if (name === undefined) return false;
  if ([...ownNames, inUrl(told)].includes(name)) return true;
  // An address is no name that could be pointed elsewhere.
  return isEverywhere(told) && (isIP(name.replace(/^\[|\]$/g, '')) !== 0 || name === hostname().toLowerCase());
}

/** An address as a URL has it. */
export const inUrl = (address: string): string => (isIP(address) === 6 ? `[${address}]` : address).toLowerCase();

export const isLoopback = (address: string): boolean =>
  address === 'localhost' || address === '::1' || /^127(\.\d{1,3}){3}$/.test(address);

/** Whether an address stands for all of this machine's. */
export const isEverywhere = (address: string): boolean => address === '0.0.0.0' || address === '::';
