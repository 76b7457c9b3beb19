// .aimass/outputs.json: what tests, benchmarks and tools read of a running local cloud. Its shape is a contract.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as z from 'zod';

const person = z.object({ email: z.string(), password: z.string(), apiKey: z.string() });

const outputs = z.object({
  apiUrl: z.string(),
  consoleUrl: z.string(),
  region: z.string(),
  userPoolId: z.string(),
  userPoolClientId: z.string(),
  demo: z.object({ operator: person, publisher: person, consumer: person }),
});

export type DemoPerson = z.output<typeof person>;
export type Outputs = z.output<typeof outputs>;
export const demoRoles = ['operator', 'publisher', 'consumer'] as const;
export type DemoRole = (typeof demoRoles)[number];

export const readOutputs = (file: string): Outputs | undefined => {
  if (!existsSync(file)) return undefined;
  try {
    return outputs.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Half-written by an interrupted start: made anew.
    return undefined;
  }
};

/** Readable by its owner only: it holds the demo's passwords and keys. */
export const writeOutputs = (file: string, value: Outputs): void => {
  writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
};
