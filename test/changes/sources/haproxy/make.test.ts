import { expect, test } from 'vitest';
import { haproxySources } from '../../../../src/changes/sources/haproxy/make.ts';
import { memoryOf } from '../../../fakes/source-memory.ts';
import { serveStats, up } from './stats-socket.ts';

const entry = {
  name: 'edge-1',
  clusters: ['prod'],
  socket: null,
  url: null,
  username: null,
  passwordFile: null,
  caFile: null,
  backends: ['kube-api-servers'],
  frontends: ['kube-api'],
  configFile: null,
};
const needs = { clock: { now: Date.now }, placesOf: async () => [], memoryOf };
const never = new AbortController().signal;

test('an entry of the configuration becomes a source that may be asked', async () => {
  const server = await serveStats(up);
  const [source] = haproxySources({ ...entry, socket: { path: server.path } }, needs);
  const examined = (await source?.examine(never)) ?? [];
  await server.close();
  expect(examined.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok', 'ok']);
  expect(source).toMatchObject({ name: 'haproxy', instance: 'edge-1', clusters: ['prod'] });
});

test('by a page, or by nothing', () => {
  expect(haproxySources({ ...entry, url: 'https://lb.example/stats;csv' }, needs)).toHaveLength(1);
  expect(() => haproxySources(entry, needs)).toThrow('names neither socket nor url');
});
