// What a recorded AWS call asks of IAM, and the lines that a recording is made of.
import * as z from 'zod';

/** The emulated account and region: what is deployed there has them in its ARNs. */
export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';

/** One permission that a call needs. */
export interface Need {
  /** `dynamodb:GetItem` */
  readonly action: string;
  /** An ARN, or `*` for an action that names no resource. */
  readonly resource: string;
  /** Condition keys that the request itself sets, e.g. `dynamodb:LeadingKeys`. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

const need = z.object({
  action: z.string(),
  resource: z.string(),
  context: z.record(z.string(), z.union([z.string(), z.array(z.string()).readonly()])),
});

export const recordedLine = z.discriminatedUnion('is', [
  /** The first line: which functions were listened to. */
  z.object({ is: z.literal('begin'), template: z.string(), functions: z.array(z.string()) }),
  /** Seen for the first time in this recording. */
  z.object({
    is: z.literal('need'),
    /** By whose credentials the call was signed. */
    signer: z.string(),
    /** From which function it came; absent when a presigned address was used elsewhere. */
    from: z.string().optional(),
    need,
  }),
  /** A call that the recorder cannot put into IAM's terms. */
  z.object({ is: z.literal('unknown'), signer: z.string(), what: z.string() }),
  /** The last line: without it the recording is not whole. */
  z.object({ is: z.literal('end'), callCount: z.number().int() }),
]);
export type RecordedLine = z.output<typeof recordedLine>;

/** What cannot be put into IAM's terms, or is written in terms that the check does not know: told, never guessed. */
export class Unknown extends Error {}
