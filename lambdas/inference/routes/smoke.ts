/** What the smoke function does with a trial: streams the model into a process of its own, and tells what became of it. */
import type { SmokeRefusal, SmokeReport, SmokeRequest } from '../contract.ts';
import type { ChildReport } from '../domain/smoke-message.ts';
import { runInProcess, type SmokePorts } from './run-in-process.ts';

export const smoke =
  (ports: SmokePorts<ChildReport>) =>
  async (request: SmokeRequest): Promise<SmokeReport> => {
    const { sizeBytes, signature, limits } = request;
    const header = { signature, sizeBytes, memoryBytes: limits.memoryBytes };
    return runInProcess<ChildReport | SmokeRefusal>(ports, { header, limits, files: [request] });
  };
