/**
 * What the smoke function does with a probe: as a trial, with the calls and the compiled model beside the model. What
 * the process wrote is sent off by this one, which alone knows where to: the form is not told to whoever runs a model.
 */
import type { ProbeReport, ProbeRequest, SmokeRefusal } from '../contract.ts';
import type { ChildProbeReport } from '../domain/smoke-message.ts';
import { runInProcess, type SmokePorts } from './run-in-process.ts';

export interface ProbePorts extends SmokePorts<ChildProbeReport> {
  /** Sends the file of that name to the form. @throws Error when it is none, too large, or is not taken */
  readonly send: (form: NonNullable<ProbeRequest['probe']['ort']>, directory: string, name: string) => Promise<void>;
}

const ORT_FILE = 'model.ort';

export const probe =
  (ports: ProbePorts) =>
  async (request: ProbeRequest): Promise<ProbeReport> => {
    const { sizeBytes, signature, limits } = request;
    const { calls, compiled, answerBytes, format = 'onnx', ort } = request.probe;
    const header = {
      signature,
      sizeBytes,
      memoryBytes: limits.memoryBytes,
      probe: {
        callsBytes: calls?.sizeBytes,
        compiledBytes: compiled?.sizeBytes,
        answerBytes,
        format,
        ortFile: ort && ORT_FILE,
      },
    };
    return runInProcess<ChildProbeReport | SmokeRefusal>(ports, {
      header,
      limits: { ...limits, fileBytes: ort?.limitBytes ?? 0 },
      files: [request, ...(calls ? [calls] : []), ...(compiled ? [compiled] : [])],
      ...(ort ? { collect: (directory: string) => ports.send(ort, directory, ORT_FILE) } : {}),
    });
  };
