// The process beside the server that loads and runs models, one run after the other: frames on stdin, answers on file
// descriptor 3. It knows no secret, and ends when its stdin does.
import * as z from 'zod';
import { onnxruntime } from '../adapters/onnxruntime.ts';
import { ModelRefusal } from '../domain/model-refusal.ts';
import { createSessionCache } from '../domain/session-cache.ts';
import type { Session } from '../ports.ts';
import { inMemory } from '../routes/run-model.ts';
import { childStart, readTensors, runHeader, tensorBodies, tensorHeaders } from './child-messages.ts';
import { type Frame, frameReader } from './frames.ts';
import { readModelFile } from './read-model-file.ts';
import { writeFrame } from './write-frame.ts';

const createRunner = ({ sessionBytes, outputBytes }: z.output<typeof childStart>) => {
  // One thread for the operators: there is a process for each core. Some operators leave memory unwritten that they give
  // out (Concat of an empty tensor of another width): it must not be what another caller's run left there.
  const runtime = onnxruntime({ threadCount: 1 });
  const counts = { loadCount: 0, releaseCount: 0 };
  const sessions = createSessionCache<Session>({
    budgetBytes: sessionBytes,
    release: async (session) => {
      counts.releaseCount++;
      await session.release();
    },
  });
  const held = () => ({
    ...counts,
    sessionCount: counts.loadCount - counts.releaseCount,
    heldBytes: sessions.heldBytes(),
  });

  const run = async ({ id, model, inputs, outputs: asked }: z.output<typeof runHeader>, body: Buffer) => {
    const startedMs = performance.now();
    const tensors = readTensors(inputs, body);
    if (!tensors) throw new Error('a run must carry the bytes that its header says');
    await sessions.use(
      model.sha256,
      inMemory(model.sizeBytes),
      async () => {
        const session = await runtime.load(await readModelFile(model));
        counts.loadCount++;
        return session;
      },
      async (session) => {
        const loadedMs = performance.now();
        const outputs = await session.run(tensors, asked);
        const times = { loadMs: loadedMs - startedMs, runMs: performance.now() - loadedMs };
        const bytes = outputs.reduce((sum, { data }) => sum + data.length, 0);
        if (bytes > outputBytes) return writeFrame({ kind: 'too_large', id, bytes, held: held() });
        writeFrame(
          { kind: 'outputs', id, outputs: tensorHeaders(outputs), ...times, held: held() },
          tensorBodies(outputs),
        );
      },
    );
  };

  return async ({ header, body }: Frame) => {
    const request = runHeader.parse(header);
    try {
      await run(request, body);
    } catch (fault) {
      const kind = fault instanceof ModelRefusal ? 'failed' : 'fault';
      const message = fault instanceof Error ? fault.message : String(fault);
      writeFrame({ kind, id: request.id, message: message.slice(0, 2000), held: held() });
    }
  };
};

const main = async () => {
  const read = frameReader(Number.MAX_SAFE_INTEGER);
  let run: ReturnType<typeof createRunner> | undefined;
  for await (const chunk of process.stdin) {
    for (const frame of read(z.instanceof(Buffer).parse(chunk))) {
      if (run) await run(frame);
      else {
        run = createRunner(childStart.parse(frame.header));
        writeFrame({ kind: 'ready' });
      }
    }
  }
};

main().then(
  () => process.exit(0),
  (fault: unknown) => {
    process.stderr.write(fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault));
    process.exit(1);
  },
);
