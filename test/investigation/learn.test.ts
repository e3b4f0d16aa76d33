import { describe, expect, test } from 'vitest';
import { learn } from '../../src/investigation/learn.ts';
import { type ClusterKnowledge, type EndpointOrigin, parseEndpoint } from '../../src/words/endpoint.ts';

function knowledge(told: Partial<ClusterKnowledge>, ...endpoints: [string, EndpointOrigin][]): ClusterKnowledge {
  return {
    endpoints: endpoints.map(([url, origin]) => parseEndpoint(url, origin, 0)),
    caPem: '',
    controlPlaneNodes: [],
    provider: 'unknown',
    asOfAt: 0,
    ...told,
  };
}

const urls = (known: ClusterKnowledge) => known.endpoints.map(({ url }) => url);

describe('what agents tell adds up', () => {
  const known = knowledge({ asOfAt: 100, caPem: 'CA', controlPlaneNodes: ['cp-1', 'cp-2'], provider: 'self' }, [
    'https://old:6443',
    'cluster-info',
  ]);

  test('the first word is taken as it is', () => {
    expect(learn(null, known, 'node')).toEqual(known);
  });

  test('newer word of the cluster agent replaces the older', () => {
    const told = knowledge({ asOfAt: 200, caPem: 'CA2', controlPlaneNodes: ['cp-3'] }, [
      'https://new:6443',
      'cluster-info',
    ]);
    expect(learn(known, told, 'cluster')).toEqual({ ...told, provider: 'self' });
  });

  test('a cluster agent that starts into an outage and knows nothing takes nothing away', () => {
    expect(learn(known, knowledge({ asOfAt: 0 }), 'cluster')).toEqual(known);
    expect(urls(learn(known, knowledge({ asOfAt: 200 }), 'cluster'))).toEqual(['https://old:6443']);
  });

  test('a node only adds what nobody knew', () => {
    const told = knowledge({ asOfAt: 300, caPem: 'OTHER', controlPlaneNodes: ['cp-1'] }, [
      'https://10.0.0.1:6443',
      'endpointslice',
    ]);
    const both = learn(known, told, 'node');
    expect(urls(both)).toEqual(['https://old:6443', 'https://10.0.0.1:6443']);
    expect(both).toMatchObject({ caPem: 'CA', controlPlaneNodes: ['cp-1', 'cp-2'], provider: 'self', asOfAt: 300 });
    expect(learn(both, told, 'node')).toEqual(both);
  });
});
