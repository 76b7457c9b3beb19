// The dense product as WebAssembly, written out byte by byte: vectors of 4 columns, one fused multiply-add after another.
//
//   multiply(x, weights, bias, y, rows, inner, columns, blockSize, floor)       x, weights, bias and y: places, in bytes
//
// onnxruntime's own order is kept: a column's products are summed by rising k in blocks of the inner dimension, and the
// sums of the blocks are added to the bias one by one. `relaxed_madd` is fused where the machine has FMA, as the runtime's
// is; elsewhere neither is.
//
//   weights: [⌈columns / 8⌉ panels] × [inner] × 8            tiles, whose sums are in 8 registers:
//   y: [rows] × columns                                      4 rows × 1 panel, then 1 row × 4 panels
//   ┌─────────┬─────────┬──────┐
//   │ panel 0 │ panel 1 │ 2 … ─┼─▸ vectors of the last panel reach into the next row's first panels, which are therefore
//   └─────────┴─────────┴──────┘   written later: from the first row to the last, from the last panel to the first.
//
// Rows of fewer than 4 panels are filled up with the last one again: up to 3 panels and 7 columns are written behind y.
// Bytes from 0 to 127 are for a tile's sums between blocks.

/** Bytes, nested as they were put together. */
type Code = readonly (number | Code)[];

const inputs = ['x', 'weights', 'bias', 'y', 'rows', 'inner', 'columns', 'blockSize', 'floor'] as const;
const numbers = [
  // Where the loops are: the tile's first row and panel, its y, what is left of the inner dimension, and of a block.
  ...(['row', 'panel', 'tileY', 'left', 'count'] as const),
  // What a tile's sums are added to and where the result goes, with the bytes from row to row.
  ...(['from', 'fromStep', 'to', 'toStep'] as const),
  ...([
    'rowBytes',
    'panelBytes',
    'panelCount',
    'lastPanel',
    'tiledRows',
    'x0',
    'x1',
    'x2',
    'x3',
    'w0',
    'w1',
    'w2',
    'w3',
  ] as const),
] as const;
/** Nobody writes `zero`, and every local begins as 0. */
const vectors = ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7', 'value', 'lowest', 'zero'] as const;
const locals = [...inputs, ...numbers, ...vectors] as const;
type Local = (typeof locals)[number];
const [x0, w0, s0] = [locals.indexOf('x0'), locals.indexOf('w0'), locals.indexOf('s0')];
const local = (first: number, index: number): Local => locals[first + index] as Local;

// Of https://webassembly.github.io/spec/core/binary/instructions.html
const [I32, F32, V128] = [0x7f, 0x7d, 0x7b];
const [BLOCK, LOOP, END, BRANCH, BRANCH_IF, NOTHING] = [0x02, 0x03, 0x0b, 0x0c, 0x0d, 0x40];
const [IS_ZERO, LESS, ADD, SUB, MUL, SHL, SHR] = [0x45, 0x49, 0x6a, 0x6b, 0x6c, 0x74, 0x76];
const [SELECT, SIMD, LOAD, LOAD_SPLAT, STORE] = [0x1b, 0xfd, 0x00, 0x09, 0x0b];
const SPLAT = [SIMD, 0x13];
const ADD_VECTORS = [SIMD, 0xe4, 0x01];
/** a < b ? b : a, so that NaN and −0 stay. */
const PMAX = [SIMD, 0xeb, 0x01];
/** a · b + c */
const RELAXED_MADD = [SIMD, 0x85, 0x02];
const MINUS_INFINITY = [0x43, 0x00, 0x00, 0x80, 0xff];

const append = (code: Code, bytes: number[]): number[] => {
  for (const part of code) {
    if (typeof part === 'number') bytes.push(part);
    else append(part, bytes);
  }
  return bytes;
};
/** LEB128 */
const whole = (value: number): Code => (value < 128 ? [value] : [(value % 128) + 128, whole(value >> 7)]);
const sized = (content: Code): Code => {
  const bytes = append(content, []);
  return [whole(bytes.length), bytes];
};
const list = (...items: readonly Code[]): Code => [whole(items.length), items];
const text = (value: string): Code => sized([...value].map((letter) => letter.charCodeAt(0)));

/** From 0 to 8,191: LEB128 with a sign. */
const number = (value: number): Code => (value < 64 ? [0x41, value] : [0x41, (value % 128) + 128, value >> 7]);
const get = (name: Local): Code => [0x20, locals.indexOf(name)];
const set = (name: Local, value: Code): Code => [value, 0x21, locals.indexOf(name)];
const on = (a: Code, operator: number, b: Code): Code => [a, b, operator];
const move = (name: Local, by: Code): Code => set(name, on(get(name), ADD, by));
// Memory is aligned to 4 bytes (2 is its logarithm); a place and how far behind it.
const load = (place: Local, behind: number): Code => [get(place), SIMD, LOAD, 2, whole(behind)];
const loadSplat = (place: Local): Code => [get(place), SIMD, LOAD_SPLAT, 2, 0];
const store = (place: Local, behind: number, vector: Code): Code => [
  get(place),
  vector,
  [SIMD, STORE, 2, whole(behind)],
];
const choose = (condition: Code, yes: Code, no: Code): Code => [yes, no, condition, SELECT];
const during = (condition: Code, body: Code): Code => [
  [BLOCK, NOTHING, LOOP, NOTHING, condition, IS_ZERO, BRANCH_IF, 1],
  body,
  [BRANCH, 0, END, END],
];
const isBelow = (a: Code, b: Code): Code => on(a, LESS, b);
const smaller = (a: Code, b: Code): Code => choose(isBelow(a, b), a, b);
/** What is left of a number, or 0. */
const less = (a: Code, by: number): Code => choose(isBelow(a, number(by)), number(0), on(a, SUB, number(by)));

interface Tile {
  readonly rows: number;
  readonly panels: number;
}
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Adds the products of one k. More of them in a turn of the loop are no faster. */
const stepOf = ({ rows, panels }: Tile): Code => [
  upTo(rows).map((row) => [
    set('value', loadSplat(local(x0, row))),
    upTo(2 * panels).map((half) => {
      const sum = local(s0, row * 2 * panels + half);
      const weights = load(local(w0, half >> 1), 16 * (half % 2));
      return set(sum, [get('value'), weights, get(sum), RELAXED_MADD]);
    }),
  ]),
  upTo(rows).map((row) => move(local(x0, row), number(4))),
  upTo(panels).map((panel) => move(local(w0, panel), number(32))),
  set('count', on(get('count'), SUB, number(1))),
];

/** The sums of a block added to what was there: the bias first, what the blocks before left then. */
const sumsOf = ({ rows, panels }: Tile): Code => {
  const ifMany = (code: Code): Code => (rows > 1 ? code : []);
  return [
    set('to', choose(get('left'), number(0), get('tileY'))),
    ifMany(set('toStep', choose(get('left'), number(32), on(get('columns'), SHL, number(2))))),
    set('lowest', [choose(get('left'), MINUS_INFINITY, get('floor')), SPLAT]),
    upTo(rows).map((row) => [
      row === 0 ? [] : [move('from', get('fromStep')), move('to', get('toStep'))],
      upTo(2 * panels).map((half) => {
        const sum = [get(local(s0, row * 2 * panels + half)), load('from', 16 * half), ADD_VECTORS];
        return store('to', 16 * half, [sum, get('lowest'), PMAX]);
      }),
    ]),
    set('from', number(0)),
    ifMany(set('fromStep', number(32))),
  ];
};

/** The tile at `row` and `panel`. */
const tileOf = (tile: Tile): Code => {
  const behind = (place: Local, count: Code, bytes: Local) => on(get(place), ADD, on(count, MUL, get(bytes)));
  return [
    set('x0', behind('x', get('row'), 'rowBytes')),
    upTo(tile.rows - 1).map((row) => set(local(x0, row + 1), on(get(local(x0, row)), ADD, get('rowBytes')))),
    upTo(tile.panels).map((index) => {
      const panel = on(get('panel'), ADD, number(index));
      return set(
        local(w0, index),
        behind('weights', index === 0 ? get('panel') : smaller(panel, get('lastPanel')), 'panelBytes'),
      );
    }),
    set('from', on(get('bias'), ADD, on(get('panel'), SHL, number(5)))),
    tile.rows > 1 ? set('fromStep', number(0)) : [],
    set('tileY', on(on(get('row'), MUL, get('columns')), ADD, on(get('panel'), SHL, number(3)))),
    set('tileY', on(get('y'), ADD, on(get('tileY'), SHL, number(2)))),
    set('left', get('inner')),
    during(get('left'), [
      set('count', smaller(get('left'), get('blockSize'))),
      set('left', on(get('left'), SUB, get('count'))),
      upTo(2 * tile.rows * tile.panels).map((index) => set(local(s0, index), get('zero'))),
      during(get('count'), stepOf(tile)),
      sumsOf(tile),
    ]),
  ];
};

const multiplyCode = (): Code => {
  /** From the last panels on. */
  const panelsDown = (tile: Tile, body: Code): Code => [
    set('panel', get('panelCount')),
    during(get('panel'), [set('panel', less(get('panel'), tile.panels)), body]),
  ];
  const [tall, wide] = [
    { rows: 4, panels: 1 },
    { rows: 1, panels: 4 },
  ] as const;
  return [
    set('rowBytes', on(get('inner'), SHL, number(2))),
    set('panelBytes', on(get('inner'), SHL, number(5))),
    set('panelCount', on(on(get('columns'), ADD, number(7)), SHR, number(3))),
    set('lastPanel', on(get('panelCount'), SUB, number(1))),
    set('tiledRows', on(on(get('rows'), SHR, number(2)), SHL, number(2))),
    panelsDown(tall, [
      set('row', number(0)),
      during(isBelow(get('row'), get('tiledRows')), [tileOf(tall), move('row', number(4))]),
    ]),
    set('row', get('tiledRows')),
    during(isBelow(get('row'), get('rows')), [panelsDown(wide, tileOf(wide)), move('row', number(1))]),
    END,
  ];
};

/** A module that is given `dense.memory` and gives `multiply`. */
export const emitDenseModule = (): Uint8Array<ArrayBuffer> => {
  const section = (id: number, content: Code): Code => [id, sized(content)];
  const kinds = inputs.map((name) => (name === 'floor' ? F32 : I32));
  const declared = list([whole(numbers.length), I32], [whole(vectors.length), V128]);
  const module = [
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    section(1, list([0x60, sized(kinds), 0])),
    // A memory of a page or more, whatever its bound.
    section(2, list([text('dense'), text('memory'), 0x02, 0x00, 1])),
    section(3, list([0])),
    section(7, list([text('multiply'), 0x00, 0])),
    section(10, list(sized([declared, multiplyCode()]))),
  ];
  return Uint8Array.from(append(module, []));
};
