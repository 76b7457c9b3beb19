// Walks protobuf bytes as they come, chunk by chunk, and tells a tree of sinks what it meets. It holds one unfinished
// item (a name at most) and the open messages, never a tensor: memory does not grow with the file.
import type { Bounds } from '../bounds.ts';
import { ModelRejection, type RejectionPlace, type ScanRule } from '../rejection.ts';
import { decodeName } from './decode-name.ts';
import { type FieldSpec, messageSpecs } from './message-specs.ts';
import type { Extent, Sink } from './sink.ts';
import { VarintReader, varintFaults } from './varint.ts';
import { type Frame, pathOf, toFrame } from './walker-frame.ts';

const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
const WIRE_LENGTH = 2;
const WIRE_FIXED32 = 5;
const wires: ReadonlySet<number> = new Set([WIRE_VARINT, WIRE_FIXED64, WIRE_LENGTH, WIRE_FIXED32]);
const wireOf = {
  int: 0,
  ints: 0,
  fixed32: 5,
  fixed32s: 5,
  fixed64s: 1,
  name: 2,
  text: 2,
  blob: 2,
  message: 2,
} as const;
const TAG_BYTES = 5;
const NUMBER_BYTES = 10;
/** A blob of so few bytes may be a word that matters. */
const WORD_BYTES = 16;
const EMPTY = new Uint8Array(0);
export class WireWalker {
  private readonly bounds: Bounds;
  private readonly varints = new VarintReader();
  private frame: Frame | undefined;
  private buffer: Uint8Array = EMPTY;
  /** Position in `buffer`, and the file offset of `buffer[0]`. */
  private at = 0;
  private base = 0;
  /** Bytes still to be passed over, and, where they are packed varints, the field whose elements they count for. */
  private skipBytes = 0;
  private skipCounts: string | undefined;
  /** Field whose packed varints are told one by one, up to that offset in the file. */
  private telling: { readonly field: string; readonly end: number } | undefined;
  private endsWithinNumber = false;
  private namesBytes = 0;
  private messageCount = 0;
  private fieldStart = 0;

  constructor(bounds: Bounds, root: Sink) {
    this.bounds = bounds;
    // How long the file is shows when it ends.
    const extent = { start: 0, contentStart: 0, end: Number.POSITIVE_INFINITY };
    this.frame = toFrame(messageSpecs.model, { sink: root, extent, parent: undefined, label: '' });
  }

  /** @throws ModelRejection */
  push(chunk: Uint8Array): void {
    const rest = this.buffer.subarray(this.at);
    this.base += this.at;
    this.at = 0;
    if (rest.length === 0) this.buffer = chunk;
    else {
      this.buffer = new Uint8Array(rest.length + chunk.length);
      this.buffer.set(rest);
      this.buffer.set(chunk, rest.length);
    }
    const { modelBytes } = this.bounds;
    if (this.base + this.buffer.length > modelBytes) {
      throw this.reject('too_large', `a model must be at most ${modelBytes} bytes`);
    }
    while (this.step());
  }

  /** @throws ModelRejection when the file ends before its messages do */
  finish(): void {
    while (this.step());
    if (this.frame?.parent || this.at < this.buffer.length || this.skipBytes > 0 || this.telling) {
      throw this.reject('malformed', `the file ends within ${this.place().path || 'the model'}`);
    }
  }

  /** The element being walked, and the field in it. */
  place(): RejectionPlace {
    return { path: pathOf(this.frame), offset: this.fieldStart };
  }

  private reject(rule: ScanRule, message: string): ModelRejection {
    return new ModelRejection(rule, message, this.place());
  }

  /** @returns false when more bytes are needed */
  private step(): boolean {
    if (this.skipBytes > 0) return this.skip();
    const { frame } = this;
    if (!frame) return false;
    if (this.telling) return this.tell(frame, this.telling);
    const position = this.base + this.at;
    if (position === frame.extent.end) {
      frame.sink.close?.(frame.extent);
      this.frame = frame.parent;
      return true;
    }
    this.fieldStart = position;
    return this.readField(frame, this.at);
  }

  /** Reads a whole field, or of a long one its head; on too few bytes nothing has happened. */
  private readField(frame: Frame, from: number): boolean {
    const tagBytes = this.varint(from, frame.extent.end, TAG_BYTES);
    if (tagBytes === 0) return false;
    const tag = this.varints.value;
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    const spec = number < 32 ? frame.specs[number] : undefined;
    if (!spec) throw this.unknownField(number, wire);
    const valueAt = from + tagBytes;
    if (wire === WIRE_LENGTH) return this.readLength(frame, spec, valueAt);
    if (wire !== wireOf[spec.kind]) throw this.wrongWire(spec, wire);
    return wire === WIRE_VARINT ? this.readNumber(frame, spec, valueAt) : this.readFixed(frame, spec, valueAt);
  }

  private readNumber(frame: Frame, spec: FieldSpec, valueAt: number): boolean {
    const length = this.varint(valueAt, frame.extent.end, NUMBER_BYTES);
    if (length === 0) return false;
    this.meet(frame, spec);
    this.at = valueAt + length;
    if (!spec.repeated || frame.sink.wants?.(spec.name)) frame.sink.int?.(spec.name, this.varints.value);
    else frame.sink.count?.(spec.name, 1);
    return true;
  }

  private readFixed(frame: Frame, spec: FieldSpec, valueAt: number): boolean {
    const end = valueAt + (spec.kind === 'fixed64s' ? 8 : 4);
    if (this.base + end > frame.extent.end) throw this.pastEnd(spec);
    if (end > this.buffer.length) return false;
    this.meet(frame, spec);
    this.at = end;
    frame.sink.count?.(spec.name, 1);
    return true;
  }

  private readLength(frame: Frame, spec: FieldSpec, lengthAt: number): boolean {
    const lengthBytes = this.varint(lengthAt, frame.extent.end, TAG_BYTES);
    if (lengthBytes === 0) return false;
    const length = this.varints.value;
    const contentAt = lengthAt + lengthBytes;
    const contentStart = this.base + contentAt;
    if (contentStart + length > frame.extent.end) throw this.pastEnd(spec);
    if (spec.kind === 'name') return this.readName(frame, spec, contentAt, length);
    if (spec.repeated && (spec.kind === 'ints' || spec.kind === 'fixed32s' || spec.kind === 'fixed64s')) {
      return this.readPacked(frame, spec, contentAt, length);
    }
    if (wireOf[spec.kind] !== WIRE_LENGTH) throw this.wrongWire(spec, WIRE_LENGTH);
    const { docBytes } = this.bounds;
    if (spec.kind === 'text' && length > docBytes) {
      throw this.reject('text_too_long', `'${spec.name}' must be at most ${docBytes} bytes, got ${length}`);
    }
    const end = contentAt + length;
    const told = spec.kind === 'blob' && length <= WORD_BYTES && frame.sink.word !== undefined;
    if (told && end > this.buffer.length) return false;
    this.meet(frame, spec);
    this.at = contentAt;
    if (spec.kind === 'message') {
      this.open(frame, spec, { start: this.fieldStart, contentStart, end: contentStart + length });
      return true;
    }
    frame.sink.bytes?.(spec.name, length);
    if (told) frame.sink.word?.(spec.name, String.fromCharCode(...this.buffer.subarray(contentAt, end)));
    this.skipBytes = length;
    return true;
  }

  private readName(frame: Frame, spec: FieldSpec, contentAt: number, length: number): boolean {
    const { nameBytes, namesBytes } = this.bounds;
    if (length > nameBytes) {
      throw this.reject('name_too_long', `'${spec.name}' must be at most ${nameBytes} bytes, got ${length}`);
    }
    if (contentAt + length > this.buffer.length) return false;
    this.meet(frame, spec);
    this.namesBytes += length;
    if (this.namesBytes > namesBytes) {
      throw this.reject('name_too_long', `all names together must be at most ${namesBytes} bytes`);
    }
    const name = decodeName(this.buffer.subarray(contentAt, contentAt + length));
    if (typeof name !== 'string') throw this.reject(name.rule, `'${spec.name}' ${name.message}`);
    this.at = contentAt + length;
    frame.sink.name?.(spec.name, name);
    return true;
  }

  /** Packed numbers: fixed ones by their length; varints are counted as they pass, or read where the sink wants them. */
  private readPacked(frame: Frame, spec: FieldSpec, contentAt: number, length: number): boolean {
    this.at = contentAt;
    if (spec.kind === 'ints' && frame.sink.wants?.(spec.name)) {
      this.telling = { field: spec.name, end: this.base + contentAt + length };
      return true;
    }
    this.skipBytes = length;
    if (spec.kind === 'ints') {
      this.skipCounts = length > 0 ? spec.name : undefined;
      return true;
    }
    const size = spec.kind === 'fixed64s' ? 8 : 4;
    if (length % size !== 0) {
      throw this.reject('malformed', `'${spec.name}' must be a multiple of ${size} bytes, got ${length}`);
    }
    frame.sink.count?.(spec.name, length / size);
    return true;
  }

  /** The next of packed varints that the sink wants. */
  private tell(frame: Frame, { field, end }: { readonly field: string; readonly end: number }): boolean {
    if (this.base + this.at === end) {
      this.telling = undefined;
      return true;
    }
    const length = this.varint(this.at, end, NUMBER_BYTES);
    if (length === 0) return false;
    this.at += length;
    frame.sink.int?.(field, this.varints.value);
    return true;
  }

  private skip(): boolean {
    const take = Math.min(this.skipBytes, this.buffer.length - this.at);
    if (take === 0) return false;
    if (this.skipCounts !== undefined) this.countPacked(this.skipCounts, take);
    this.at += take;
    this.skipBytes -= take;
    if (this.skipBytes > 0) return false;
    if (this.skipCounts !== undefined && this.endsWithinNumber) {
      throw this.reject('malformed', `'${this.skipCounts}' ends within a number`);
    }
    this.skipCounts = undefined;
    return true;
  }

  /** A varint ends where a byte's highest bit is 0. */
  private countPacked(field: string, take: number): void {
    const { buffer, at } = this;
    let elements = 0;
    for (let i = at, end = at + take; i < end; i++) if ((buffer[i] ?? 0) < 128) elements++;
    this.endsWithinNumber = (buffer[at + take - 1] ?? 0) >= 128;
    this.frame?.sink.count?.(field, elements);
  }

  private open(parent: Frame, spec: FieldSpec, extent: Extent): void {
    if (!spec.message) throw new Error(`the field ${spec.name} has no message`);
    let label = spec.name;
    if (spec.repeated) {
      const index = parent.counts.get(spec.number) ?? 0;
      parent.counts.set(spec.number, index + 1);
      label = `${spec.name}[${index}]`;
    }
    // The frame is there before its sink, so that a refusal to open it names it.
    const frame = toFrame(messageSpecs[spec.message], { sink: {}, extent, parent, label });
    this.frame = frame;
    const { messages } = this.bounds;
    if (++this.messageCount > messages) throw this.reject('too_many', `there must be at most ${messages} messages`);
    frame.sink = parent.sink.message?.(spec.name, extent) ?? {};
  }

  /** Refuses what stands once and comes twice. */
  private meet(frame: Frame, spec: FieldSpec): void {
    if (spec.repeated) return;
    const bit = 1 << spec.number;
    if ((frame.seen & bit) !== 0 || (spec.oneof && frame.oneofSeen)) {
      throw this.reject('repeated_field', `'${spec.name}' must stand once, and alone of its alternatives`);
    }
    frame.seen |= bit;
    if (spec.oneof) frame.oneofSeen = true;
  }

  /** @returns bytes it took; 0 when the buffer ends before it does */
  private varint(from: number, endOffset: number, mostBytes: number): number {
    const taken = this.varints.read(this.buffer, from, endOffset - this.base - from, mostBytes);
    if (taken < 0) throw this.reject('malformed', varintFaults[this.varints.fault]);
    return taken;
  }

  private unknownField(number: number, wire: number): ModelRejection {
    if (number === 0 || !wires.has(wire)) {
      return this.reject('malformed', `field ${number} of wire type ${wire} cannot be`);
    }
    return this.reject('unknown_field', `field ${number} of this message is not known or not accepted`);
  }

  private wrongWire(spec: FieldSpec, wire: number): ModelRejection {
    return this.reject('malformed', `'${spec.name}' must be of wire type ${wireOf[spec.kind]}, got ${wire}`);
  }

  private pastEnd(spec: FieldSpec): ModelRejection {
    return this.reject('malformed', `'${spec.name}' goes past the end of the message it is in`);
  }
}
