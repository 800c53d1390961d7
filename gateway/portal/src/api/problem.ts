/** What the API says when it refuses: RFC 9457 problem details with a stable code. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    /** HTTP status; 0 when no answer came at all. */
    readonly status: number,
    /** Stable name of the refusal, such as `run.active`. */
    readonly code: string,
    /** The sentence for people. */
    readonly sentence: string,
    /** The field of the request that it is about. */
    readonly field?: string | undefined,
    readonly traceId?: string | undefined,
  ) {
    super(sentence);
  }

  get isUnauthorized(): boolean {
    return this.status === 401;
  }

  get isNotFound(): boolean {
    return this.status === 404;
  }

  /** Whether the same request may work a little later. */
  get isOutage(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }
}

interface ProblemDocument {
  title?: string;
  detail?: string;
  code?: string;
  traceId?: string;
  errors?: { field?: string; message?: string }[] | Record<string, string[]>;
}

/** Reads a problem document; whatever else answered (a proxy, say) becomes a problem too. */
export function problemOf(status: number, body: unknown): Problem {
  const document = (typeof body === 'object' && body !== null ? body : {}) as ProblemDocument;
  const [field, message] = firstError(document.errors);
  const sentence = document.detail ?? message ?? document.title ?? `The mesh answered with status ${status}.`;
  return new Problem(status, document.code ?? `http.${status}`, sentence, field, document.traceId);
}

function firstError(errors: ProblemDocument['errors']): [string | undefined, string | undefined] {
  if (Array.isArray(errors)) return [errors[0]?.field, errors[0]?.message];
  const [entry] = Object.entries(errors ?? {});
  return entry ? [entry[0], entry[1][0]] : [undefined, undefined];
}

/** What stands for an answer that never came. */
export const unreachable = () =>
  new Problem(0, 'mesh.unreachable', 'The mesh does not answer. Check that it runs (mesh status) and that the network is there.');

/** Whatever was thrown, as a problem. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(0, 'portal.fault', error instanceof Error ? error.message : String(error));
}
