// inference-smoke: tries an uploaded model where it can reach nothing. The model runs in a child process; this one
// only watches.
import { join } from 'node:path';
import { logWork } from '../../shared/platform/log.ts';
import { downloadModel } from '../adapters/model-download.ts';
import { startSmokeProcess } from '../adapters/smoke-process.ts';
import type { SmokeReport } from '../contract.ts';
import { smokeRequest } from '../domain/smoke-message.ts';
import { smoke } from '../routes/smoke.ts';

const childFile = join(__dirname, 'smoke-child.js');

const run = smoke({ start: (limits) => startSmokeProcess(childFile, limits), download: downloadModel });

export const handler = async (event: unknown): Promise<SmokeReport> => {
  const request = smokeRequest.parse(event);
  const report = await run(request);
  logWork('smoke', { sha256: request.sha256, ...(report.ok ? report.envelope : { rule: report.rule }) });
  return report;
};
