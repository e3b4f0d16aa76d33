import { describe, expect, it } from 'vitest';
import { fixture, stage } from './stage.ts';

type Json = { [key: string]: Json } & unknown[];
const parsed = async (name: string): Promise<Json> => JSON.parse(await fixture(name));

const google = [{ source: '//cloudaudit.googleapis.com/projects/acme-prod', subject: null, clusters: ['prod'] }];
const azure = [{ source: '/subscriptions/0b1f6471-1bf0-4dda-aec3-111122223333', subject: null, clusters: ['prod'] }];

describe("Google's audit records", () => {
  it('tell of a firewall rule, at the time of the record and not of its delivery', async () => {
    const { event, changes } = await stage({ rules: google });
    expect((await event(await parsed('eventarc-firewall-first'))).status).toBe(200);
    const at = Date.parse('2026-11-22T11:55:02.011Z');
    expect(await changes()).toMatchObject([
      {
        source: 'intake',
        instance: '//cloudaudit.googleapis.com/projects/acme-prod/logs/activity',
        category: 'security-group',
        action: 'create',
        earliestAt: at,
        latestAt: at,
        actor: 'ops@acme.example',
        summary: 'GCP firewall rule lockdown created',
        target: { kind: 'GCP firewall rule', name: 'lockdown', addresses: [], ports: [443, 6443, 6444] },
        diff: [
          'INGRESS deny tcp 443 6443-6444 from 203.0.113.0/24, priority 900',
          'v1.compute.firewalls.insert on projects/acme-prod/global/firewalls/lockdown',
        ],
        // Whom it shuts out can't be known from it.
        effect: null,
      },
    ]);
  });

  it.each([
    ['in order', ['first', 'last']],
    ['the other way round', ['last', 'first']],
  ])('tell of a long operation once, %s', async (_what, order) => {
    const { event, changes } = await stage({ rules: google });
    const answers = [];
    for (const name of order)
      answers.push((await event(await parsed(`eventarc-firewall-${name}`))).body.events?.[0]?.outcome);
    expect(answers).toEqual(['taken', 'duplicate']);
    expect(await changes()).toMatchObject([
      { latestAt: Date.parse('2026-11-22T11:55:02.011Z'), target: { ports: [443, 6443, 6444] } },
    ]);
  });

  it.each([
    ['first', 'last'],
    ['last', 'first'],
  ])('are one in a batch: %s, %s', async (...order) => {
    const { batch, changes } = await stage({ rules: google });
    const events = await Promise.all(order.map((name) => parsed(`eventarc-firewall-${name}`)));
    expect((await batch(events)).body).toMatchObject({ taken: 1, duplicates: 1 });
    expect(await changes()).toMatchObject([{ target: { ports: [443, 6443, 6444] } }]);
  });

  it('take an operation back that failed after all', async () => {
    const { event, changes, learned } = await stage({ rules: google });
    await event(await parsed('eventarc-firewall-first'));
    const last = await parsed('eventarc-firewall-last');
    Object.assign(last.data?.protoPayload ?? {}, { status: { code: 6, message: 'ALREADY_EXISTS' } });
    expect(await event(last)).toMatchObject({ body: { duplicates: 1 } });
    expect(await changes()).toMatchObject([
      { summary: 'GCP firewall rule lockdown created, which failed', effect: { kind: 'judged', verdict: 'none' } },
    ]);
    expect(learned).toEqual(['prod', 'prod']);
  });

  it.each([
    ['only allows', { denieds: undefined, alloweds: [{ IPProtocol: 'tcp' }] }, 'only allows', []],
    ['is disabled', { disabled: true }, 'disabled', [443, 6443, 6444]],
    ['denies everything', { denieds: [{ IPProtocol: 'all' }] }, null, []],
    ['denies more ports than are told', { denieds: [{ IPProtocol: 'tcp', ports: ['1-65535'] }] }, null, []],
    [
      'denies TCP and UDP',
      {
        denieds: [
          { IPProtocol: 'udp', ports: ['53'] },
          { IPProtocol: 'tcp', ports: ['22'] },
        ],
      },
      null,
      [22],
    ],
    ['has ports that are none', { denieds: [{ IPProtocol: 'tcp', ports: ['x', '9-3'] }] }, null, []],
  ])(
    'say of a new rule that it shuts nobody out only when that is certain: it %s',
    async (_what, request, why, ports) => {
      const { event, changes } = await stage({ rules: google });
      const told = await parsed('eventarc-firewall-first');
      Object.assign(told.data?.protoPayload?.request ?? {}, request);
      await event(told);
      expect(await changes()).toMatchObject([
        {
          effect: why === null ? null : { kind: 'judged', verdict: 'none', words: expect.stringContaining(why) },
          target: { ports },
        },
      ]);
    },
  );

  it.each([
    ['v1.compute.firewalls.patch', 'security-group', 'update', 'GCP firewall rule lockdown changed (patch)'],
    ['beta.compute.firewalls.update', 'security-group', 'update', 'GCP firewall rule lockdown changed (update)'],
    ['v1.compute.firewalls.delete', 'security-group', 'delete', 'GCP firewall rule lockdown deleted'],
    [
      'v1.compute.networkFirewallPolicies.addRule',
      'security-group',
      'update',
      'GCP firewall policy lockdown changed (addRule)',
    ],
    ['v1.compute.routes.delete', 'routing', 'delete', 'GCP route lockdown deleted'],
    ['v1.compute.forwardingRules.delete', 'load-balancer', 'delete', 'GCP forwarding rule lockdown deleted'],
    [
      'v1.compute.globalForwardingRules.setTarget',
      'load-balancer',
      'update',
      'GCP forwarding rule lockdown changed (setTarget)',
    ],
    [
      'v1.compute.regionBackendServices.patch',
      'load-balancer',
      'update',
      'GCP backend service lockdown changed (patch)',
    ],
    [
      'v1.compute.targetPools.removeInstance',
      'load-balancer',
      'update',
      'GCP target pool lockdown changed (removeInstance)',
    ],
    ['v1.compute.instances.stop', 'cloud', 'update', 'GCP instances lockdown changed (stop)'],
  ])('know %s', async (methodName, category, action, summary) => {
    const { event, changes } = await stage({ rules: google });
    const told = await parsed('eventarc-firewall-last');
    Object.assign(told.data?.protoPayload ?? {}, { methodName });
    await event(told);
    expect(await changes()).toMatchObject([{ category, action, summary, effect: null }]);
  });

  it('tell whereto a route and a forwarding rule go', async () => {
    const { event, changes } = await stage({ rules: google });
    const told = async (id: string, methodName: string, request: object) => {
      const each = await parsed('eventarc-firewall-first');
      Object.assign(each.data ?? {}, { operation: { id, first: true } });
      Object.assign(each.data?.protoPayload ?? {}, { methodName, request });
      return event(each);
    };
    await told('1', 'v1.compute.routes.insert', { destRange: '203.0.113.0/24' });
    await told('2', 'v1.compute.forwardingRules.insert', { IPAddress: '198.51.100.10' });
    await told('3', 'v1.compute.forwardingRules.insert', { IPAddress: 'https://www.googleapis.com/compute/v1/x' });
    expect((await changes()).map(({ target }) => target.addresses).toSorted()).toEqual([
      [],
      ['198.51.100.10'],
      ['203.0.113.0/24'],
    ]);
  });

  it("tell of GKE's authorized networks", async () => {
    const { event, changes } = await stage({ rules: google });
    await event(await parsed('eventarc-gke-authorized-networks'));
    expect(await changes()).toMatchObject([
      {
        category: 'security-group',
        actor: 'terraform@acme-prod.iam.gserviceaccount.com',
        summary: 'GKE cluster prod-1 changed: authorized networks',
        diff: ['let in from now on: 198.51.100.0/24, 192.0.2.7/32', expect.stringContaining('UpdateCluster')],
        effect: null,
      },
    ]);
  });

  const networks = { enabled: true, cidrBlocks: [{ cidrBlock: '192.0.2.0/24' }] };
  it.each([
    [
      'where newer versions put them',
      { update: { desiredControlPlaneEndpointsConfig: { ipEndpointsConfig: { authorizedNetworksConfig: networks } } } },
      'security-group',
      'changed: authorized networks',
    ],
    [
      'switched off',
      { update: { desiredMasterAuthorizedNetworksConfig: { enabled: false } } },
      'security-group',
      'let in everybody again: authorized networks switched off',
    ],
    [
      'and of the public endpoint',
      { update: { desiredEnablePrivateEndpoint: true } },
      'security-group',
      'changed: public endpoint switched off',
    ],
    [
      'and of an upgrade',
      { update: { desiredMasterVersion: '1.33.5-gke.1' } },
      'maintenance',
      'upgraded: control plane to 1.33.5-gke.1',
    ],
    ['and of anything else', { update: { desiredLoggingService: 'none' } }, 'cloud', 'changed (UpdateCluster)'],
    ['and of what says nothing', null, 'cloud', 'changed (UpdateCluster)'],
  ])("tell of GKE's authorized networks %s", async (_what, request, category, done) => {
    const { event, changes } = await stage({ rules: google });
    const told = await parsed('eventarc-gke-authorized-networks');
    Object.assign(told.data?.protoPayload ?? {}, { request });
    await event(told);
    expect(await changes()).toMatchObject([{ category, summary: `GKE cluster prod-1 ${done}` }]);
  });

  it.each([
    ['alone', {}, 'none'],
    ['while the public endpoint goes too', { desiredEnablePrivateEndpoint: true }, undefined],
  ])('say that switching authorized networks off shuts nobody out: %s', async (_what, beside, verdict) => {
    const { event, changes } = await stage({ rules: google });
    const told = await parsed('eventarc-gke-authorized-networks');
    const update = { desiredMasterAuthorizedNetworksConfig: { enabled: false }, ...beside };
    Object.assign(told.data?.protoPayload ?? {}, { request: { update } });
    await event(told);
    const [change] = await changes();
    expect(change?.effect?.kind === 'judged' ? change.effect.verdict : undefined).toBe(verdict);
  });

  it.each([
    ['reads', { methodName: 'v1.compute.firewalls.list' }, 'changes nothing'],
    [
      'is of another service',
      { serviceName: 'storage.googleapis.com', methodName: 'storage.objects.create' },
      'changes nothing',
    ],
    [
      'failed',
      { status: { code: 7, message: 'PERMISSION_DENIED' } },
      'it failed, so it changed nothing: PERMISSION_DENIED',
    ],
  ])('are ignored when what they tell of %s, and are not sent again', async (_what, payload, why) => {
    const { event, changes } = await stage({ rules: google });
    const told = await parsed('eventarc-firewall-first');
    Object.assign(told.data?.protoPayload ?? {}, payload);
    expect(await event(told)).toMatchObject({
      status: 200,
      body: { ignored: 1, events: [{ outcome: 'ignored', why: expect.stringContaining(why) }] },
    });
    expect(await changes()).toEqual([]);
  });

  it('are refused when they are none', async () => {
    const { event } = await stage({ rules: google });
    const told = { ...(await parsed('eventarc-firewall-first')), data: { protoPayload: {} } };
    expect(await event(told)).toMatchObject({
      status: 422,
      body: { error: expect.stringContaining('no entry of Cloud Audit Logs') },
    });
  });
});

describe("Azure's resource events", () => {
  it('tell of a network security rule', async () => {
    const { event, changes } = await stage({ rules: azure });
    expect(
      (await event(await parsed('event-grid-security-rule-written'), { 'aeg-event-type': 'Notification' })).status,
    ).toBe(200);
    const at = Date.parse('2026-11-22T11:53:04.611Z');
    expect(await changes()).toMatchObject([
      {
        instance: '/subscriptions/0b1f6471-1bf0-4dda-aec3-111122223333',
        category: 'security-group',
        action: 'update',
        earliestAt: at,
        latestAt: at,
        actor: 'ops@acme.example',
        summary: 'Azure network security rule edge/api-in written',
        target: { kind: 'Azure network security rule', name: 'edge/api-in', addresses: [], ports: [] },
        effect: null,
      },
    ]);
  });

  it('tell that a cluster was written, and that the record does not say what is different', async () => {
    const { event, changes } = await stage({ rules: azure });
    await event(await parsed('event-grid-aks-written'));
    expect(await changes()).toMatchObject([
      {
        category: 'cloud',
        actor: 'c44b4083-3bb0-49c1-b47d-974e53cbdf3c',
        summary: 'AKS cluster prod written',
        diff: expect.arrayContaining(['it may be the authorized IP ranges of its API server']),
      },
    ]);
  });

  const network = (rest: string) => `Microsoft.Network/${rest}`;
  it.each([
    [network('networkSecurityGroups/securityRules/delete'), 'ResourceDeleteSuccess', 'security-group', 'delete'],
    [network('NETWORKSECURITYGROUPS/SECURITYRULES/WRITE'), 'ResourceWriteSuccess', 'security-group', 'update'],
    [network('networkSecurityGroups/write'), 'ResourceWriteSuccess', 'security-group', 'update'],
    [network('loadBalancers/write'), 'ResourceWriteSuccess', 'load-balancer', 'update'],
    [network('routeTables/routes/delete'), 'ResourceDeleteSuccess', 'routing', 'delete'],
    [network('dnsZones/A/write'), 'ResourceWriteSuccess', 'dns', 'update'],
    [network('virtualNetworks/subnets/write'), 'ResourceWriteSuccess', 'cloud', 'update'],
    ['Microsoft.ContainerService/managedClusters/stop/action', 'ResourceActionSuccess', 'cloud', 'update'],
    ['Microsoft.Compute/virtualMachines/deallocate/action', 'ResourceActionSuccess', 'cloud', 'update'],
  ])('know %s', async (operationName, type, category, action) => {
    const { event, changes } = await stage({ rules: azure });
    const told = await parsed('event-grid-security-rule-written');
    Object.assign(told.data ?? {}, { operationName });
    await event({ ...told, type: `Microsoft.Resources.${type}` });
    expect(await changes()).toMatchObject([{ category, action }]);
  });

  it.each([
    ['did not succeed', { type: 'Microsoft.Resources.ResourceWriteFailure' }, {}, 'did not succeed'],
    ['was given up', { type: 'Microsoft.Resources.ResourceDeleteCancel' }, {}, 'did not succeed'],
    [
      'hands out credentials',
      { type: 'Microsoft.Resources.ResourceActionSuccess' },
      { operationName: 'Microsoft.ContainerService/managedClusters/listClusterUserCredential/action' },
      'changes nothing',
    ],
    ['is about something else', {}, { operationName: 'Microsoft.Storage/storageAccounts/write' }, 'changes nothing'],
  ])('are ignored when what they tell of %s', async (_what, attributes, data, why) => {
    const { event, changes } = await stage({ rules: azure });
    const told = await parsed('event-grid-security-rule-written');
    Object.assign(told.data ?? {}, data);
    expect(await event({ ...told, ...attributes })).toMatchObject({
      status: 200,
      body: { ignored: 1, events: [{ why: expect.stringContaining(why) }] },
    });
    expect(await changes()).toEqual([]);
  });

  it('are refused when they are none', async () => {
    const { event } = await stage({ rules: azure });
    const told = { ...(await parsed('event-grid-aks-written')), data: { a: 1 } };
    expect(await event(told)).toMatchObject({
      status: 422,
      body: { error: expect.stringContaining('no event of Azure') },
    });
  });
});
