// Invokes functions and waits for what they return, signed by hand.
import { readAwsEnvironment } from './aws-environment.ts';
import { type Connection, endpointOf, openConnection } from './connection.ts';
import { ServiceFault } from './service-fault.ts';
import { createSigner, sha256Hex } from './signer.ts';

export interface Returned {
  /** JSON, as the function returned it; of a fault, what Lambda tells of it. */
  readonly payload: Buffer;
  /** The function threw, ended or took too long. */
  readonly failed: boolean;
}

export interface FunctionsOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: () => number;
  /**
   * What Lambda says of the trace of the invocation that invokes: it goes along, and X-Ray draws the way on.
   * @default this process's `_X_AMZN_TRACE_ID`
   */
  readonly traceHeader?: () => string | undefined;
}

/** By the type that Lambda names; what stands before it names none. What is Lambda's own passes, whatever its name. */
const faultOf = (status: number, type: string | undefined): ServiceFault => {
  const own = status >= 500 && type !== 'EC2ThrottledException';
  const name = own ? 'ServiceUnavailable' : type || (status === 429 ? 'TooManyRequestsException' : 'UnknownFault');
  return new ServiceFault(status, { __type: name, message: `Lambda answered ${status} ${type ?? ''}`.trimEnd() });
};

/** @param name - of the function, with `:<alias>` behind it where there is one */
export type InvokeFunction = (
  name: string,
  payload: string | Uint8Array,
  limits: { readonly timeoutMs: number; readonly signal?: AbortSignal },
) => Promise<Returned>;

/** One per environment: it holds the connections. Tries once: whoever invokes knows whether a second run does harm. */
export const signedFunctions = ({
  env = process.env,
  clock = Date.now,
  traceHeader = () => process.env._X_AMZN_TRACE_ID,
}: FunctionsOptions = {}): InvokeFunction => {
  const given = readAwsEnvironment(env);
  const connection: Connection = openConnection(endpointOf('lambda', given.AWS_REGION, env));
  const sign = createSigner(given, 'lambda', connection.host);
  return async (name, payload, limits) => {
    const [functionName = '', qualifier] = name.split(':');
    const query = qualifier === undefined ? '' : `Qualifier=${encodeURIComponent(qualifier)}`;
    const path = `/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`;
    const headers = sign(
      {
        method: 'POST',
        canonicalPath: path,
        query,
        headers: { 'content-type': 'application/octet-stream' },
        bodySha256: sha256Hex(payload),
      },
      clock(),
    );
    // Not signed: whatever carries the request may write its own part into it.
    const trace = traceHeader();
    if (trace) headers['x-amzn-trace-id'] = trace;
    const answer = await connection.send({
      method: 'POST',
      path: query ? `${path}?${query}` : path,
      headers,
      body: payload,
      ...limits,
    });
    if (answer.status === 200) {
      return { payload: answer.body, failed: answer.headers['x-amz-function-error'] !== undefined };
    }
    throw faultOf(answer.status, String(answer.headers['x-amzn-errortype'] ?? '').split(':')[0]);
  };
};
