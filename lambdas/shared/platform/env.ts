// Reads a function's environment once, at start: every fault is named at once, none is met later.
import * as z from 'zod/mini';
import english from 'zod/v4/locales/en.js';

/** Without it zod/mini finds faults in two words. */
z.config(english());

/** @throws Error that lists each missing or malformed variable */
export const readEnv = <S extends z.core.$ZodObject>(schema: S, env: NodeJS.ProcessEnv = process.env): z.output<S> => {
  const parsed = z.safeParse(schema, env);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`environment variables are missing or malformed:\n${faults.join('\n')}`);
};
