/** The terms of a model: set by its publisher, read by all who see the model, accepted by who uses it. */
import { createHash } from 'node:crypto';
import { viewerOf } from '../../accounts/gateway.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import type { UseCase } from '../../shared/platform/route.ts';
import type { registryRoutes } from '../contract.ts';
import { acceptTerms as accept, nextAccess } from '../domain/access.ts';
import type { AccessStore } from '../ports/access.ts';
import { actOf } from '../ports/life.ts';
import type { Terms, TermsStore } from '../ports/terms.ts';
import type { Model, ModelStore } from '../ports.ts';
import { requireLive } from './change-life.ts';
import { holderOf } from './decide-access.ts';
import { findOwn, findVisible, type OwnModels } from './find-model.ts';
import { retryChanged } from './retry-changed.ts';
import { tellTerms } from './tell-access.ts';

export interface TermsPorts extends OwnModels {
  readonly models: OwnModels['models'] & Pick<ModelStore, 'change'>;
  readonly access: Pick<AccessStore, 'find' | 'write'>;
  readonly terms: TermsStore;
}

/** PUT /v1/models/{model}/terms */
export const setTerms =
  (ports: TermsPorts): UseCase<typeof registryRoutes.setTerms> =>
  async ({ caller, params, body, nowMs }) => {
    const { version, text, url } = body;
    const sha256 = body.sha256 && text === undefined ? body.sha256 : sha256Of(text ?? '');
    const { model, terms } = await retryChanged(async () => {
      const found = await findOwn(ports, caller, params.model);
      requireLive(found);
      if (found.terms?.version === version && found.terms.sha256 === sha256) {
        return { model: found, terms: await presentTerms(ports.terms, found) };
      }
      const model = {
        ...found,
        terms: { version, sha256, setAtMs: nowMs },
        revision: found.revision + 1,
        updatedAtMs: nowMs,
      };
      const there = await ports.terms.find(found.name, version);
      if (there && there.sha256 !== sha256) throw saysElse(version);
      // The same words again are the same terms, as they were given first.
      const terms: Terms = there ?? { model: found.name, version, sha256, text, url, createdAtMs: nowMs };
      const change = { terms: there ? undefined : terms, model, act: actOf(caller) };
      return (await ports.terms.set(change)) ? { model, terms } : undefined;
    });
    return { status: 200, body: tellTerms(model, terms, undefined) };
  };

const saysElse = (version: string) =>
  new DomainError(
    'conflict',
    'terms_version_exists',
    `'version' must be a new one for another text: the terms '${version}' say something else`,
  );

const sha256Of = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');

/** GET /v1/models/{model}/terms */
export const getTerms =
  ({ models, access, terms }: TermsPorts): UseCase<typeof registryRoutes.getTerms> =>
  async ({ caller, params }) => {
    const model = await findVisible(models, caller, params.model);
    const viewer = viewerOf(caller, model.name);
    const [present, mine] = await Promise.all([
      presentTerms(terms, model),
      viewer === undefined ? undefined : access.find(model.name, viewer),
    ]);
    return { status: 200, body: tellTerms(model, present, mine) };
  };

/** POST /v1/models/{model}/terms/accept */
export const acceptTerms =
  ({ models, requireModel, access, terms }: TermsPorts): UseCase<typeof registryRoutes.acceptTerms> =>
  async ({ caller, params, body, nowMs }) => {
    const model = await findVisible(models, caller, params.model);
    requireModel(caller, model.name);
    const present = await presentTerms(terms, model);
    const by = { userId: caller.userId, nowMs };
    const accepted = await retryChanged(async () => {
      const before = await access.find(model.name, caller.accountId);
      const acceptance = accept(model, before, { version: body.version, by });
      if (!acceptance && before) return before;
      const next = nextAccess(before, holderOf(model, caller), { acceptance }, nowMs);
      const data = { version: present.version, sha256: present.sha256 };
      const news = { type: 'TermsAccepted.v1' as const, data };
      return (await access.write({ access: next, owner: model.ownerAccountId, news, nowMs })) ? next : undefined;
    });
    return { status: 200, body: tellTerms(model, present, accepted) };
  };

/** DELETE /v1/models/{model}/terms */
export const removeTerms =
  (ports: TermsPorts): UseCase<typeof registryRoutes.removeTerms> =>
  async ({ caller, params, nowMs }) => {
    await retryChanged(async () => {
      const { terms, ...found } = await findOwn(ports, caller, params.model);
      requireLive(found);
      if (!terms) throw noTerms(found);
      const model = { ...found, revision: found.revision + 1, updatedAtMs: nowMs };
      return (await ports.models.change(model, { changed: ['terms'], act: actOf(caller) })) || undefined;
    });
    return { status: 204 };
  };

/** @throws DomainError terms_not_found */
const presentTerms = async (terms: Pick<TermsStore, 'find'>, model: Model): Promise<Terms> => {
  const found = model.terms && (await terms.find(model.name, model.terms.version));
  if (!found) throw noTerms(model);
  return found;
};

const noTerms = ({ name }: Pick<Model, 'name'>) =>
  new DomainError('not_found', 'terms_not_found', `'${name}' has no terms that must be accepted`);
