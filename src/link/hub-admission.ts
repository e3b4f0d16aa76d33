import type { AgentKeys } from '../store/store.ts';
import { signatureHolds } from './keys.ts';
import { agree, type Challenge, CLOCK_SKEW_MS, PROTOCOL, Proof, type Refusal, type RefusalKind } from './protocol.ts';

export interface AdmissionRules {
  readonly keys: AgentKeys;
  /** Is a cluster of this name configured? */
  knowsCluster(name: string): boolean;
  /** Epoch ms. */
  readonly clock: () => number;
}

export type Admission =
  | { readonly kind: 'admitted'; readonly proof: Proof; readonly protocol: number }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/**
 * Does this message prove that its sender holds a valid key for the cluster and role it names?
 * Asks for the signature before it tells anything about the key, and reads only the version
 * before it knows that both sides speak the same language.
 */
export async function admit(message: unknown, challenge: Challenge, rules: AdmissionRules): Promise<Admission> {
  const versions = Proof.pick({ protocol: true, version: true }).safeParse(message);
  if (!versions.success) return refuse('malformed', 'The proof is not one: it names no version of the link.');
  const protocol = agree(PROTOCOL, versions.data.protocol);
  if (protocol === 'agentTooOld') {
    return refuse(
      'agentTooOld',
      `This agent (${versions.data.version}) is too old for the bot: it speaks version ${versions.data.protocol.newest} of the link, the bot needs at least ${PROTOCOL.oldest}. Update the agent.`,
    );
  }
  if (protocol === 'botTooOld') {
    return refuse(
      'botTooOld',
      `The bot is too old for this agent (${versions.data.version}): the bot speaks version ${PROTOCOL.newest} of the link, the agent needs at least ${versions.data.protocol.oldest}. Update the bot.`,
    );
  }

  const parsed = Proof.safeParse(message);
  if (!parsed.success) {
    const where = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.')))].join(', ');
    return refuse('malformed', `The proof is not one: it is wrong at ${where}.`);
  }
  const proof = parsed.data;
  if (proof.nonce !== challenge.nonce) {
    return refuse('wrongNonce', 'The proof answers another challenge than the one of this connection; connect anew.');
  }

  const key = await rules.keys.find(proof.keyId);
  if (key === null) {
    return refuse(
      'unknownKey',
      `The bot does not know the key ${proof.keyId}. Run \`apidown enroll ${proof.cluster}\` with this bot and mount the Secret it prints.`,
    );
  }
  if (!signatureHolds(key.publicKeyPem, proof, proof.signature)) {
    return refuse('badSignature', `The proof is not signed by the key ${key.id}. Mount the Secret of this key again.`);
  }
  if (key.revokedAt !== null) {
    return { kind: 'refused', refusal: revoked(key.id, key.cluster) };
  }
  if (proof.cluster !== key.cluster) {
    return refuse(
      'wrongCluster',
      `The key ${key.id} is for the cluster ${key.cluster}, the agent says it is in ${proof.cluster}. Give the agent the Secret of its own cluster.`,
    );
  }
  if (proof.role !== key.role) {
    return refuse(
      'wrongRole',
      `The key ${key.id} is for agents with the role ${key.role}, this one has the role ${proof.role}. Give the agent the Secret of its own role.`,
    );
  }
  if (!rules.knowsCluster(proof.cluster)) {
    return refuse(
      'unknownCluster',
      `The bot's configuration has no cluster ${proof.cluster} (any more). Add it there, or remove this agent.`,
    );
  }
  const botAt = rules.clock();
  if (Math.abs(proof.agentAt - botAt) > CLOCK_SKEW_MS) {
    return refuse(
      'clockSkew',
      `The clocks differ by more than ${CLOCK_SKEW_MS / 60_000} minutes: the agent's says ${iso(proof.agentAt)}, the bot's ${iso(botAt)}. Set the one that is wrong.`,
    );
  }
  return { kind: 'admitted', proof, protocol };
}

export function revoked(keyId: string, cluster: string): Refusal {
  return {
    kind: 'revokedKey',
    message: `The key ${keyId} was revoked. Run \`apidown enroll ${cluster}\` and mount the new Secret.`,
  };
}

function refuse(kind: RefusalKind, message: string): Admission {
  return { kind: 'refused', refusal: { kind, message } };
}

/** Times from an agent may be no times at all. */
function iso(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? `${at} ms` : date.toISOString();
}
