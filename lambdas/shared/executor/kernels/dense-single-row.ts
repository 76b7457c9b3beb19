// One row times a matrix that lies transposed, as LinearRegressor and LinearClassifier have theirs: onnxruntime has a
// kernel of its own for that (MLAS, M1TransB), which sums in 8 lanes without fused multiply-add, and brings the lanes
// together in a way that depends on how many columns it takes at once: 4, then 2, then 1.
import type { FloatArray, PlainArray } from '../plan.ts';

const { fround } = Math;
const LANES = 8;
const lanes = new Float32Array(LANES);

/**
 * @param x - [inner]
 * @param matrix - [columns × inner]
 * @param bias - [columns], or empty
 * @param y - [columns], written
 */
export const multiplyRow = (
  x: PlainArray,
  matrix: Float32Array,
  bias: FloatArray,
  y: PlainArray,
  inner: number,
  columns: number,
): void => {
  const fours = columns - (columns % 4);
  const twos = columns - (columns % 2);
  for (let j = 0; j < columns; j++) {
    lanes.fill(0);
    const start = j * inner;
    for (let k = 0; k < inner; k++) {
      const lane = k % LANES;
      lanes[lane] = (lanes[lane] as number) + fround((x[k] as number) * (matrix[start + k] as number));
    }
    const sum = j < fours ? inTurn() : j < twos ? acrossHalves() : inPairs();
    y[j] = bias.length > 0 ? sum + (bias[j] as number) : sum;
  }
};

const add = (a: number, b: number): number => fround(a + b);
const lane = (index: number): number => lanes[index] as number;

const inTurn = (): number =>
  add(add(add(add(lane(0), lane(1)), lane(2)), lane(3)), add(add(add(lane(4), lane(5)), lane(6)), lane(7)));

const acrossHalves = (): number =>
  add(add(add(lane(0), lane(2)), add(lane(4), lane(6))), add(add(lane(1), lane(3)), add(lane(5), lane(7))));

const inPairs = (): number =>
  add(add(add(lane(0), lane(1)), add(lane(2), lane(3))), add(add(lane(4), lane(5)), add(lane(6), lane(7))));
