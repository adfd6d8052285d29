/** What `data fetch` tells of a file while it works. */
export type FetchProgress =
  | { file: string; state: 'present' }
  | { file: string; state: 'fetched' }
  | { file: string; state: 'loading'; mirror: string; bytes: number; totalBytes?: number }
  | { file: string; state: 'failed'; mirror: string; problem: string };
