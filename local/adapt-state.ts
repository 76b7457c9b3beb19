// What the emulator saves in a form that is wrong when it starts again, mended before it does.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const functionsState = z.looseObject({
  payload: z.looseObject({
    dynamodb_stream_positions: z.looseObject({ data: z.record(z.string(), z.number()) }),
  }),
});

/** @param stateFolder - the emulator's STATE_DIR, while it does not run @param port - the one it will listen on */
export const adaptState = (stateFolder: string, port: number): void => {
  rewindStreams(join(stateFolder, 'lambda.json'));
  moveQueues(join(stateFolder, 'sqs.json'), port);
};

/**
 * How far each function has read a table's stream is saved, but not the stream: from there it would pass over as many
 * new records as it had read before.
 */
const rewindStreams = (file: string): void => {
  if (!existsSync(file)) return;
  const state = functionsState.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!state.success) return;
  const { data } = state.data.payload.dynamodb_stream_positions;
  for (const mapping of Object.keys(data)) data[mapping] = 0;
  writeFileSync(file, JSON.stringify(state.data));
};

/** Queues are found by their URL, which names the port that the emulator had when they were made. */
const moveQueues = (file: string, port: number): void => {
  if (!existsSync(file)) return;
  const saved = readFileSync(file, 'utf8');
  const moved = saved.replaceAll(/http:\/\/localhost:\d+\//g, `http://localhost:${port}/`);
  if (moved !== saved) writeFileSync(file, moved);
};
