/**
 * Makes what a version's artifact is served faster by. Whatever fails here leaves the version without the product, and
 * served as it is: what the model itself is the reason of is told on the version, what is our fault is made later.
 */
import { ONNXRUNTIME_VERSION } from '../../inference/contract.ts';
import { FLAT_MAKER } from '../../shared/executor/flat-form.ts';
import type { Product } from '../contract.ts';
import { type Made, type Makers, productsDue, withMade } from '../domain/products-due.ts';
import type { Holder, ObjectHolds } from '../ports/life.ts';
import { heldArtifacts } from './hold-object.ts';
import { makeFlat } from './make-flat.ts';
import { makeOrt } from './make-ort.ts';
import type { Outcome, ProductPorts, Subject } from './product.ts';

type Kind = Product['kind'];

export interface MakeProductsPorts extends ProductPorts {
  readonly holds: Pick<ObjectHolds, 'hold'>;
  readonly onDone: (figures: Readonly<Record<string, string | boolean>>) => void;
  readonly onFault: (kind: Kind, fault: unknown) => void;
}

/** @param holder - the version that they are for */
export type MakeProducts = (subject: Subject & Made, holder: Holder) => Promise<Made>;

const ORT_MAKER = `onnxruntime-node ${ONNXRUNTIME_VERSION}`;
export const makers: Makers = { flat: { madeBy: FLAT_MAKER, against: ORT_MAKER }, ort: { madeBy: ORT_MAKER } };

const make: Readonly<Record<Kind, (ports: ProductPorts, subject: Subject) => Promise<Outcome>>> = {
  flat: makeFlat,
  ort: makeOrt,
};
const MAX_REASON = 300;

export const makeProducts =
  (ports: MakeProductsPorts): MakeProducts =>
  async (subject, holder) => {
    const held = { ...ports, artifacts: heldArtifacts(ports.artifacts, ports.holds, holder) };
    let made: Made = { products: subject.products, notMade: subject.notMade ?? [] };
    for (const kind of productsDue(made, makers)) {
      try {
        const outcome = await make[kind](held, subject);
        made = withMade(made, toMade(kind, outcome));
        const told = 'reason' in outcome ? { made: false, reason: outcome.reason } : { made: true };
        ports.onDone({ product: kind, artifact: subject.artifact.sha256, ...told });
      } catch (fault) {
        ports.onFault(kind, fault);
      }
    }
    return made;
  };

const toMade = (kind: Kind, outcome: Outcome): Made => {
  if (!('reason' in outcome)) return { products: [{ kind, ...outcome, ...makers[kind] }] };
  return { products: [], notMade: [{ kind, ...makers[kind], reason: outcome.reason.slice(0, MAX_REASON) }] };
};
