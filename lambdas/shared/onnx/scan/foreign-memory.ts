// Nodes with which onnxruntime (1.30) answers with memory that nobody wrote for it: whatever lay there, other callers'
// numbers among others. Found by running models in processes whose fresh memory differs (test/hostile). What is refused
// is a little more than what leaks, so that the rule can be told.
import type { RejectionPlace } from '../rejection.ts';
import type { ScanContext } from './scan-context.ts';

/** What is kept of an attribute that matters here. */
export interface AttributeFacts {
  readonly name: string;
  /** Entries of its list. */
  readonly elements: number;
  /** Of its list of whole numbers; true for none. */
  readonly allSame: boolean;
  /** Of its tensor; undefined: it has none. */
  readonly tensorElements: number | undefined;
  /** A text of 16 characters at most. */
  readonly word: string | undefined;
  /** Its value is given where the function is called. */
  readonly isReference: boolean;
}

type Facts = ReadonlyMap<string, AttributeFacts>;

const labels = ['classlabels_strings', 'classlabels_int64s', 'classlabels_ints'] as const;
const baseValues = ['base_values', 'base_values_as_tensor'] as const;
const watched: ReadonlySet<string> = new Set([...labels, ...baseValues, 'class_ids', 'post_transform', 'mode']);

/** Any other text is PROBIT, or an error. */
const wholeTransforms: ReadonlySet<string | undefined> = new Set(['NONE', 'SOFTMAX', 'LOGISTIC', 'SOFTMAX_ZERO']);

/** Of two lists of labels the runtime takes the one or the other. */
const hasMoreThanTwo = (facts: Facts): boolean => {
  const counts = labels.map((name) => facts.get(name)?.elements ?? 0).filter((count) => count > 0);
  return counts.length > 0 && Math.min(...counts) > 2;
};

/** Of two classes it computes one score and leaves the other. */
const classifierFault = (facts: Facts): string | undefined => {
  const post = facts.get('post_transform');
  if (hasMoreThanTwo(facts) || !post || wholeTransforms.has(post.word)) return undefined;
  return 'must not have post_transform PROBIT with two classes';
};

const treesFault = (facts: Facts): string | undefined => {
  const fault = classifierFault(facts);
  const ids = facts.get('class_ids');
  const hasOneId = ids !== undefined && ids.elements > 0 && ids.allSame;
  if (fault || hasOneId || hasMoreThanTwo(facts)) return fault;
  const hasOneBase = baseValues.some((name) => {
    const base = facts.get(name);
    return base !== undefined && (base.tensorElements ?? base.elements) === 1;
  });
  return hasOneBase ? 'must not have one base value for two classes, each with weights of its own' : undefined;
};

/** Beyond the length of the axis it reads before the tensor; how much it pads may come with each call. */
const padFault = (facts: Facts): string | undefined =>
  facts.get('mode')?.word === 'wrap' ? "must not have mode 'wrap'" : undefined;

const rules: ReadonlyMap<string, (facts: Facts) => string | undefined> = new Map([
  ['ai.onnx.ml TreeEnsembleClassifier', treesFault],
  ['ai.onnx.ml LinearClassifier', classifierFault],
  ['ai.onnx.ml SVMClassifier', classifierFault],
  [' Pad', padFault],
]);

export class ForeignMemory {
  readonly #facts = new Map<string, AttributeFacts>();

  /** Of a node whose operator may not be known yet. */
  note(facts: AttributeFacts): void {
    if (watched.has(facts.name)) this.#facts.set(facts.name, facts);
  }

  /** @throws ModelRejection foreign_memory */
  check(scan: ScanContext, { domain, opType }: { domain: string; opType: string }, place: RejectionPlace): void {
    const faultOf = rules.get(`${domain === 'ai.onnx' ? '' : domain} ${opType}`);
    if (!faultOf) return;
    const isOpen = [...this.#facts.values()].some(({ isReference }) => isReference);
    const fault = isOpen ? 'must have attributes of its own, not those of a function’s caller' : faultOf(this.#facts);
    if (fault) throw scan.reject('foreign_memory', `'${opType}' ${fault}`, place);
  }
}
