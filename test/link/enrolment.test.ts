import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ENROLMENT_FILE, enrolmentFile, enrolmentSecret, readEnrolment } from '../../src/link/enrolment.ts';
import { makeKeyPair } from '../../src/link/keys.ts';

const key = makeKeyPair();
const request = { cluster: 'prod: "eu"', role: 'node', privateKeyPem: key.privateKeyPem } as const;

test('what is enrolled is read back', () => {
  const botUrl = 'https://apidown.example.com';
  expect(readEnrolment(enrolmentFile({ ...request, botUrl, botCaPem: 'PEM' }))).toEqual({
    cluster: 'prod: "eu"',
    role: 'node',
    key: { id: key.id, privateKeyPem: key.privateKeyPem },
    botUrl,
    botCaPem: 'PEM',
  });
  expect(readEnrolment(enrolmentFile(request))).toMatchObject({ botUrl: null, botCaPem: null });
});

test('the Secret is one that the manifests mount, with the same file in it', () => {
  const secret = parse(enrolmentSecret({ ...request, namespace: 'apidown', keyId: key.id }));
  expect(secret).toEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'apidown-enrolment-node',
      namespace: 'apidown',
      labels: { 'app.kubernetes.io/name': 'apidown', 'app.kubernetes.io/component': 'agent-node' },
      annotations: { 'apidown/cluster': 'prod: "eu"', 'apidown/key-id': key.id },
    },
    type: 'Opaque',
    stringData: { [ENROLMENT_FILE]: enrolmentFile(request) },
  });
});

test('a file that is wrong is said to be so, and the key in it is not repeated', () => {
  const secretLine = key.privateKeyPem.split('\n')[1] ?? '';
  for (const [text, says] of [
    ['', /the file as a whole/],
    [`role: node\nprivateKeyPem: ${secretLine}`, /wrong at cluster/],
    [`cluster: prod\nrole: nodes\nprivateKeyPem: ${secretLine}`, /wrong at role/],
    [`cluster: prod\nrole: node\nprivateKeyPem: ${secretLine}`, /not a private key/],
    [`cluster: "prod\n${secretLine}: [`, /not YAML/],
  ] as const) {
    expect(() => readEnrolment(text)).toThrow(says);
    expect(() => readEnrolment(text)).not.toThrow(secretLine);
  }
});
