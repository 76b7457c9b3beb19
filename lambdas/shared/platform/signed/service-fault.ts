/** What a service said no with. Its `name` is the service's own, as in the SDK. */
export class ServiceFault extends Error {
  override readonly name: string;
  readonly status: number;
  /** Why each action of a transaction was cancelled, in order. */
  readonly CancellationReasons: readonly { readonly Code?: string | undefined; readonly Item?: unknown }[] | undefined;

  /** The item that a condition refused, as attribute values, where it was asked for. */
  readonly Item: unknown;

  constructor(status: number, body: FaultBody) {
    super(body.message ?? body.Message ?? 'no message');
    this.name = body.__type.slice(body.__type.indexOf('#') + 1);
    this.status = status;
    this.CancellationReasons = body.CancellationReasons;
    this.Item = body.Item;
  }
}

export interface FaultBody {
  readonly __type: string;
  readonly message?: string | null | undefined;
  readonly Message?: string | null | undefined;
  readonly CancellationReasons?: ServiceFault['CancellationReasons'];
  readonly Item?: unknown;
}
