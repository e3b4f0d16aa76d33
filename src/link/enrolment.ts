import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { Role } from '../words/vantage.ts';
import { type LinkKey, linkKey } from './keys.ts';

/** The file that lets an agent in: an item of the Secret that the manifests mount, or a file on a node or host. */
export const ENROLMENT_FILE = 'enrolment.yaml';

export function enrolmentSecretName(role: Role): string {
  return `apidown-enrolment-${role}`;
}

export interface EnrolmentRequest {
  readonly cluster: string;
  readonly role: Role;
  readonly privateKeyPem: string;
  /** Where the agent finds the bot; may be configured on the agent instead. */
  readonly botUrl?: string | undefined;
  /** PEM of the authority that the bot's certificate comes from, when it is not a public one. */
  readonly botCaPem?: string | undefined;
}

export interface Enrolment {
  readonly cluster: string;
  readonly role: Role;
  readonly key: LinkKey;
  readonly botUrl: string | null;
  readonly botCaPem: string | null;
}

/** The text of the enrolment file. Holds the private key. */
export function enrolmentFile(request: EnrolmentRequest): string {
  const { cluster, role, botUrl, botCaPem, privateKeyPem } = request;
  return stringify({
    cluster,
    role,
    ...(botUrl === undefined ? {} : { botUrl }),
    ...(botCaPem === undefined ? {} : { botCaPem }),
    privateKeyPem,
  });
}

/** A Secret in YAML with the enrolment file in it. The same names every time, so that enrolling again replaces it. */
export function enrolmentSecret(request: EnrolmentRequest & { namespace: string; keyId: string }): string {
  const { cluster, role, namespace, keyId } = request;
  return stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: enrolmentSecretName(role),
      namespace,
      labels: { 'app.kubernetes.io/name': 'apidown', 'app.kubernetes.io/component': `agent-${role}` },
      // Annotations, since a cluster's name need not be a valid label value.
      annotations: { 'apidown/cluster': cluster, 'apidown/key-id': keyId },
    },
    type: 'Opaque',
    stringData: { [ENROLMENT_FILE]: enrolmentFile(request) },
  });
}

/** @throws TypeError with what is wrong in `text`; it never repeats the key. */
export function readEnrolment(text: string): Enrolment {
  let content: unknown;
  try {
    content = parse(text);
  } catch {
    // The parser's own message quotes the line it stumbled over, which may be the key.
    throw new TypeError('The enrolment file is not YAML; print a new one with `apidown enroll`.');
  }
  const file = EnrolmentFile.safeParse(content);
  if (!file.success) {
    const keys = file.error.issues.map((issue) => issue.path.join('.') || 'the file as a whole');
    throw new TypeError(`The enrolment file is wrong at ${keys.join(', ')}; print a new one with \`apidown enroll\`.`);
  }
  const { cluster, role, botUrl, botCaPem, privateKeyPem } = file.data;
  return { cluster, role, key: linkKey(privateKeyPem), botUrl: botUrl ?? null, botCaPem: botCaPem ?? null };
}

const EnrolmentFile = z.object({
  cluster: z.string().min(1).max(253),
  role: Role,
  botUrl: z.string().optional(),
  botCaPem: z.string().optional(),
  privateKeyPem: z.string(),
});
