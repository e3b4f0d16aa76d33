import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { xml } from '../../../../dev/stand-in/aws.ts';
import type { AwsEntry } from '../../../../src/changes/sources/aws/entry.ts';
import { type AwsStage, minute, never, noon, stage } from './stage.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const stretch = { fromAt: noon - 60 * minute, toAt: noon };
const roleArn = 'arn:aws:iam::210987654321:role/apidown-read';
const none = { profile: null, roleArn: null, externalId: null, webIdentityTokenFile: null };

async function staged(credentials: Partial<AwsEntry['credentials']>): Promise<AwsStage> {
  const on = await stage({ entry: { credentials: { ...none, ...credentials } } });
  open.push(on.close);
  const given = xml({
    Credentials: {
      AccessKeyId: 'ASIAOFTHEROLE',
      SecretAccessKey: 'secret-of-the-role',
      SessionToken: 'token-of-the-role',
      Expiration: '2099-01-01T00:00:00Z',
    },
    AssumedRoleUser: { Arn: 'arn:aws:sts::210987654321:assumed-role/apidown-read/apidown', AssumedRoleId: 'A:apidown' },
  });
  on.aws.answers.set('sts:AssumeRole', given);
  on.aws.answers.set('sts:AssumeRoleWithWebIdentity', given);
  return on;
}

describe('credentials', () => {
  test('a role is assumed, with what it asks for; everything else is asked as that role', async () => {
    const on = await staged({ roleArn, externalId: 'of-apidown' });
    const { troubles } = await on.source.look(stretch, never);
    expect(troubles).toEqual([]);
    const [first, ...others] = on.aws.asked;
    expect(first?.action).toBe('sts:AssumeRole');
    expect(Object.fromEntries(first?.params ?? [])).toMatchObject({
      RoleArn: roleArn,
      ExternalId: 'of-apidown',
      RoleSessionName: 'apidown',
    });
    expect(new Set(others.map(({ key }) => key))).toEqual(new Set(['ASIAOFTHEROLE']));
  });

  test('a role by the token of a service account, from its file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'apidown-aws-'));
    open.push(() => rm(folder, { recursive: true }));
    const file = join(folder, 'token');
    await writeFile(file, 'a.web.token');
    const on = await staged({ roleArn, webIdentityTokenFile: file });
    const { troubles } = await on.source.look(stretch, never);
    expect(troubles).toEqual([]);
    const [first] = on.aws.asked;
    expect(first?.action).toBe('sts:AssumeRoleWithWebIdentity');
    expect(first?.params.get('WebIdentityToken')).toBe('a.web.token');
  });

  test('a role that may not be assumed: refused, with what to do', async () => {
    const on = await staged({ roleArn });
    on.aws.faults.set('sts:AssumeRole', { kind: 'error', code: 'AccessDenied', status: 403 });
    const { troubles, covered } = await on.source.look(stretch, never);
    expect(covered).toEqual([]);
    expect(troubles.every(({ kind }) => kind === 'refused')).toBe(true);
  });

  test('a token’s file that is not there', async () => {
    const on = await staged({ roleArn, webIdentityTokenFile: '/nowhere/token' });
    const { troubles, covered } = await on.source.look(stretch, never);
    expect(covered).toEqual([]);
    expect(troubles).toMatchObject([
      { kind: 'expired', words: expect.stringContaining('no credentials could be had; check') },
    ]);
  });
});

test('credentials that have expired are got anew, without a restart', async () => {
  const on = await staged({ roleArn });
  await on.source.look(stretch, never);
  on.aws.faults.set('cloudtrail:LookupEvents', { kind: 'error', code: 'ExpiredTokenException', times: 1 });
  const { troubles } = await on.source.look(stretch, never);
  expect(troubles).toMatchObject([{ kind: 'expired' }]);
  const next = await on.source.look(stretch, never);
  expect(next.troubles).toEqual([]);
  expect(on.aws.asked.filter(({ action }) => action === 'sts:AssumeRole')).toHaveLength(2);
});

describe('examined', () => {
  test('a permission that is missing is named, and the others are there', async () => {
    const on = await staged({});
    on.aws.faults.set('cloudtrail:LookupEvents', { kind: 'error', code: 'AccessDeniedException', status: 400 });
    on.aws.faults.set('ec2:DescribeNetworkAcls', { kind: 'error', code: 'UnauthorizedOperation', status: 403 });
    const examined = await on.source.examine(never);
    const wrong = examined.filter(({ outcome }) => outcome !== 'ok');
    expect(wrong).toEqual(
      ['cloudtrail:LookupEvents', 'ec2:DescribeNetworkAcls'].map((action) => ({
        what: action,
        outcome: 'missing',
        words: `${action} is not allowed; add it to the policy of these credentials`,
      })),
    );
    expect(examined.length).toBeGreaterThan(10);
  });

  test('what was made up to try it may be missing in AWS', async () => {
    const on = await staged({});
    on.aws.faults.set('elasticloadbalancing:DescribeTargetHealth', { kind: 'error', code: 'TargetGroupNotFound' });
    on.aws.faults.set('ec2:GetManagedPrefixListEntries', { kind: 'error', code: 'InvalidPrefixListID.NotFound' });
    const examined = await on.source.examine(never);
    expect(examined.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
  });

  test('a cluster of EKS that is named in the configuration has to be there', async () => {
    const on = await stage({ entry: { eksCluster: 'prod' } });
    open.push(on.close);
    const examined = await on.source.examine(never);
    expect(examined.filter(({ outcome }) => outcome !== 'ok')).toMatchObject([
      { what: 'eks:DescribeCluster of prod', outcome: 'failed' },
    ]);
  });

  test('every action that is tried stands in the documented policy', async () => {
    const page = await readFile(new URL('../../../../docs/sources/aws.md', import.meta.url), 'utf8');
    const on = await stage({ entry: { eksCluster: 'prod', hostedZoneIds: ['Z0123'] } });
    open.push(on.close);
    await on.source.examine(never);
    await on.source.look(stretch, never);
    const asked = new Set(on.aws.asked.map(({ action }) => action));
    expect([...asked].filter((action) => !page.includes(`"${action}"`) && action !== 'sts:GetCallerIdentity')).toEqual(
      [],
    );
  });
});
