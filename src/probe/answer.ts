import type { ProbeFailureKind } from '../words/probe.ts';

/** An HTTP answer to `GET /livez`, as far as it was read. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

export interface AnswerFault {
  readonly kind: Extract<ProbeFailureKind, 'notAnApiServer' | 'serverError'>;
  readonly because: string;
}

/**
 * Is this what an API server answers? null: yes, and it is well. 401 and 403 are as good as 200: they prove the
 * path, TLS and HTTP, and a probe has no business to be let in.
 */
export function judgeAnswer(answer: Answer, byClusterCa: boolean | null): AnswerFault | null {
  const { status } = answer;
  if (!comesFromApiServer(answer, byClusterCa)) {
    return { kind: 'notAnApiServer', because: `HTTP ${status} without the marks of one` };
  }
  if (status >= 500) return { kind: 'serverError', because: `/livez gives HTTP ${status}` };
  if (status === 429) return { kind: 'serverError', because: 'overloaded: HTTP 429, it turns requests away' };
  return null;
}

/**
 * The marks of an API server, any one of which is enough:
 * - `audit-id`, or an `x-kubernetes-pf-…` header of priority and fairness;
 * - a body that is a JSON `Status` of `v1`, as every refusal is (since 1.6);
 * - what a failing `/livez` says, `[+]ping ok` and the like;
 * - with the cluster's own certificate: `ok` for `/livez`, or any 5xx.
 * Source: k8s.io/apiserver, `audit/context`, `util/flowcontrol`, `handlers/responsewriters`, `server/healthz`.
 */
function comesFromApiServer(answer: Answer, byClusterCa: boolean | null): boolean {
  const names = Object.keys(answer.headers);
  if (names.some((name) => name === 'audit-id' || name.startsWith('x-kubernetes-pf-'))) return true;
  if (isStatus(answer.body)) return true;
  if (/^\[[+-]\]ping /m.test(answer.body) || answer.body.includes('livez check failed')) return true;
  if (byClusterCa !== true) return false;
  return answer.status >= 500 || (answer.status === 200 && answer.body.trim() === 'ok');
}

function isStatus(body: string): boolean {
  if (!body.trimStart().startsWith('{')) return false;
  try {
    const parsed: unknown = JSON.parse(body);
    return (
      typeof parsed === 'object' &&
      parsed !== null &&
      'kind' in parsed &&
      parsed.kind === 'Status' &&
      'apiVersion' in parsed &&
      parsed.apiVersion === 'v1'
    );
  } catch {
    // Not JSON, so not a Status: that is the answer, not an error.
    return false;
  }
}
