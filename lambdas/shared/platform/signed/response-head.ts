// The head of an HTTP/1.1 response: what its status is and how long its body.

export interface ResponseHead {
  readonly status: number;
  /** undefined: chunked, or up to the end of the connection. */
  readonly contentLength: number | undefined;
  /** Of the head itself, its empty line included. */
  readonly bytes: number;
}

const statusPattern = /^HTTP\/1\.[01] (\d{3})(?: |\r\n)/;
const lengthPattern = /\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r\n/i;
const codingPattern = /\r\ntransfer-encoding:/i;

/**
 * @param text - the bytes so far, as latin1
 * @returns undefined while there is more of it to come @throws Error when it is no HTTP
 */
export const parseResponseHead = (text: string): ResponseHead | undefined => {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = text.slice(0, end + 2);
  const status = statusPattern.exec(head)?.[1];
  if (status === undefined) throw new Error(`the answer must be HTTP, got ${JSON.stringify(head.slice(0, 32))}`);
  const length = codingPattern.test(head) ? undefined : lengthPattern.exec(head)?.[1];
  return {
    status: Number(status),
    contentLength: length === undefined ? undefined : Number(length),
    bytes: end + 4,
  };
};
