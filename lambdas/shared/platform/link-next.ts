// A list's `next` cursor, said once more as `Link: <…>; rel="next"` for clients that page by headers.

/**
 * @param body - a use case's answer
 * @returns the header for a list that goes on; nothing for any other answer
 */
export const linkNext = (body: unknown, path: string, rawQuery: string): { link?: string } => {
  if (typeof body !== 'object' || body === null || !('next' in body) || typeof body.next !== 'string') return {};
  const query = new URLSearchParams(rawQuery);
  query.set('cursor', body.next);
  return { link: `<${encodeURI(path)}?${query}>; rel="next"` };
};
