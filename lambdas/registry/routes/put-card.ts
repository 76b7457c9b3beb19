/** PUT /v1/models/{model}/card — the whole card, or nothing of it. */
import { DomainError } from '../../shared/kernel/errors.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { readCard } from '../domain/read-card.ts';
import type { CardStore } from '../ports/cards.ts';
import { actOf } from '../ports/life.ts';
import { requireLive } from './change-life.ts';
import { findOwn, type OwnModels } from './find-model.ts';
import { requireMatch } from './require-match.ts';
import { retryChanged } from './retry-changed.ts';
import { type TellCardPorts, tellCard } from './tell-card.ts';
import { etagOf } from './tell-model.ts';

export interface PutCardPorts extends OwnModels, TellCardPorts {
  readonly cards: CardStore;
}

export const putCard =
  (ports: PutCardPorts): UseCase<typeof registryRoutes.putCard> =>
  async ({ caller, params, headers, body, nowMs }) => {
    const { model, card } = await retryChanged(async () => {
      const found = await findOwn(ports, caller, params.model);
      requireLive(found);
      const before = await ports.cards.find(found.name);
      requireMatch(headers['if-match'], before && etagOf(before), 'card');
      const text = acceptedText(body.text, found.license);
      if (before?.text === text) return { model: found, card: before };
      const next = {
        model: found.name,
        text,
        revision: (before?.revision ?? 0) + 1,
        createdAtMs: before?.createdAtMs ?? nowMs,
        updatedAtMs: nowMs,
      };
      const told = { accountId: found.ownerAccountId, act: actOf(caller), nowMs };
      return (await ports.cards.save(next, told)) ? { model: found, card: next } : undefined;
    });
    return { status: 200, body: await tellCard(ports, model, card), headers: { etag: etagOf(card) } };
  };

/** @throws DomainError card_invalid */
const acceptedText = (written: string, license: string): string => {
  const read = readCard(written, license);
  if (read.ok) return read.card.text;
  const [first] = read.faults;
  const message = first ? `'${first.pointer}' ${first.detail}` : 'the card breaks a rule';
  throw new DomainError('invalid', 'card_invalid', message, { errors: read.faults });
};
