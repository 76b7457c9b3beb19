// What a person sees when all is ready: where to go, who to be, and a call to paste.
import { demoRoles, type Outputs } from './outputs.ts';

interface WelcomeOptions {
  readonly background: boolean;
  readonly emulatorPort: number;
  readonly folder: string;
}

export const printWelcome = (outputs: Outputs, { background, emulatorPort, folder }: WelcomeOptions): void => {
  const { apiUrl, demo } = outputs;
  const people = demoRoles.map((role) => {
    const { email, password, apiKey } = demo[role];
    return `  ${role.padEnd(10)} ${email.padEnd(24)} ${password.padEnd(22)} ${apiKey}`;
  });
  const call = [
    `  curl -i ${apiUrl}/v2/models/acme.wine/infer \\`,
    `    -H 'authorization: Bearer ${demo.consumer.apiKey}' -H 'content-type: application/json' \\`,
    `    -d '{"inputs":[{"name":"X","datatype":"FP32","shape":[1,13],"data":[14.23,1.71,2.43,15.6,127,2.8,3.06,0.28,2.29,5.64,1.04,3.92,1065]}]}'`,
  ];
  const lines = [
    '',
    `  API            ${apiUrl}   (catalogue: ${apiUrl}/v1/models)`,
    `  API reference  ${apiUrl}/docs`,
    `  AWS emulator   http://127.0.0.1:${emulatorPort}`,
    `  Data and logs  ${folder}`,
    '',
    `  ${'demo'.padEnd(10)} ${'e-mail'.padEnd(24)} ${'password'.padEnd(22)} API key`,
    ...people,
    '',
    '  Call a model; the answer’s header x-aimass-price-micros tells the charge in millionths of a dollar:',
    '',
    ...call,
    '',
    background ? '  It runs in the background: `npm stop` ends it.' : '  Ctrl-C ends it; the data is kept.',
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
};
