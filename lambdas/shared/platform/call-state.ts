// What the middleware of one call tell each other, kept beside the event so that the event itself stays as it came.
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Admission, Caller } from './caller.ts';

export interface CallState {
  requestId: string;
  readonly nowMs: number;
  readonly arrivedMs: number;
  readonly startedAt: number;
  route: string;
  caller: Caller | undefined;
  clientAddress: string | undefined;
  admission: Admission | undefined;
  code: string | undefined;
  /** Figures for the call's log line that the use case adds. */
  readonly figures: Record<string, string | number | boolean | undefined>;
}

const states = new WeakMap<APIGatewayProxyEventV2, CallState>();

export const setCallState = (event: APIGatewayProxyEventV2, state: CallState): void => {
  states.set(event, state);
};

export const callState = (event: APIGatewayProxyEventV2): CallState => {
  const state = states.get(event);
  if (!state) throw new Error('the call has no state: the outer middleware did not run');
  return state;
};
