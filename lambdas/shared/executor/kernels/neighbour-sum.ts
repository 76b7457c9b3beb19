// The sum of neighbours in the order in which onnxruntime's (Eigen's) takes it: float32 in two packets of four lanes, that
// begin where memory is aligned. Buffers begin aligned, so the place in the buffer tells.
//
//   | before alignment | packet 0 | packet 1 | packet 0 | packet 1 | one packet more | rest |
//     added last, first      lanes brought together as (0 + 2) + (1 + 3)                  added last
const { fround } = Math;
const LANES = 4;
const packet = new Float32Array(LANES);
const second = new Float32Array(LANES);

/** @param x - [from + count] or more */
export const neighbourSum = (x: Float32Array, from: number, count: number): number => {
  const start = Math.min(count, (LANES - (from % LANES)) % LANES);
  const packets = Math.floor((count - start) / LANES);
  const first = from + start;
  let sum = 0;
  if (packets === 0) {
    sum = x[from] as number;
    for (let i = 1; i < count; i++) sum = fround(sum + (x[from + i] as number));
    return sum;
  }
  sumPackets(x, first, packets);
  sum = fround(fround(lane(0) + lane(2)) + fround(lane(1) + lane(3)));
  for (let i = from; i < first; i++) sum = fround(sum + (x[i] as number));
  for (let i = first + packets * LANES; i < from + count; i++) sum = fround(sum + (x[i] as number));
  return sum;
};

const lane = (index: number): number => packet[index] as number;

const addPacket = (to: Float32Array, x: Float32Array, at: number): void => {
  for (let i = 0; i < LANES; i++) to[i] = (to[i] as number) + (x[at + i] as number);
};

const sumPackets = (x: Float32Array, first: number, packets: number): void => {
  packet.set(x.subarray(first, first + LANES));
  if (packets === 1) return;
  second.set(x.subarray(first + LANES, first + 2 * LANES));
  const paired = packets - (packets % 2);
  for (let index = 2; index < paired; index += 2) {
    addPacket(packet, x, first + index * LANES);
    addPacket(second, x, first + (index + 1) * LANES);
  }
  addPacket(packet, second, 0);
  if (packets > paired) addPacket(packet, x, first + paired * LANES);
};
