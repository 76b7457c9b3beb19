// A person of the story tests: signs up with Cognito and calls the API as any client would.
import {
  AdminAddUserToGroupCommand,
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';

export interface Place {
  readonly apiUrl: string;
  /** The emulator's own address, for AWS clients. */
  readonly endpoint: string;
  readonly outputs: { readonly region: string; readonly userPoolId: string; readonly userPoolClientId: string };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever JSON came
  readonly body: any;
}

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

export const cognitoOf = (place: Place) =>
  new CognitoIdentityProviderClient({ endpoint: place.endpoint, region: place.outputs.region, credentials });

/** Calls the API with whatever bearer token is given; JSON bodies are encoded, JSON answers decoded. */
export const callApi = async (
  apiUrl: string,
  bearer: string | undefined,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> => {
  const raw = body instanceof Uint8Array;
  const answer = await fetch(`${apiUrl}${path}`, {
    method,
    headers: {
      ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
      ...(body !== undefined && !raw ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: raw ? Buffer.from(body) : JSON.stringify(body) }),
    redirect: 'manual',
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const json =
    answer.headers.get('content-type')?.includes('json') && !answer.headers.has('inference-header-content-length');
  return {
    status: answer.status,
    headers: answer.headers,
    body: json && bytes.length > 0 ? JSON.parse(bytes.toString()) : bytes,
  };
};

const signIn = (place: Place, email: string, password: string) =>
  new Promise<string>((resolve, reject) => {
    const pool = new CognitoUserPool({
      UserPoolId: place.outputs.userPoolId,
      ClientId: place.outputs.userPoolClientId,
      endpoint: place.endpoint,
    });
    const user = new CognitoUser({ Username: email, Pool: pool });
    user.authenticateUser(new AuthenticationDetails({ Username: email, Password: password }), {
      onSuccess: (session) => resolve(session.getAccessToken().getJwtToken()),
      onFailure: reject,
    });
  });

export class Person {
  readonly email: string;
  readonly place: Place;
  token: string | undefined;
  key: string | undefined;
  readonly #password = 'Correct-horse-7-battery';

  constructor(place: Place, name: string) {
    this.place = place;
    this.email = `${name}-${Math.random().toString(36).slice(2, 10)}@example.com`;
  }

  /** Sign-up, confirmation by the code that was mailed (the emulator takes any), sign-in by SRP as a browser does it. */
  async join(group?: string): Promise<this> {
    const cognito = cognitoOf(this.place);
    const { userPoolId, userPoolClientId } = this.place.outputs;
    await cognito.send(
      new SignUpCommand({
        ClientId: userPoolClientId,
        Username: this.email,
        Password: this.#password,
        UserAttributes: [{ Name: 'email', Value: this.email }],
      }),
    );
    await cognito.send(
      new ConfirmSignUpCommand({ ClientId: userPoolClientId, Username: this.email, ConfirmationCode: '123456' }),
    );
    if (group) {
      await cognito.send(
        new AdminAddUserToGroupCommand({ UserPoolId: userPoolId, Username: this.email, GroupName: group }),
      );
    }
    this.token = await signIn(this.place, this.email, this.#password);
    return this;
  }

  /** With the access token. */
  as(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
    return callApi(this.place.apiUrl, this.token, method, path, body, headers);
  }

  /** With the API key, once `makeKey` has made one. */
  byKey(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
    return callApi(this.place.apiUrl, this.key, method, path, body, headers);
  }

  async makeKey(scopes: readonly string[]): Promise<string> {
    const made = await this.as('POST', '/v1/keys', { name: 'story', scopes });
    if (made.status !== 201) throw new Error(`no key: ${made.status} ${JSON.stringify(made.body)}`);
    this.key = made.body.key as string;
    return this.key;
  }
}
