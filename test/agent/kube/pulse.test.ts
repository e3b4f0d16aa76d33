import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type StandInKubeApi, startKubeApi } from '../../../dev/stand-in/kube-api.ts';
import type { KubeClient } from '../../../src/agent/kube/client.ts';
import { type Pulse, watchPulse } from '../../../src/agent/kube/pulse.ts';
import { rememberingLog } from '../silent.ts';
import { clientOf, WAIT } from './client.ts';

let api: StandInKubeApi;
let client: KubeClient;
let stop: AbortController;
let told: string[];
let ahead: number;

beforeEach(async () => {
  api = await startKubeApi();
  client = clientOf(api);
  stop = new AbortController();
  told = [];
  ahead = 0;
});

afterEach(async () => {
  stop.abort();
  client.close();
  await api.close();
});

function start(deadPulseMs: number): Pulse {
  const pulse = watchPulse({
    client,
    clock: () => Date.now() + ahead,
    log: rememberingLog(),
    pace: { pulseMs: 500, deadPulseMs },
    onAlive: () => told.push('alive'),
    onTurn: () => told.push('turn'),
  });
  void pulse.run(stop.signal);
  return pulse;
}

describe('the pulse of an API server', () => {
  it('turns when it is gone, and sooner than usual finds that it is back', async () => {
    const pulse = start(5);
    await vi.waitFor(() => expect(told).toContain('alive'), WAIT);
    await api.stop();
    await vi.waitFor(() => expect(pulse.alive()).toBe(false), WAIT);
    told = [];
    await api.start();
    await vi.waitFor(() => expect(pulse.alive()).toBe(true), WAIT);
    expect(told.slice(0, 2)).toEqual(['alive', 'turn']);
  });

  it('is one also where the agent is not let in', async () => {
    api.refuse('/version', 403);
    start(5);
    await vi.waitFor(() => expect(told).toContain('alive'), WAIT);
  });

  it('tells how far the two clocks are apart', async () => {
    ahead = 60_000;
    const pulse = start(5);
    expect(pulse.clockOffsetMs()).toBeNull();
    await vi.waitFor(() => expect(pulse.clockOffsetMs()).not.toBeNull(), WAIT);
    expect(Math.abs((pulse.clockOffsetMs() ?? 0) - 60_000)).toBeLessThan(1_500);
  });
});
