import { beforeAll, expect, test } from 'vitest';
import { mayPass, type Passage } from '../../src/packet/network-policy/may-pass.ts';
import type { Peer, PodPeer } from '../../src/packet/network-policy/peer.ts';
import { policySet } from '../../src/packet/network-policy/policy-set.ts';
import { buildCases } from './cyclonus/build.ts';
import { readSteps, type Step } from './cyclonus/cases.ts';

/*
 * Cyclonus is the conformance fuzzer of NetworkPolicy plugins: it generates policies and works out who may reach whom.
 * Every flow of every case it generates (IPv4 and IPv6, with and without its DNS rule) and of its recipes is asked of
 * our evaluator too, and from and to addresses outside the cluster besides.
 */

let program: string;

beforeAll(async () => {
  program = await buildCases(AbortSignal.timeout(590_000));
}, 600_000);

test('agrees with cyclonus on every flow of every generated case', async () => {
  const counts = { steps: 0, flows: 0, denied: 0, unknown: 0, itself: 0, invalid: 0 };
  const disagreements: string[] = [];
  for await (const step of readSteps(program, AbortSignal.timeout(280_000))) {
    counts.steps += 1;
    counts.invalid += step.invalid;
    const policies = policySet({
      policies: step.policies.map(({ metadata, spec }) => ({ ...metadata, spec })),
      namespaces: Object.entries(step.namespaces).map(([name, labels]) => ({ name, labels })),
    });
    const peers = new Map(step.pods.map((pod) => [`${pod.Namespace}/${pod.Name}`, podPeer(pod)]));
    for (const { from, to, port, protocol, ingress, egress } of step.flows) {
      // "A pod cannot block access to itself": cyclonus leaves that out (its --ignore-loopback).
      if (from === to) {
        counts.itself += 1;
        continue;
      }
      const flow = { from: peers.get(from) ?? external(from), to: peers.get(to) ?? external(to), port, protocol };
      const ours = mayPass(policies, flow);
      counts.flows += 1;
      if (ours.passage === 'denied') counts.denied += 1;
      if (ours.passage !== 'denied' && ours.passage !== 'allowed') counts.unknown += 1;
      if (wrong(ours.ingress.passage, ingress) || wrong(ours.egress.passage, egress)) {
        disagreements.push(
          `${step.case}, step ${step.step}: ${from} → ${to}:${port}/${protocol}: ` +
            `ingress ${ours.ingress.passage} and egress ${ours.egress.passage}, cyclonus ${ingress} and ${egress}`,
        );
      }
    }
  }
  console.log(
    `cyclonus: ${counts.flows} flows in ${counts.steps} steps, ${counts.denied} of them denied; ` +
      `unknown ${((100 * counts.unknown) / counts.flows).toFixed(2)} %; disagreements ${disagreements.length} ` +
      `(not compared: ${counts.itself} of a pod to itself, ${counts.invalid} that cyclonus has no answer for)`,
  );
  expect(disagreements.slice(0, 20)).toEqual([]);
  // Else it would be easy to agree.
  expect(counts.steps).toBeGreaterThan(600);
  expect(counts.denied).toBeGreaterThan(10_000);
  expect(counts.flows - counts.denied).toBeGreaterThan(10_000);
  expect(counts.unknown).toBe(0);
});

function wrong(ours: Passage, theirs: boolean): boolean {
  return ours === (theirs ? 'denied' : 'allowed');
}

function podPeer({ Namespace, Name, Labels, IP, Containers }: Step['pods'][number]): PodPeer {
  return {
    kind: 'pod',
    namespace: Namespace,
    name: Name,
    labels: Labels,
    addresses: IP === '' ? [] : [IP],
    hostNetwork: false,
    nodeName: null,
    ports: Containers.map(({ Port, Protocol, PortName }) => ({ name: PortName, port: Port, protocol: Protocol })),
  };
}

function external(address: string): Peer {
  return { kind: 'external', addresses: [address] };
}
