// npm run operator -- add|remove|list [<email>] [--stage <stage>] — who operates a platform is granted here alone.
//
// Without --stage it speaks to the local cloud (AIMASS_STATE, AIMASS_PORT), with it to the AWS account that the
// credentials point to. A person becomes an operator with the next sign-in: the group stands in the access token.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  AdminAddUserToGroupCommand,
  AdminGetUserCommand,
  AdminRemoveUserFromGroupCommand,
  CognitoIdentityProviderClient,
  paginateListUserPools,
  paginateListUsersInGroup,
} from '@aws-sdk/client-cognito-identity-provider';
import * as z from 'zod';
import { cognitoDirectory } from '../lambdas/accounts/adapters/cognito-directory.ts';
import { OPERATORS_GROUP } from '../lambdas/accounts/contract.ts';
import { readState } from './state.ts';

export interface UserPoolAt {
  readonly client: CognitoIdentityProviderClient;
  readonly userPoolId: string;
}

export interface PersonAt extends UserPoolAt {
  /** As it was signed up with. */
  readonly email: string;
}

/** Puts a person who signed up and confirmed the address into the operators' group; once more changes nothing. */
export const addOperator = async (person: PersonAt): Promise<void> => {
  const { client, userPoolId } = person;
  const { emailVerified } = await findPerson(person);
  if (!emailVerified) {
    throw new Error(
      `'${person.email}' has signed up but not confirmed the address; confirm it first, then add it again`,
    );
  }
  const membership = { UserPoolId: userPoolId, Username: person.email, GroupName: OPERATORS_GROUP };
  await client.send(new AdminAddUserToGroupCommand(membership));
};

/** Takes a person out of the group. Access tokens issued before still say otherwise until they expire, in an hour. */
export const removeOperator = async (person: PersonAt): Promise<void> => {
  const { client, userPoolId } = person;
  await findPerson(person);
  const membership = { UserPoolId: userPoolId, Username: person.email, GroupName: OPERATORS_GROUP };
  await client.send(new AdminRemoveUserFromGroupCommand(membership));
};

/** @returns e-mail addresses, sorted */
export const listOperators = async ({ client, userPoolId }: UserPoolAt): Promise<string[]> => {
  const emails: string[] = [];
  const pages = paginateListUsersInGroup({ client }, { UserPoolId: userPoolId, GroupName: OPERATORS_GROUP });
  for await (const page of pages) {
    for (const user of page.Users ?? []) {
      emails.push(user.Attributes?.find(({ Name }) => Name === 'email')?.Value ?? `${user.Username} (no e-mail)`);
    }
  }
  return emails.sort();
};

const findPerson = async ({ client, userPoolId, email }: PersonAt) => {
  const person = await cognitoDirectory(userPoolId, (input) => client.send(new AdminGetUserCommand(input))).find(email);
  if (person) return person;
  throw new Error(`nobody has signed up with the e-mail address '${email}'; sign up first, then run this again`);
};

const localOutputs = z.object({ region: z.string(), userPoolId: z.string() });

const findLocalPool = (): UserPoolAt => {
  const state = readState();
  let text: string;
  try {
    text = readFileSync(state.outputsFile, 'utf8');
  } catch {
    throw new Error(`there is no ${state.outputsFile}: run 'npm start' first, or name a stage on AWS with --stage`);
  }
  const { region, userPoolId } = localOutputs.parse(JSON.parse(text));
  const client = new CognitoIdentityProviderClient({
    endpoint: `http://127.0.0.1:${state.emulatorPort}`,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  return { client, userPoolId };
};

const findPoolOnAws = async (stage: string): Promise<UserPoolAt> => {
  const client = new CognitoIdentityProviderClient({});
  const name = `aimass-${stage}-users`;
  for await (const page of paginateListUserPools({ client }, { MaxResults: 60 })) {
    const id = page.UserPools?.find((pool) => pool.Name === name)?.Id;
    if (id) return { client, userPoolId: id };
  }
  throw new Error(`there is no user pool '${name}' in ${await client.config.region()}: is the stage deployed there?`);
};

const usage = 'usage: npm run operator -- add <email> | remove <email> | list   [--stage <stage on AWS>]';

/** The command line. @returns what to print. @throws Error whose message says what to do */
export const runOperator = async (args: readonly string[]): Promise<string> => {
  const { verb, email, stage } = readArgs(args);
  const pool = stage === undefined ? findLocalPool() : await findPoolOnAws(stage);
  try {
    if (verb === 'list') return (await listOperators(pool)).join('\n') || 'there are no operators';
    if (verb === 'add') {
      await addOperator({ ...pool, email });
      return `${email} is an operator from the next sign-in on`;
    }
    await removeOperator({ ...pool, email });
    return `${email} is no operator any more; access tokens issued before hold for up to an hour`;
  } catch (fault) {
    if (stage === undefined && isRefusedConnection(fault)) {
      throw new Error("the local cloud does not answer: run 'npm start' first (AIMASS_PORT names its port)");
    }
    throw fault;
  }
};

const readArgs = (args: readonly string[]) => {
  if (args.includes('--help')) throw new Error(usage);
  let parsed: { positionals: string[]; values: { stage?: string | undefined } };
  try {
    parsed = parseArgs({ args: [...args], allowPositionals: true, options: { stage: { type: 'string' } } });
  } catch (fault) {
    throw new Error(`${fault instanceof Error ? fault.message : fault}\n${usage}`);
  }
  const [verb, email, ...rest] = parsed.positionals;
  const { stage } = parsed.values;
  if (rest.length > 0) throw new Error(`one e-mail address at most, got ${rest.length + 1}\n${usage}`);
  if (verb === 'list' && email === undefined) return { verb, email: '', stage } as const;
  if ((verb === 'add' || verb === 'remove') && email !== undefined) return { verb, email, stage } as const;
  throw new Error(usage);
};

const isRefusedConnection = (fault: unknown) =>
  fault instanceof Error && 'code' in fault && (fault.code === 'ECONNREFUSED' || fault.code === 'ECONNRESET');

if (import.meta.main) {
  runOperator(process.argv.slice(2)).then(
    (line) => console.log(line),
    (fault) => {
      console.error(fault instanceof Error ? fault.message : fault);
      process.exitCode = 1;
    },
  );
}
