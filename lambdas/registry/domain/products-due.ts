// Which products of a version are to be made: those that what makes them today has neither made nor given up.
import type { NotMade, Product } from '../contract.ts';

type Kind = Product['kind'];

/** What makes each kind today, and what that is compared with. */
export type Makers = Readonly<Record<Kind, { readonly madeBy: string; readonly against?: string }>>;

export interface Made {
  readonly products: readonly Product[];
  readonly notMade?: readonly NotMade[] | undefined;
}

export const productsDue = ({ products, notMade = [] }: Made, makers: Makers): Kind[] =>
  (Object.keys(makers) as Kind[]).filter(
    (kind) =>
      ![...products, ...notMade].some(
        (one) => one.kind === kind && one.madeBy === makers[kind].madeBy && one.against === makers[kind].against,
      ),
  );

/** What came of making those kinds takes the place of what there was of them. */
export const withMade = (before: Made, made: Made): Made => {
  const given = made.notMade ?? [];
  const kinds = new Set([...made.products, ...given].map(({ kind }) => kind));
  const others = <T extends { readonly kind: Kind }>(all: readonly T[]) => all.filter(({ kind }) => !kinds.has(kind));
  return {
    products: [...others(before.products), ...made.products],
    notMade: [...others(before.notMade ?? []), ...given],
  };
};
