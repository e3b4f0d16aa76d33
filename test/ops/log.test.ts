import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createLog, type LogLevel } from '../../src/ops/log.ts';

describe('the log', () => {
  it('writes one line of JSON an entry, with a static message and the data beside it', () => {
    const { log, lines } = listen();
    log.warn({ cluster: 'prod', attempts: 3 }, 'the agent is late');
    expect(lines()).toEqual([
      expect.objectContaining({
        name: 'hub',
        level: 'warn',
        cluster: 'prod',
        attempts: 3,
        msg: 'the agent is late',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
      }),
    ]);
  });

  it('keeps quiet below its level', () => {
    const { log, lines } = listen('error');
    log.info({}, 'started');
    log.error({}, 'stopped');
    expect(lines().map((line) => line.msg)).toEqual(['stopped']);
  });

  it('writes an error with the causes behind it', () => {
    const { log, lines } = listen();
    log.error(
      { error: new Error('the post failed', { cause: new Error('ECONNREFUSED 127.0.0.1:443') }) },
      'gave up on a post',
    );
    expect(lines()[0]?.error).toMatchObject({
      message: 'the post failed',
      cause: { message: 'ECONNREFUSED 127.0.0.1:443' },
    });
  });

  it.each([
    ['a bot token', 'xoxb-1234-5678-abcdEFGH', 'xoxb-1234'],
    ['a fine-grained token of GitHub', 'github_pat_11ABCDEFG0123456789_abcdef', '11ABCDEFG0'],
    ['a token of a GitHub App', 'ghs_16C7e42F292c6912E7710c838347Ae178B4a', '16C7e42F'],
    ['a rotating token', 'xoxe.xoxp-1-Mi0yLTEwMjk', 'Mi0yLTEwMjk'],
    ['an app-level token', 'xapp-1-A0123-456-abcdef', 'A0123-456'],
    ['a bearer token', 'authorization: Bearer eyJhbGciOi.J9.abc', 'eyJhbGciOi'],
    ['a webhook', 'https://hooks.slack.com/services/T0/B0/zzzz', 'zzzz'],
    ['a proxy password', 'http://proxy:hunter2@10.0.0.1:3128', 'hunter2'],
  ])('never writes %s, wherever it stands', (_what, secret, telling) => {
    const { log, raw } = listen();
    log.error({ error: new Error(`refused: ${secret}`), nested: { header: [secret] }, [secret]: 1 }, `sent ${secret}`);
    expect(raw()).not.toContain(telling);
    expect(raw()).toContain('[secret]');
    expect(raw()).toContain('refused: ');
  });

  it('never writes a private key, and leaves the line readable JSON', () => {
    const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const { log, raw, lines } = listen();
    log.info({ key: pem, cut: pem.slice(0, 60), after: 'still here' }, 'read a key');
    expect(raw()).not.toContain(pem.split('\n')[1]);
    expect(raw()).not.toContain('MC4CAQ');
    expect(lines()[0]).toMatchObject({ after: 'still here', msg: 'read a key' });
  });

  it('leaves public keys and ordinary words alone', () => {
    const pem = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const { log, lines } = listen();
    log.info({ pem, url: 'https://[fd00::1]:6443/livez', words: 'a bearer of news' }, 'learned');
    expect(lines()[0]).toMatchObject({ pem, url: 'https://[fd00::1]:6443/livez', words: 'a bearer of news' });
  });
});

function listen(level: LogLevel = 'info') {
  const written: string[] = [];
  return {
    log: createLog({ name: 'hub', level, to: { write: (line) => written.push(line) } }),
    raw: () => written.join(''),
    lines: (): Record<string, unknown>[] => written.map((line) => JSON.parse(line)),
  };
}
