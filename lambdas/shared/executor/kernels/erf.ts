// The error function to within 1e-9 of float64, far below a float32's last bit.

/** Sums the Taylor series near 0 and a continued fraction beyond (Abramowitz and Stegun 7.1.6 and 7.1.14). */
export const erf = (x: number): number => {
  if (Number.isNaN(x)) return x;
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  return Math.sign(x) * (size < 2.5 ? nearZero(size) : 1 - tail(size));
};

const nearZero = (x: number): number => {
  let term = x;
  let sum = x;
  for (let n = 1; term > 1e-17 * sum && n < 100; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
};

const tail = (x: number): number => {
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
};
