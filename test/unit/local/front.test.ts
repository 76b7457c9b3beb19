import { spawn } from 'node:child_process';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endProcess, freePortPair, isListening } from '../../../local/processes.ts';
import { root } from '../../../local/root.ts';

let behind: Server;
let frontPort: number;
let frontPid: number;

/** The path as it stands in the request line. @returns the path that arrived behind the front */
const pathBehind = (path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: frontPort, path }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += chunk));
      answer.on('end', () => resolve(text));
    })
      .on('error', reject)
      .end();
  });

beforeAll(async () => {
  behind = createServer({ maxHeaderSize: 131_072 }, (asked, answer) => answer.end(asked.url)).listen(0, '127.0.0.1');
  frontPort = await freePortPair();
  const child = spawn(process.execPath, [join(root, 'local/front.ts')], {
    env: {
      FRONT_PORT: String(frontPort),
      EMULATOR_PORT: String((behind.address() as AddressInfo).port),
      API_ID: 'api',
    },
    stdio: 'ignore',
  });
  frontPid = child.pid ?? 0;
  while (!(await isListening(frontPort))) await sleep(25);
});

afterAll(async () => {
  await endProcess(frontPid, 2_000);
  behind.close();
});

describe('the front', () => {
  it.each([
    ['/v1/health?a=1', '/_aws/execute-api/api/$default/v1/health?a=1'],
    ['/v1/models/a%2Fb', '/_aws/execute-api/api/$default/v1/models/a%2Fb'],
    ['/v1/models/%zz', '/_aws/execute-api/api/$default/v1/models/%zz'],
    ['//v1/health', '/_aws/execute-api/api/$default//v1/health'],
  ])('hands on %s', async (path, there) => {
    expect(await pathBehind(path)).toBe(there);
  });

  it.each([
    '/../../../../_ministack/reset',
    '/%2e%2e/%2E%2e/..%2f../../../../_ministack/reset',
    '/..\\..\\..\\..\\_ministack/reset',
    '/./.././_ministack/reset',
  ])('leads nowhere but to the API: %s', async (path) => {
    expect(await pathBehind(path)).toMatch(/^\/_aws\/execute-api\/api\/\$default\/(?!.*\.\.\/)/);
  });

  it('refuses to be asked for another server', async () => {
    expect(JSON.parse(await pathBehind('http://elsewhere/_ministack/reset'))).toMatchObject({ status: 400 });
  });

  it('hands on a query that is longer than Node alone would take', async () => {
    expect(await pathBehind(`/v1/models?q=${'a'.repeat(40_000)}`)).toMatch(/a{40000}$/);
  });
});
