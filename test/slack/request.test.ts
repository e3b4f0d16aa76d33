import { describe, expect, test } from 'vitest';
import { chooseCluster, parseRequest } from '../../src/slack/request.ts';

const names = ['prod', 'staging'];

describe('a request in words', () => {
  test.each([
    ['', { kind: 'help' }],
    ['help', { kind: 'help' }],
    ['  Status ', { kind: 'status' }],
    ['investigate', { kind: 'investigate', cluster: null, report: null }],
    ['INVESTIGATE  prod', { kind: 'investigate', cluster: 'prod', report: null }],
    ['investigate nowhere', { kind: 'investigate', cluster: 'nowhere', report: null }],
    ['investigate since 14:05', { kind: 'investigate', cluster: null, report: 'since 14:05' }],
    [
      'investigate prod Since 14:05 from 10.0.0.0/8, 192.0.2.1',
      { kind: 'investigate', cluster: 'prod', report: 'Since 14:05 from 10.0.0.0/8, 192.0.2.1' },
    ],
    ['investigate prod now since 14:05', { kind: 'unclear', part: 'now', suggestion: 'investigate prod' }],
    ['investigate prod now', { kind: 'unclear', part: 'now', suggestion: 'investigate prod' }],
    ['status please', { kind: 'unclear', part: 'please', suggestion: 'status' }],
    ['PROD', { kind: 'unclear', part: 'PROD', suggestion: 'investigate prod' }],
    ['investigat stagng', { kind: 'unclear', part: 'investigat', suggestion: 'investigate staging' }],
    ['reboot', { kind: 'unclear', part: 'reboot', suggestion: null }],
  ])('"%s"', (text, request) => {
    expect(parseRequest(text, names)).toEqual(request);
  });
});

describe('which cluster', () => {
  const clusters = [
    { name: 'prod', channels: ['C1'] },
    { name: 'staging', channels: ['C2'] },
    { name: 'lab', channels: ['C2'] },
  ];

  test('the one that was named, whatever its case', () => {
    expect(chooseCluster(clusters, 'C9', 'Prod')).toEqual({ kind: 'chosen', cluster: 'prod' });
    expect(chooseCluster(clusters, 'C1', 'prdo')).toEqual({ kind: 'unknown', given: 'prdo', suggestion: 'prod' });
  });

  test('else the only one of the channel, else the only one there is', () => {
    expect(chooseCluster(clusters, 'C1', null)).toEqual({ kind: 'chosen', cluster: 'prod' });
    expect(chooseCluster(clusters.slice(1, 2), 'C9', null)).toEqual({ kind: 'chosen', cluster: 'staging' });
  });

  test('else the one of the last time in this channel, while it is configured', () => {
    expect(chooseCluster(clusters, 'C2', null, 'prod')).toEqual({
      kind: 'remembered',
      cluster: 'prod',
      others: ['staging', 'lab'],
    });
    expect(chooseCluster(clusters, 'C2', null, 'gone')).toMatchObject({ kind: 'ask' });
    expect(chooseCluster(clusters, 'C1', null, 'lab')).toEqual({ kind: 'chosen', cluster: 'prod' });
    expect(chooseCluster(clusters, 'C2', 'lab', 'prod')).toEqual({ kind: 'chosen', cluster: 'lab' });
  });

  test('else the person chooses, those of the channel first', () => {
    expect(chooseCluster(clusters, 'C2', null)).toEqual({ kind: 'ask', names: ['staging', 'lab', 'prod'] });
    expect(chooseCluster([], 'C1', null)).toEqual({ kind: 'none' });
  });
});
