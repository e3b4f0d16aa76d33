import { describe, expect, it } from 'vitest';
import {
  addLearned,
  distinctCertificates,
  growingKnowledge,
  type Lesson,
  NOTHING_KNOWN,
} from '../../src/agent/knowledge.ts';
import { type EndpointOrigin, parseEndpoint } from '../../src/words/endpoint.ts';

const at = (url: string, origin: EndpointOrigin, learnedAt = 1) => parseEndpoint(url, origin, learnedAt);
const lesson = (over: Partial<Lesson>): Lesson => ({
  endpoints: [],
  caPem: '',
  controlPlaneNodes: [],
  provider: 'unknown',
  provenAt: 0,
  ...over,
});
const pem = (body: string) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;

describe('what is known of a cluster', () => {
  it('is replaced origin by origin, so that an address that is no more is forgotten', () => {
    const before = addLearned(
      NOTHING_KNOWN,
      lesson({
        endpoints: [
          at('https://10.0.0.1:6443', 'endpointslice'),
          at('https://10.0.0.2:6443', 'endpointslice'),
          at('https://lb:443', 'cluster-info'),
        ],
      }),
    );
    const after = addLearned(before, lesson({ endpoints: [at('https://10.0.0.2:6443', 'endpointslice', 9)] }));
    expect(after.endpoints).toEqual([
      at('https://10.0.0.2:6443', 'endpointslice', 1),
      at('https://lb:443', 'cluster-info', 1),
    ]);
  });

  it('is not lost when a later look finds less', () => {
    const before = addLearned(
      NOTHING_KNOWN,
      lesson({ caPem: pem('A'), controlPlaneNodes: ['b', 'a'], provider: 'eks', provenAt: 7 }),
    );
    expect(before).toMatchObject({ controlPlaneNodes: ['a', 'b'], provider: 'eks', asOfAt: 7 });
    expect(addLearned(before, lesson({}))).toEqual(before);
  });

  it('tells only when it has grown', () => {
    let told = 0;
    const learned = growingKnowledge(null, () => told++);
    learned.add(lesson({ endpoints: [at('https://a:1', 'service', 1)] }));
    learned.add(lesson({ endpoints: [at('https://a:1', 'service', 2)] }));
    expect(told).toBe(1);
    learned.add(lesson({ provenAt: 3 }));
    expect(told).toBe(2);
  });
});

it('keeps each certificate once and nothing that is none, least of all a key', () => {
  const key = '-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n';
  expect(distinctCertificates(`${pem('A')}${key}${pem('B')}${pem('A').trim()}`)).toBe(pem('A') + pem('B'));
});
