import { theseFaultsAreNamed } from './faults.ts';

theseFaultsAreNamed([
  {
    what: 'a cluster without any agent',
    does: ({ config, api }) => {
      config.clusters.stage = { endpoint: `https://127.0.0.1:${api.port}`, caFile: 'ca.crt' };
    },
    ...{ check: 'agents', outcome: 'failed', words: /^cluster stage: no agent is enrolled/ },
    mend: /apidown enroll stage \| kubectl apply -f -/,
  },
  {
    what: 'keys of a cluster that is not configured',
    async does({ store }) {
      await store.keys.add({ id: 'k', cluster: 'stage', role: 'node', publicKeyPem: 'p', createdAt: 1 });
    },
    ...{
      check: 'agents',
      outcome: 'warning',
      words: /^cluster stage: it has valid keys, and is not configured/,
    },
    mend: /configure it, or revoke its keys/,
  },
  {
    what: 'an agent that is enrolled and never came',
    async does({ store, config, api }) {
      config.clusters.stage = { endpoint: `https://127.0.0.1:${api.port}`, caFile: 'ca.crt' };
      await store.keys.add({ id: 'k', cluster: 'stage', role: 'cluster', publicKeyPem: 'p', createdAt: 1 });
    },
    ...{
      check: 'agents',
      outcome: 'failed',
      words: /^cluster agent of stage: it is enrolled, and has never connected/,
    },
    mend: /the Secret has to be in its namespace, and hub\.url has to be reachable/,
  },
  {
    what: 'a node agent that is gone',
    does: ({ state }) => {
      state.agents = state.agents.filter(({ role }) => role !== 'node');
    },
    ...{ check: 'agents', outcome: 'failed', words: /^node agent of prod cp-1: it is not connected; last seen .* ago/ },
    mend: /look whether it runs, and at its log/,
  },
  {
    what: 'a control-plane node without an agent',
    async does({ store }) {
      const knowledge = await store.knowledge.get('prod');
      if (knowledge !== null) await store.knowledge.put('prod', { ...knowledge, controlPlaneNodes: ['cp-1', 'cp-2'] });
    },
    ...{ check: 'agents', outcome: 'warning', words: /^node agent of prod cp-2: this control-plane node has none/ },
    mend: /let the DaemonSet tolerate its taints/,
  },
  {
    what: 'an agent of an old version',
    does: ({ state }) => {
      state.agents = state.agents.map((agent) => ({ ...agent, version: '0.0.9' }));
    },
    ...{
      check: 'agents',
      outcome: 'warning',
      words: /^node agent of prod cp-1: it is version 0\.0\.9, this program 0\.1\.0/,
    },
    mend: /deploy agents and bot of one version/,
  },
  {
    what: 'two agents of one name',
    does: ({ state }) => {
      state.contested = [{ cluster: 'prod', role: 'node', instance: 'cp-1', times: 7 }];
    },
    ...{
      check: 'agents',
      outcome: 'failed',
      words: /^node agent of prod cp-1: two agents go by this name: .* 7 times/,
    },
    mend: /APIDOWN_INSTANCE.*either the DaemonSet or the static pod/,
  },
  {
    what: 'an agent whose clock is wrong',
    does({ state }) {
      state.agents = state.agents.map((agent) =>
        agent.role === 'node' ? { ...agent, clockOffsetMs: -90_000 } : agent,
      );
    },
    ...{ check: 'clocks', outcome: 'warning', words: /^agent prod\/node\/cp-1: its clock is 90\.0 s behind the bot's/ },
    mend: /on its machine, let it be set by NTP/,
  },
  {
    what: 'a bot whose own clock is wrong, as all agents say',
    does: ({ state }) => {
      state.agents = state.agents.map((agent) => ({ ...agent, clockOffsetMs: 30_000 }));
    },
    ...{
      check: 'clocks',
      outcome: 'warning',
      words: /all 3 agents' clocks differ .* in the same way: it is the bot's that is wrong/,
    },
    mend: /NTP/,
  },
  {
    what: "this machine's clock, against Slack's",
    does: ({ machine }) => {
      machine.clock = { now: () => Date.now() + 180_000 };
    },
    ...{ check: 'clocks', outcome: 'failed', words: /^the clock of this machine: it is (179|180) s ahead of Slack's/ },
    mend: /NTP/,
  },
  {
    what: 'an old Node',
    does: ({ machine }) => {
      machine.nodeVersion = '20.20.2';
    },
    ...{ check: 'versions', outcome: 'failed', words: /^Node: 20\.20\.2 runs this program, which needs 24/ },
    mend: /run it by npm/,
  },
  {
    what: 'a bot of another version than the command line',
    does: ({ state }) => {
      state.version = '0.0.9';
    },
    ...{
      check: 'versions',
      outcome: 'warning',
      words: /^the running bot: it is version 0\.0\.9, this program 0\.1\.0/,
    },
    mend: /start the bot anew after an update/,
  },
]);
