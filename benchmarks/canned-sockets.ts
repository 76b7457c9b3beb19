// The network, answering each request with the same canned bytes.
import { stubSockets } from './stub-sockets.ts';

/**
 * For all connections of this process that are opened from now on.
 * @param answer - status line, headers and body
 * @param sent - told the body of every request, in latin1
 * @returns gives the network back
 */
export const cannedSockets = (answer: string, sent: (body: string) => void): (() => void) => {
  const bytes = Buffer.from(answer, 'latin1');
  return stubSockets((text, bodyAt) => {
    sent(text.slice(bodyAt));
    return bytes;
  });
};
