// Text as words: what is searched, and what it is searched by, fall apart alike.
//
//   acme.Iris-v2 ﬁne   →  acme iris v2 fine      letters and digits, NFKC, case folded
//   中文模型            →  中文 文模 模型 型         pairs of characters where a script sets no blanks; and the last alone,
//                                                so that one character is found by how pairs begin

/** Longer ones are no words; what is found by them is found by their beginning. */
export const WORD_UNITS = 40;

const run = /[\p{L}\p{N}\p{M}]+/gu;
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]+/u;
const split = new RegExp(`(${unspaced.source})`, 'u');

/** Lower case of the upper case: `ß` and `SS` become one, and so do sigmas. */
export const foldText = (text: string): string => text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFC');

/** @param isQuery - a query of two characters or more asks for its pairs alone */
export const wordsOf = (text: string, isQuery = false): string[] => {
  const words: string[] = [];
  for (const [found] of foldText(text).matchAll(run)) {
    for (const part of found.split(split)) {
      if (part === '') continue;
      if (unspaced.test(part)) words.push(...pairsOf(part, isQuery));
      else words.push(part.slice(0, WORD_UNITS));
    }
  }
  return words;
};

export const isUnspaced = (word: string): boolean => unspaced.test(word);

const pairsOf = (text: string, isQuery: boolean): string[] => {
  const characters = [...text];
  const pairs = characters.slice(1).map((character, index) => `${characters[index]}${character}`);
  const last = characters.at(-1);
  return last === undefined || (isQuery && pairs.length > 0) ? pairs : [...pairs, last];
};
