// How much memory a process has held, as Linux tells it.
import { readFileSync } from 'node:fs';

/** Peak resident bytes of a process; undefined when it is gone, or where there is no /proc. */
export const peakResidentBytes = (pid: number | 'self'): number | undefined => {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match ? Number(match[1]) * 1024 : undefined;
  } catch {
    return undefined;
  }
};
