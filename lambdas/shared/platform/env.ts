// Reads a function's environment once, at start: every fault is named at once, none is met later.
import type { z } from 'zod';

/** @throws Error that lists each missing or malformed variable */
export const readEnv = <S extends z.ZodObject>(schema: S, env: NodeJS.ProcessEnv = process.env): z.output<S> => {
  const parsed = schema.safeParse(env);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`environment variables are missing or malformed:\n${faults.join('\n')}`);
};
