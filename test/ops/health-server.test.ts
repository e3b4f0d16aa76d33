import { afterEach, describe, expect, it } from 'vitest';
import { type HealthParts, type HealthServer, serveHealth } from '../../src/ops/health-server.ts';
import { createLog } from '../../src/ops/log.ts';
import { createMetrics, gaugeOf, type ReadMetric } from '../../src/ops/metrics.ts';

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
  });

  it('tells what it counts in the format of Prometheus', async () => {
    const metrics = createMetrics();
    gaugeOf(
      { metrics, log },
      agents(() => [{ labels: { cluster: 'prod' }, value: 3 }]),
    );
    await serve({ metrics });
    const { text } = await get('/metrics');
    expect(text).toMatch(/^process_resident_memory_bytes \d{7,}$/m);
    expect(text).toContain('# TYPE apidown_agents_connected gauge\napidown_agents_connected{cluster="prod"} 3\n');
  });

  it('tells the rest when one of them can not be read', async () => {
    const metrics = createMetrics();
    gaugeOf(
      { metrics, log },
      agents(() => Promise.reject(new Error('broken'))),
    );
    await serve({ metrics });
    const { status, text } = await get('/metrics');
    expect(status).toBe(200);
    expect(text).toMatch(/^process_resident_memory_bytes/m);
    expect(text).not.toMatch(/^apidown_agents_connected/m);
  });

  it('knows no other path and takes nothing', async () => {
    await serve({});
    expect((await get('/')).status).toBe(404);
    expect((await get('/healthz?verbose')).status).toBe(200);
    expect((await get('/healthz', 'POST')).status).toBe(405);
  });
});

const log = createLog({ name: 'test', level: 'silent' });

function agents(read: ReadMetric<'cluster'>['read']): ReadMetric<'cluster'> {
  return { name: 'apidown_agents_connected', help: 'Agents.', labels: ['cluster'], read };
}

async function serve(parts: Partial<HealthParts>): Promise<void> {
  const whole: HealthParts = {
    store: { ping: async () => {} },
    slack: () => 'up',
    metrics: createMetrics(),
    log,
    ...parts,
  };
  server = await serveHealth({ host: '127.0.0.1', port: 0 }, whole);
}

async function get(path: string, method = 'GET') {
  const response = await fetch(`http://127.0.0.1:${server?.port}${path}`, { method });
  return { status: response.status, text: await response.text() };
}
