// A sound with the marks of speech, the same for the same seed: a glottal source of wavering pitch through formants that
// glide from vowel to vowel, in syllables, with pauses of faint noise between words.

/** First three formants of a few vowels, in Hz. */
const vowels = [
  [730, 1090, 2440],
  [270, 2290, 3010],
  [300, 870, 2240],
  [530, 1840, 2480],
  [570, 840, 2410],
] as const;
const widths = [60, 90, 150] as const;

const SYLLABLE_SECONDS = 0.22;
const WORD_SECONDS = 1.1;
const PAUSE_SECONDS = 0.5;

/** mulberry32. @returns the next number from 0 to 1 */
const randomOf = (seed: number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** One formant: a resonator of two poles that lets low sounds pass as they are. */
const resonator = (rate: number, width: number) => {
  const radius = Math.exp((-Math.PI * width) / rate);
  let [last, before] = [0, 0];
  return (sample: number, hertz: number) => {
    const turn = 2 * radius * Math.cos((2 * Math.PI * hertz) / rate);
    const now = (1 - turn + radius * radius) * sample + turn * last - radius * radius * before;
    [before, last] = [last, now];
    return now;
  };
};

/** Whether a word sounds at that second. */
export const isVoiced = (second: number): boolean => second % (WORD_SECONDS + PAUSE_SECONDS) < WORD_SECONDS;

/** Opening and closing of the glottis within one period, 0 to 1: two thirds open, closing quickly (Rosenberg 1971). */
const glottis = (phase: number): number => {
  if (phase < 0.4) return 0.5 * (1 - Math.cos((Math.PI * phase) / 0.4));
  return phase < 0.56 ? Math.cos((Math.PI * (phase - 0.4)) / 0.32) : 0;
};

interface Sound {
  readonly seed: number;
  readonly seconds: number;
  /** Samples a second. */
  readonly rate: number;
}

/** @returns [samples], from -1 to 1 */
export const speechLike = ({ seed, seconds, rate }: Sound): Float32Array => {
  const random = randomOf(seed);
  const filters = widths.map((width) => resonator(rate, width));
  const vowelAt = Array.from({ length: Math.ceil(seconds / SYLLABLE_SECONDS) + 2 }, () => Math.floor(random() * 5));
  const samples = new Float32Array(Math.floor(seconds * rate));
  let [phase, flow, loudness] = [0, 0, 0];
  for (let at = 0; at < samples.length; at++) {
    const second = at / rate;
    const syllable = second / SYLLABLE_SECONDS;
    const [from, to] = [0, 1].map((next) => vowels[vowelAt[Math.floor(syllable) + next] ?? 0] ?? vowels[0]);
    const glide = Math.max(0, (syllable % 1) * 2 - 1);
    const inWord = second % (WORD_SECONDS + PAUSE_SECONDS);
    const pitch = (150 - 25 * inWord) * (1 + 0.06 * Math.sin(2 * Math.PI * 2.1 * second) + 0.02 * (random() - 0.5));
    phase = (phase + pitch / rate) % 1;
    const target = isVoiced(second) ? 0.35 + 0.65 * Math.sin(Math.PI * (syllable % 1)) ** 2 : 0;
    loudness += (target - loudness) * (80 / rate);
    const now = glottis(phase) + 0.03 * (random() - 0.5);
    const source = (now - flow) * (rate / 4000) * loudness;
    flow = now;
    const voice = filters.reduce((sound, filter, index) => {
      const [low = 0, high = 0] = [from?.[index], to?.[index]];
      return filter(sound, low + (high - low) * glide);
    }, source);
    samples[at] = Math.max(-1, Math.min(1, 0.5 * voice + 0.0005 * (random() - 0.5)));
  }
  return samples;
};
