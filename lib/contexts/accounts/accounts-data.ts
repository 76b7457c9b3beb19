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
import type { z } from 'zod';
import { type accountsEnv, OPERATORS_GROUP } from '../../../lambdas/accounts/contract.ts';
import type { Stage } from '../../config/read-stage.ts';
import { acknowledge } from '../../constructs/acknowledge.ts';
import type { ServiceFunction } from '../../constructs/service-function.ts';
import type { ServiceTable } from '../../constructs/service-table.ts';
import { makeContextTable } from '../context-table.ts';
import { removalPolicy, resourceName } from '../surroundings.ts';

export class AccountsData extends Construct {
  readonly table: ServiceTable;
  readonly userPool: UserPool;
  readonly userPoolClient: UserPoolClient;

  constructor(scope: Construct, stage: Stage) {
    super(scope, 'Accounts');
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
  get environment(): Omit<z.input<typeof accountsEnv>, 'AWS_ENDPOINT_URL'> {
    return {
      ACCOUNTS_TABLE: this.table.table.tableName,
      USER_POOL_ID: this.userPool.userPoolId,
      USER_POOL_CLIENT_ID: this.userPoolClient.userPoolClientId,
    };
  }

  /** Finds out who calls. Puts items too: a personal account is made at the first authenticated call, wherever it lands. */
  grantAuthenticate(authenticator: ServiceFunction): void {
    authenticator.allow({ actions: ['dynamodb:GetItem', 'dynamodb:PutItem'], resources: [this.table.table.tableArn] });
    authenticator.allow({ actions: ['cognito-idp:AdminGetUser'], resources: [this.userPool.userPoolArn] });
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
