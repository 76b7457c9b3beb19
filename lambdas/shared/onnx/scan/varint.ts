// Base-128 numbers. A reader is made once and used for all, so that walking millions of fields makes no garbage.

export type VarintFault = 'past_end' | 'too_long' | 'padded' | 'too_wide';

export class VarintReader {
  /** The number last read. int64 beyond 2^53 is rounded, which every bound refuses anyway. */
  value = 0;
  fault: VarintFault = 'past_end';

  /**
   * @param at - where it begins in `buffer`
   * @param room - bytes until the message around it ends
   * @param mostBytes - a longer one is refused
   * @returns bytes it takes; 0 when the buffer ends before it does; -1 when it is faulty: see `fault`
   */
  read(buffer: Uint8Array, at: number, room: number, mostBytes: number): number {
    const most = Math.min(mostBytes, room);
    let low = 0;
    let scale = 1;
    for (let i = 0; i < most; i++) {
      const byte = buffer[at + i];
      if (byte === undefined) return 0;
      low += (byte & 127) * scale;
      if (byte < 128) {
        if (byte === 0 && i > 0) return this.refuse('padded');
        this.value = low;
        return i < 7 || this.readWide(buffer, at, i + 1) ? i + 1 : this.refuse('too_wide');
      }
      scale *= 128;
    }
    return this.refuse(room < mostBytes ? 'past_end' : 'too_long');
  }

  /** Of 50 bits and more, as a signed 64-bit number. */
  private readWide(buffer: Uint8Array, at: number, length: number): boolean {
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 7n) | BigInt((buffer[at + i] ?? 0) & 127);
    this.value = Number(BigInt.asIntN(64, value));
    return value < 1n << 64n;
  }

  private refuse(fault: VarintFault): -1 {
    this.fault = fault;
    return -1;
  }
}

export const varintFaults: Readonly<Record<VarintFault, string>> = {
  past_end: 'a number goes past the end of its message',
  too_long: 'a number is too long',
  padded: 'a number is written longer than it needs',
  too_wide: 'a number has more than 64 bits',
};
