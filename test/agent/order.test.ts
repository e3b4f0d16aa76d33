import { expect, it } from 'vitest';
import { standingOrder } from '../../src/agent/order.ts';
import type { WatchOrder } from '../../src/words/stream.ts';
import { rememberingLog } from './silent.ts';

const ORDER: WatchOrder = {
  targets: [{ path: 'endpoint', host: 'api.example.com', port: 6443 }],
  caPem: 'PEM',
  probeEveryMs: 5_000,
  apiPort: 6443,
  apiAddresses: [],
  clients: [],
  gateways: [],
};

it('an order stands until another one is told, which those who follow it hear of once', () => {
  const log = rememberingLog();
  const order = standingOrder(ORDER, log);
  const heard: WatchOrder[] = [];
  order.onChange(() => {
    throw new Error('can not follow');
  });
  const stop = order.onChange((one) => heard.push(one));
  order.take({ ...ORDER });
  expect([order.current(), heard, log.said]).toEqual([ORDER, [], []]);
  const next = { ...ORDER, apiPort: 443 };
  order.take(next);
  order.take({ ...next });
  stop();
  order.take(ORDER);
  expect([order.current(), heard]).toEqual([ORDER, [next]]);
  expect(log.said.join()).toContain('could not follow');
});
