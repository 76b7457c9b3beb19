// accounts: its table and the user pool. How people sign in is fixed when a pool is made, so it stands here once.
import { Duration } from 'aws-cdk-lib';
import {
  AccountRecovery,
  CfnUserPoolGroup,
  FeaturePlan,
  Mfa,
  UserPool,
  type UserPoolClient,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type * as z from 'zod';
import { type accountsEnv, LEASE_PREFIX, OPERATORS_GROUP } from '../../../lambdas/accounts/contract.ts';
import type { originEnv } from '../../../lambdas/shared/platform/origin.ts';
import type { Stage } from '../../config/read-stage.ts';
import { acknowledge } from '../../constructs/acknowledge.ts';
import type { ServiceFunction } from '../../constructs/service-function.ts';
import type { ServiceTable } from '../../constructs/service-table.ts';
import { makeContextTable } from '../context-table.ts';
import { grantReadingOriginSecret, originSecretName } from '../origin-secret.ts';
import { removalPolicy, resourceName } from '../surroundings.ts';

export class AccountsData extends Construct {
  readonly table: ServiceTable;
  readonly userPool: UserPool;
  readonly userPoolClient: UserPoolClient;

  private readonly stage: Stage;

  constructor(scope: Construct, stage: Stage) {
    super(scope, 'Accounts');
    this.stage = stage;
    this.table = makeContextTable(this, stage, 'accounts');
    this.userPool = makeUserPool(this, stage);
    new CfnUserPoolGroup(this, 'Operators', {
      userPoolId: this.userPool.userPoolId,
      groupName: OPERATORS_GROUP,
      description: 'May do what runs the platform; members are added by hand only',
    });
    const { signInFlows } = stage.config;
    this.userPoolClient = this.userPool.addClient('Client', {
      userPoolClientName: resourceName(stage, 'client'),
      generateSecret: false,
      authFlows: {
        userSrp: signInFlows.includes('srp'),
        userPassword: signInFlows.includes('password'),
        adminUserPassword: signInFlows.includes('admin'),
      },
      disableOAuth: true,
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      accessTokenValidity: Duration.hours(1),
      idTokenValidity: Duration.hours(1),
      refreshTokenValidity: Duration.days(30),
    });
  }

  /** Environment of a function that authenticates. */
  get environment(): Omit<z.input<typeof accountsEnv>, 'AWS_ENDPOINT_URL'> & { readonly ORIGIN_SECRET?: string } {
    const origin = { ORIGIN_SECRET: originSecretName(this.stage) } satisfies z.input<typeof originEnv>;
    return {
      ...(this.stage.config.front ? origin : {}),
      ACCOUNTS_TABLE: this.table.table.tableName,
      USER_POOL_ID: this.userPool.userPoolId,
      USER_POOL_CLIENT_ID: this.userPoolClient.userPoolClientId,
    };
  }

  /** Finds the account that something is given to, by its handle. */
  grantFindingByHandle(finder: ServiceFunction): void {
    this.table.grantItems(finder, ['GetItem'], ['handle#*']);
  }

  /**
   * Finds out who calls, and counts the call against the limits. Puts items too: a personal account is made at the
   * first authenticated call, wherever it lands.
   * No key can be made by it, and no handle taken.
   */
  grantAuthenticate(authenticator: ServiceFunction): void {
    this.table.grantItems(authenticator, ['GetItem'], ['usr_*', 'acc_*', 'key_*']);
    this.table.grantItems(authenticator, ['PutItem'], ['usr_*', 'acc_*', 'outbox#*']);
    this.table.grantItems(authenticator, ['UpdateItem'], [`${LEASE_PREFIX}*`]);
    authenticator.allow({ actions: ['cognito-idp:AdminGetUser'], resources: [this.userPool.userPoolArn] });
    if (this.stage.config.front) grantReadingOriginSecret(authenticator, this.stage);
  }
}

const makeUserPool = (scope: Construct, stage: Stage): UserPool => {
  const pool = new UserPool(scope, 'UserPool', {
    userPoolName: resourceName(stage, 'users'),
    featurePlan: FeaturePlan.ESSENTIALS,
    selfSignUpEnabled: true,
    signInAliases: { email: true },
    signInCaseSensitive: false,
    autoVerify: { email: true },
    keepOriginal: { email: true },
    standardAttributes: { email: { required: true, mutable: true } },
    mfa: Mfa.OPTIONAL,
    mfaSecondFactor: { otp: true, sms: false },
    accountRecovery: AccountRecovery.EMAIL_ONLY,
    passwordPolicy: {
      minLength: 12,
      requireLowercase: true,
      requireUppercase: true,
      requireDigits: true,
      requireSymbols: true,
      tempPasswordValidity: Duration.days(3),
    },
    deletionProtection: stage.config.deletionProtection,
    removalPolicy: removalPolicy(stage),
  });
  acknowledge(pool, {
    'AwsSolutions-COG2': 'A second factor is each person’s choice: callers with keys never sign in at all.',
    'AwsSolutions-COG3': 'Threat protection belongs to a plan that is paid per user; MFA is offered in this one.',
    'AwsSolutions-COG8': 'The Plus plan is paid per user; Essentials has what sign-in by e-mail and MFA need.',
  });
  return pool;
};
