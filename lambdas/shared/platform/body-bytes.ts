// How many bytes a body has on the wire, told from its text without decoding it.

interface Body {
  readonly body?: string | undefined;
  readonly isBase64Encoded?: boolean | undefined;
}

export const bodyBytes = ({ body, isBase64Encoded }: Body): number => {
  if (!body) return 0;
  if (!isBase64Encoded) return Buffer.byteLength(body);
  const padding = body.endsWith('==') ? 2 : body.endsWith('=') ? 1 : 0;
  return (body.length / 4) * 3 - padding;
};
