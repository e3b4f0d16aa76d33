import { afterEach, describe, expect, it } from 'vitest';
import { type HealthParts, type HealthServer, serveHealth } from '../../src/ops/health-server.ts';
import { createLog } from '../../src/ops/log.ts';
import { renderMetrics } from '../../src/ops/metrics.ts';

let server: HealthServer | undefined;
afterEach(() => server?.close());

describe('the health server', () => {
  it('is healthy while the store works, whatever Slack does', async () => {
    await serve({ slack: () => 'reconnecting' });
    const { status, text } = await get('/healthz');
    expect({ status, body: JSON.parse(text) }).toEqual({ status: 200, body: { store: 'ok', slack: 'reconnecting' } });
  });

  it('is alive but not healthy when the store fails, and says why', async () => {
    await serve({ store: { ping: () => Promise.reject(new Error('the disk is full')) } });
    const { status, text } = await get('/healthz');
    expect({ status, body: JSON.parse(text) }).toEqual({
      status: 503,
      body: { store: 'the disk is full', slack: 'up' },
    });
    expect((await get('/livez')).status).toBe(200);
    expect((await get('/metrics')).text).toContain('\napidown_store_up 0\n');
  });

  it('tells what it counts in the format of Prometheus', async () => {
    await serve({
      metrics: () => [
        {
          name: 'apidown_agents_connected',
          help: 'Agents.',
          type: 'gauge',
          samples: [{ labels: { cluster: 'prod' }, value: 3 }],
        },
      ],
    });
    const { text } = await get('/metrics');
    expect(text).toMatch(/^process_resident_memory_bytes \d{7,}$/m);
    expect(text).toContain('# TYPE apidown_agents_connected gauge\napidown_agents_connected{cluster="prod"} 3\n');
    expect(text).toContain('\napidown_store_up 1\n');
  });

  it('answers 500 when counting fails, and stays', async () => {
    await serve({ metrics: () => Promise.reject(new Error('broken')) });
    expect((await get('/metrics')).status).toBe(500);
    expect((await get('/healthz')).status).toBe(200);
  });

  it('knows no other path and takes nothing', async () => {
    await serve({});
    expect((await get('/')).status).toBe(404);
    expect((await get('/healthz?verbose')).status).toBe(200);
    expect((await get('/healthz', 'POST')).status).toBe(405);
  });
});

describe('metrics', () => {
  it('can not be broken by what a label holds', () => {
    const samples = [{ labels: { node: 'a"b\\c\nd' }, value: 1.5 }];
    expect(renderMetrics([{ name: 'm', help: 'two\nlines', type: 'counter', samples }])).toBe(
      '# HELP m two\\nlines\n# TYPE m counter\nm{node="a\\"b\\\\c\\nd"} 1.5\n',
    );
  });
});

async function serve(parts: Partial<HealthParts>): Promise<void> {
  const log = createLog({ name: 'test', level: 'silent' });
  const whole: HealthParts = { store: { ping: async () => {} }, slack: () => 'up', log, ...parts };
  server = await serveHealth({ host: '127.0.0.1', port: 0 }, whole);
}

async function get(path: string, method = 'GET') {
  const response = await fetch(`http://127.0.0.1:${server?.port}${path}`, { method });
  return { status: response.status, text: await response.text() };
}
