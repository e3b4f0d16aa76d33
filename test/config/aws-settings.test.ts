import { describe, expect, it } from 'vitest';
import { readSettings } from '../../src/config/settings.ts';

describe('an AWS account in the configuration', () => {
  it('needs no more than a name and a region', () => {
    expect(read('{ name: prod-eu, region: eu-west-1 }')).toEqual({
      kind: 'ok',
      aws: [
        {
          name: 'prod-eu',
          region: 'eu-west-1',
          clusters: [],
          credentials: { profile: null, roleArn: null, externalId: null, webIdentityTokenFile: null },
          endpointUrl: null,
          eksCluster: null,
          hostedZoneIds: [],
          loadBalancerArns: [],
        },
      ],
    });
  });

  it('takes a role by a token, whose file is relative to the configuration', () => {
    const role = 'roleArn: "arn:aws:iam::123456789012:role/apidown-read"';
    expect(
      read(`{ name: a, region: us-gov-west-1, credentials: { ${role}, webIdentityTokenFile: token } }`),
    ).toMatchObject({
      aws: [{ credentials: { webIdentityTokenFile: '/etc/apidown/token' } }],
    });
  });

  it.each([
    ['no region', '{ name: a }', 'changes.aws[0].region'],
    ['a zone for a region', '{ name: a, region: eu-west-1a }', 'changes.aws[0].region'],
    [
      'an external id without a role',
      '{ name: a, region: eu-west-1, credentials: { externalId: xy } }',
      'changes.aws[0].credentials.externalId',
    ],
    [
      'a token without a role',
      '{ name: a, region: eu-west-1, credentials: { webIdentityTokenFile: t } }',
      'changes.aws[0].credentials.webIdentityTokenFile',
    ],
    [
      'a key, which is a secret',
      '{ name: a, region: eu-west-1, credentials: { accessKeyId: AKIA } }',
      'changes.aws[0].credentials.accessKeyId',
    ],
    [
      'a name for an ARN',
      '{ name: a, region: eu-west-1, loadBalancerArns: [api] }',
      'changes.aws[0].loadBalancerArns[0]',
    ],
    [
      'a name for a zone',
      '{ name: a, region: eu-west-1, hostedZoneIds: [prod.example] }',
      'changes.aws[0].hostedZoneIds[0]',
    ],
  ])('is refused with %s', (_what, entry, key) => {
    const found = read(entry);
    expect(found.kind === 'bad' ? found.mistakes.map((one) => one.key) : []).toEqual([key]);
  });
});

function read(entry: string) {
  const found = readSettings(
    `hub: { listen: "127.0.0.1:1" }\nclusters: { prod: }\nchanges:\n  aws:\n    - ${entry}\n`,
    '/etc/apidown/apidown.yaml',
  );
  return found.kind === 'ok' ? { kind: 'ok' as const, aws: found.settings.changes.aws } : found;
}
