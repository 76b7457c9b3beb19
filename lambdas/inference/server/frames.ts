// What server and child process write to each other: frames of a JSON header and bytes behind it.
//
//   0             4            8
//   ┌─────────────┬────────────┬───────────────┬───────────────┐
//   │ header bytes│ body bytes │ header, UTF-8 │ body          │   lengths as uint32, little-endian
//   └─────────────┴────────────┴───────────────┴───────────────┘
//
// JSON and bytes, rather than Node's own serialisation: what a child writes is not to be trusted.

export interface Frame {
  readonly header: unknown;
  readonly body: Buffer;
}

const PREFIX_BYTES = 8;

/** In parts, so that bodies are not copied. */
export const encodeFrame = (header: object, body: readonly Uint8Array[] = []): Uint8Array[] => {
  const json = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.allocUnsafe(PREFIX_BYTES + json.length);
  prefix.writeUInt32LE(json.length, 0);
  prefix.writeUInt32LE(
    body.reduce((sum, { length }) => sum + length, 0),
    4,
  );
  prefix.set(json, PREFIX_BYTES);
  return [prefix, ...body];
};

/** Thrown at bytes that are no frame, or one larger than allowed. */
export class MalformedFrame extends Error {
  override readonly name = 'MalformedFrame';
}

/** @returns takes bytes as they come, and gives the frames that they complete @throws MalformedFrame */
export const frameReader = (limitBytes: number): ((chunk: Buffer) => Frame[]) => {
  let chunks: Buffer[] = [];
  let heldBytes = 0;
  let neededBytes = PREFIX_BYTES;

  const take = (): Frame | undefined => {
    if (heldBytes < neededBytes) return undefined;
    const held = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    chunks = [held];
    const [headerBytes, bodyBytes] = [held.readUInt32LE(0), held.readUInt32LE(4)];
    const frameBytes = PREFIX_BYTES + headerBytes + bodyBytes;
    if (frameBytes > limitBytes) throw new MalformedFrame(`a frame must have ${limitBytes} bytes at most`);
    neededBytes = frameBytes;
    if (heldBytes < frameBytes) return undefined;
    const headerEnd = PREFIX_BYTES + headerBytes;
    const frame = {
      header: parse(held.toString('utf8', PREFIX_BYTES, headerEnd)),
      body: held.subarray(headerEnd, frameBytes),
    };
    chunks = heldBytes > frameBytes ? [held.subarray(frameBytes)] : [];
    heldBytes -= frameBytes;
    neededBytes = PREFIX_BYTES;
    return frame;
  };

  return (chunk) => {
    chunks.push(chunk);
    heldBytes += chunk.length;
    const frames: Frame[] = [];
    for (let frame = take(); frame; frame = take()) frames.push(frame);
    return frames;
  };
};

const parse = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    throw new MalformedFrame('a frame must begin with JSON');
  }
};
