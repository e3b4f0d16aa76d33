import { describe, expect, test } from 'vitest';
import { chooseCluster, parseRequest } from '../../src/slack/request.ts';

const names = ['prod', 'staging'];

describe('a request in words', () => {
  test.each([
    ['', { kind: 'help' }],
    ['help', { kind: 'help' }],
    ['  Status ', { kind: 'status' }],
    ['investigate', { kind: 'investigate', cluster: null }],
    ['INVESTIGATE  prod', { kind: 'investigate', cluster: 'prod' }],
    ['investigate nowhere', { kind: 'investigate', cluster: 'nowhere' }],
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

  test('else the person chooses, those of the channel first', () => {
    expect(chooseCluster(clusters, 'C2', null)).toEqual({ kind: 'ask', names: ['staging', 'lab', 'prod'] });
    expect(chooseCluster([], 'C1', null)).toEqual({ kind: 'none' });
  });
});
