// inference-smoke: tries an uploaded model, or has one that passed answer calls, where it can reach nothing. The model
// runs in a child process; this one only watches.
import { join } from 'node:path';
import { logWork } from '../../shared/platform/log.ts';
import { workTrace } from '../../shared/platform/trace.ts';
import { sendFile } from '../adapters/form-upload.ts';
import { downloadModel } from '../adapters/model-download.ts';
import { startSmokeProcess } from '../adapters/smoke-process.ts';
import type { ProbeReport, SmokeReport } from '../contract.ts';
import { childProbeReport, childReport, smokeRequest } from '../domain/smoke-message.ts';
import { probe } from '../routes/probe.ts';
import { smoke } from '../routes/smoke.ts';

const childFile = join(__dirname, 'smoke-child.js');

const runTrial = smoke({
  start: (limits) => startSmokeProcess(childFile, limits, childReport),
  download: downloadModel,
});
const runProbe = probe({
  start: (limits) => startSmokeProcess(childFile, limits, childProbeReport),
  download: downloadModel,
  send: sendFile,
});

export const handler = async (event: unknown): Promise<SmokeReport | ProbeReport> => {
  const { traceparent, probe: probed, ...request } = smokeRequest.parse(event);
  const work = { ...workTrace(traceparent), sha256: request.sha256 };
  if (probed) {
    const report = await runProbe({ ...request, probe: probed });
    const told = report.ok ? { loadMs: report.loadMs } : { rule: report.rule };
    logWork('probe', { ...work, ok: report.ok, ...told });
    return report;
  }
  const report = await runTrial(request);
  logWork('smoke', { ...work, ok: report.ok, ...(report.ok ? report.envelope : { rule: report.rule }) });
  return report;
};
