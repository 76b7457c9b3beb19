// What a file of a version may be called, and what kind its name says it is.

/** Bytes of a path. */
export const PATH_LIMIT_BYTES = 200;

/** @returns what is wrong with the path; undefined: nothing */
export const pathFault = (path: string): string | undefined => {
  if (Buffer.byteLength(path) > PATH_LIMIT_BYTES) return `must be at most ${PATH_LIMIT_BYTES} bytes`;
  if (path !== path.normalize('NFC') || !path.isWellFormed()) return 'must be Unicode in normal form C';
  // Of bidirectional marks and the like too: what is read must be what is meant.
  if (/\p{C}|\\/u.test(path)) return 'must not hold control characters or backslashes';
  if (/^[A-Za-z]:/.test(path) || /[<>:"|?*#%]/.test(path)) return 'must not hold any of < > : " | ? * # %';
  const segments = path.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return "must be relative, of segments between single '/' that are neither '.' nor '..'";
  }
  if (segments.some((segment) => /^[\s]|[\s.]$/u.test(segment))) {
    return "must have segments that begin with no space and end with neither a space nor '.'";
  }
  return undefined;
};

/** Two files of one name in other letters would be one on many disks. */
export const sameName = (path: string): string => path.normalize('NFKC').toLowerCase();

/** What is run, or unpacked, when somebody opens it. */
const forbiddenEndings = [
  ...[
    'py',
    'pyc',
    'sh',
    'bash',
    'bat',
    'cmd',
    'ps1',
    'js',
    'mjs',
    'cjs',
    'exe',
    'dll',
    'so',
    'dylib',
    'jar',
    'class',
    'wasm',
  ],
  ...['pkl', 'pickle', 'pt', 'pth', 'joblib', 'npy', 'npz', 'h5', 'hdf5', 'keras', 'pb', 'ckpt'],
  ...['zip', 'gz', 'tgz', 'bz2', 'xz', 'zst', '7z', 'rar', 'tar', 'html', 'htm', 'svg', 'xml'],
];

const endingOf = (path: string): string => /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';

export const isForbiddenName = (path: string): boolean => forbiddenEndings.includes(endingOf(path));
export const isJsonName = (path: string): boolean => endingOf(path) === 'json';
