// Files of other kinds under the name of a model.
import { createHash } from 'node:crypto';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { block, graph, int, model, text } from '../../support/onnx-builder.ts';
import { type Attack, attacksOf } from '../attack.ts';

/** A zip with one deflated entry: local header, data, directory, end. */
const zip = (name: string, content: Uint8Array): Buffer => {
  const data = deflateRawSync(content);
  const header = (signature: number, extra: number) => {
    const bytes = Buffer.alloc(extra);
    bytes.writeUInt32LE(signature);
    return bytes;
  };
  const local = header(0x04034b50, 30);
  local.writeUInt16LE(20, 4);
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(data.length, 18);
  local.writeUInt32LE(content.length, 22);
  local.writeUInt16LE(name.length, 26);
  const central = header(0x02014b50, 46);
  central.writeUInt16LE(name.length, 28);
  const end = header(0x06054b50, 22);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(30 + name.length + data.length, 16);
  return Buffer.concat([local, Buffer.from(name), data, central, Buffer.from(name), end]);
};

/** `os.system("id")`, as Python's pickle calls it on loading. */
const pickle = Buffer.from('\x80\x02cposix\nsystem\nX\x02\x00\x00\x00id\x85R.', 'latin1');

const executable = () => {
  const bytes = Buffer.alloc(512);
  bytes.write('MZ', 0, 'latin1');
  bytes.writeUInt32LE(0x80, 0x3c);
  bytes.write('PE\0\0', 0x80, 'latin1');
  return bytes;
};

/** Bytes that no compressor and no reader makes anything of, the same each time. */
const noise = (bytes: number) =>
  Buffer.concat(
    Array.from({ length: Math.ceil(bytes / 32) }, (_, index) => createHash('sha256').update(`${index}`).digest()),
  ).subarray(0, bytes);

export const noModel: readonly Attack[] = attacksOf('no-model', [
  { name: 'file-one-byte', why: 'a single zero', make: () => Uint8Array.of(0), rules: ['malformed'] },
  {
    name: 'file-text',
    why: 'text',
    make: () => Buffer.from('import os; os.system("id")\n'),
    rules: ['malformed', 'unknown_field'],
  },
  { name: 'file-zip', why: 'a zip', make: () => zip('model.onnx', model()), rules: ['malformed', 'unknown_field'] },
  { name: 'file-gzip', why: 'a model, packed', make: () => gzipSync(model()), rules: ['malformed', 'unknown_field'] },
  {
    name: 'file-gzip-bomb',
    why: 'a few kilobytes that unpack to 64 MiB',
    make: () => gzipSync(Buffer.alloc(64 << 20)),
    rules: ['malformed', 'unknown_field'],
  },
  {
    name: 'file-pickle',
    why: 'a pickle that runs a command',
    make: () => pickle,
    rules: ['malformed', 'unknown_field'],
  },
  { name: 'file-executable', why: 'a Windows program', make: executable, rules: ['malformed', 'unknown_field'] },
  {
    name: 'file-elf',
    why: 'a shared library',
    make: () => Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), Buffer.alloc(57)]),
    rules: ['malformed', 'unknown_field'],
  },
  { name: 'file-noise', why: 'noise', make: () => noise(65_536), rules: ['malformed', 'unknown_field'] },
  {
    name: 'file-ort-mark',
    why: 'ONNX that the runtime would take for its own format',
    make: () =>
      Uint8Array.from([...int(1, 10), ...text(2, 'ORTM'), ...block(8, text(1, ''), int(2, 21)), ...block(7, graph())]),
    rules: ['ort_format'],
  },
  {
    name: 'file-ort-head',
    why: 'the head of the runtime’s own format',
    make: () => Buffer.concat([Buffer.from('\x18\0\0\0ORTM', 'latin1'), Buffer.alloc(248)]),
    rules: ['ort_format', 'malformed'],
  },
]);
