// What counting the use of models needs from outside.

/** When an account's calls of a model that count were made, by the minute. */
export interface UsedBetween {
  readonly firstUsedAtMs: number;
  readonly lastUsedAtMs: number;
}

/** What is kept of an account and a model, and of the model by itself. */
export interface KnownUsage {
  readonly model: string;
  /** undefined: the account has not called it before. */
  readonly user: UsedBetween | undefined;
  readonly callCount: number;
  /** What `callCount` was when search was told of it last. */
  readonly toldCallCount: number;
}

/** What is added for one model. */
export interface UsageCount {
  readonly model: string;
  readonly calls: number;
  readonly before: UsedBetween | undefined;
  readonly after: UsedBetween;
  /** Of a step that search is to be told of: how many calls there are then. */
  readonly told: number | undefined;
}

/** The calls of one account in one minute, as one event told of them. */
export interface CountedEvent {
  readonly eventId: string;
  readonly accountId: string;
  readonly counts: readonly UsageCount[];
  /** Of the models that search is told of. */
  readonly owners: ReadonlyMap<string, string>;
  readonly nowMs: number;
}

export interface UsageCounts {
  /** Strongly consistent. */
  read(accountId: string, models: readonly string[]): Promise<readonly KnownUsage[]>;
  /**
   * One transaction: users, models, what search is told, and that the event was counted.
   * @returns `known`: it was counted before; `changed`: a user is not what was read any more. Nothing was changed then
   */
  count(event: CountedEvent): Promise<'counted' | 'known' | 'changed'>;
}
