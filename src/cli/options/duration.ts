/** Lengths of time as people and batch systems write them. */
import { UsageError } from '../../shared/errors.js';

const secondsOf = { d: 86_400, h: 3600, m: 60, s: 1 };
const mostSeconds = 366 * secondsOf.d;

/**
 * `11h`, `1h30m`, `90m`, `45s`, `2d`; and Slurm's `11:30:00` and `1-12:00:00`. A number alone is refused: whether it is
 * minutes or seconds, each batch system knows otherwise.
 * @returns seconds
 * @throws UsageError
 */
export function parseDuration(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = readUnits(text) ?? readClock(text);
  if (seconds !== undefined && seconds > 0 && seconds <= mostSeconds) return seconds;
  throw new UsageError(
    `${flag} expects a length of time up to a year, such as 11h, 1h30m, 90m, 45s or 11:30:00, found ${JSON.stringify(text)}`,
  );
}

function readUnits(text: string): number | undefined {
  const [, ...parts] = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? [];
  if (parts.every(part => part === undefined)) return undefined;
  return Object.values(secondsOf).reduce((sum, unit, place) => sum + unit * Number(parts[place] ?? 0), 0);
}

function readClock(text: string): number | undefined {
  const [, days = 0, hours, minutes, seconds] = /^(?:(\d+)-)?(\d+):([0-5]\d):([0-5]\d)$/.exec(text) ?? [];
  if (hours === undefined) return undefined;
  return Number(days) * secondsOf.d + Number(hours) * secondsOf.h + Number(minutes) * secondsOf.m + Number(seconds);
}
