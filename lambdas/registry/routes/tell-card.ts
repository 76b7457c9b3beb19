// A card as the API tells it: the publisher's words, beside what was measured here.
import { toTimestamp } from '../../shared/kernel/clock.ts';
import { readKeptCard } from '../domain/read-card.ts';
import type { StoredCard } from '../ports/cards.ts';
import type { Model, VersionStore } from '../ports.ts';

export interface TellCardPorts {
  readonly versions: Pick<VersionStore, 'find'>;
}

export const tellCard = async (ports: TellCardPorts, model: Model, card: StoredCard) => {
  const { text, frontMatter, metrics } = readKeptCard(card.text, model.license);
  return {
    model: model.name,
    text,
    frontMatter,
    metrics: metrics.map((metric) => ({ ...metric, claimed: true })),
    measured: await measuredOf(ports, model),
    createdAt: toTimestamp(card.createdAtMs),
    updatedAt: toTimestamp(card.updatedAtMs),
  };
};

/** Of what `latest` names: its trial run, and what a call of it costs. */
const measuredOf = async ({ versions }: TellCardPorts, { name, latestVersion, price }: Model) => {
  const version = latestVersion === undefined ? undefined : await versions.find(name, latestVersion);
  if (!version?.validated) return null;
  const { lane, envelope } = version.validated;
  const { medianMs } = version.scan?.smoke ?? {};
  return {
    version: version.version,
    lane,
    runMs: envelope.runMs,
    ...(typeof medianMs === 'number' ? { medianMs } : {}),
    loadMs: envelope.loadMs,
    peakBytes: envelope.peakBytes,
    perCallMicros: price.perCallMicros,
    perRowMicros: price.perRowMicros,
  };
};
