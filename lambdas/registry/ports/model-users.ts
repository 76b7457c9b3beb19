// Who used a model: what makes a review more than an opinion of somebody.

export interface ModelUsers {
  /**
   * Whether the account has called the model and was charged for it, be it nothing, or has fetched a file that only those
   * let in may fetch. Strongly consistent; a call is known here minutes after it was made.
   */
  uses(accountId: string, model: string): Promise<boolean>;
}
