import { describe, expect, test } from 'vitest';
import { proxyFor } from '../../src/link/client-proxy.ts';
import { connectProxy } from './connect-proxy.ts';
import { answered, command, eventually, NEVER, NODE, stage } from './stage.ts';

test('an agent reaches the bot through a CONNECT proxy, TLS to the bot itself', async () => {
  const on = await stage();
  const proxy = await connectProxy();
  const { link } = await on.agent({ proxy: proxy.url, run: async () => answered('through') });
  await eventually(() => expect(link.state().kind).toBe('connected'));
  expect(proxy.tunnels).toEqual([new URL(on.url).host]);
  expect(on.hub.agents('prod')).toMatchObject([{ vantage: { leavesBy: ['127.0.0.1', '192.0.2.7'] } }]);
  expect(await on.hub.run('prod', NODE, command(), NEVER)).toMatchObject({ facts: 'through' });
  await link.close();
  await eventually(() => expect(proxy.open()).toBe(0));
});

test('a proxy that hangs leaves no connections behind', async () => {
  const on = await stage();
  const proxy = await connectProxy('hangs');
  const { link } = await on.agent({ proxy: proxy.url, admitWithinMs: 100 });
  await eventually(() => expect(proxy.tunnels.length).toBeGreaterThan(3));
  await eventually(() => expect(proxy.open()).toBeLessThan(3));
  expect(link.state()).toMatchObject({ kind: 'connecting' });
  await link.close();
  await eventually(() => expect(proxy.open()).toBe(0));
});

test('a connection that goes dead without a word is noticed on both sides', async () => {
  const on = await stage({ limits: { pingEveryMs: 200, pingTimeoutMs: 300, returnWithinMs: 50 } });
  const proxy = await connectProxy();
  const { link } = await on.agent({ proxy: proxy.url, run: () => new Promise(() => undefined), admitWithinMs: 500 });
  await eventually(() => expect(link.state().kind).toBe('connected'));
  const answer = on.hub.run('prod', NODE, command({ deadlineAt: Date.now() + 60_000 }), NEVER);
  proxy.freeze();
  expect(await answer).toEqual({ kind: 'offline' });
  expect(on.hub.agents('prod')).toEqual([]);
  await eventually(() => expect(link.state().kind).toBe('connecting'));
});

test('a proxy that refuses is named by what it said', async () => {
  const on = await stage();
  const proxy = await connectProxy('refuses');
  const { link } = await on.agent({ proxy: proxy.url });
  await eventually(() => expect(link.state()).toMatchObject({ message: expect.stringContaining('407') }));
});

describe('which proxy the environment names', () => {
  const proxy = 'http://proxy.test:3128';
  test.for<[string, string, Record<string, string>, string | null]>([
    ['none', 'https://bot.test', {}, null],
    ['HTTPS_PROXY', 'https://bot.test', { HTTPS_PROXY: proxy }, proxy],
    ['https_proxy in small letters', 'wss://bot.test', { https_proxy: proxy }, proxy],
    ['a proxy without scheme', 'https://bot.test', { HTTPS_PROXY: 'proxy.test:3128' }, proxy],
    ['ALL_PROXY', 'https://bot.test', { ALL_PROXY: proxy }, proxy],
    ['HTTP_PROXY is for plain links', 'https://bot.test', { HTTP_PROXY: proxy }, null],
    ['HTTP_PROXY for a plain link', 'http://bot.test', { HTTP_PROXY: proxy }, proxy],
    ['empty', 'https://bot.test', { HTTPS_PROXY: '' }, null],
    ['loopback', 'https://127.0.0.1:8443', { HTTPS_PROXY: proxy }, null],
    ['loopback by name', 'https://localhost:8443', { HTTPS_PROXY: proxy }, null],
  ])('%s', ([, url, environment, expected]) => {
    expect(proxyFor(url, environment)).toBe(expected);
  });

  test.for<[string, string, boolean]>([
    ['*', 'https://bot.test', true],
    ['bot.test', 'https://bot.test', true],
    ['BOT.TEST', 'https://bot.test', true],
    ['other.test, bot.test', 'https://bot.test', true],
    ['test', 'https://bot.test', true],
    ['.test', 'https://bot.test', true],
    ['*.test', 'https://bot.test', true],
    ['est', 'https://bot.test', false],
    ['a.bot.test', 'https://bot.test', false],
    ['bot.test:443', 'https://bot.test', true],
    ['bot.test:8443', 'https://bot.test', false],
    ['192.0.2.1', 'https://192.0.2.1', true],
    ['192.0.2.0/24', 'https://192.0.2.1', true],
    ['192.0.3.0/24', 'https://192.0.2.1', false],
    ['192.0.2.0/99', 'https://192.0.2.1', false],
    ['2001:db8::/32', 'https://[2001:db8::1]:8443', true],
    ['2001:db8::1', 'https://[2001:db8::1]:8443', true],
    ['[2001:db8::1]:8443', 'https://[2001:db8::1]:8443', true],
    ['192.0.2.0/24', 'https://[2001:db8::1]', false],
    ['', 'https://bot.test', false],
  ])('NO_PROXY=%s for %s: %s', ([exceptions, url, direct]) => {
    expect(proxyFor(url, { HTTPS_PROXY: proxy, NO_PROXY: exceptions })).toBe(direct ? null : proxy);
  });
});
