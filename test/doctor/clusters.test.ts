import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeAuthority } from '../../dev/stand-in/certificates.ts';
import { theseFaultsAreNamed } from './faults.ts';

theseFaultsAreNamed([
  {
    what: 'an API server that can not be reached',
    does: ({ api }) => api.down(),
    ...{
      check: 'endpoints',
      outcome: 'failed',
      words: /^cluster prod: https:\/\/127\.0\.0\.1:\d+ \(127\.0\.0\.1\) can't be used from here: /,
    },
    mend: /let this machine through to it/,
  },
  {
    what: 'an API server of another cluster',
    async does({ put, config }) {
      await put('other-ca.crt', (await makeAuthority('another cluster')).caPem);
      config.clusters.prod = { ...config.clusters.prod, caFile: 'other-ca.crt' };
    },
    ...{ check: 'endpoints', outcome: 'failed', words: /^cluster prod: .* can't be used from here: / },
    mend: /what answers there is not this cluster’s API server/,
  },
  {
    what: 'a CA that is not known yet',
    does: ({ config, api }) => {
      config.clusters.prod = { endpoint: `https://127.0.0.1:${api.port}` };
    },
    ...{ check: 'endpoints', outcome: 'warning', words: /^the CA of prod: it is not known/ },
    mend: /set clusters\.prod\.caFile, or enroll a cluster agent/,
  },
  {
    what: 'an endpoint that is not known',
    does: ({ config }) => {
      config.clusters.prod = {};
    },
    ...{ check: 'endpoints', outcome: 'failed', words: /^cluster prod: its endpoint is not known/ },
    mend: /set clusters\.prod\.endpoint, or enroll a cluster agent/,
  },
  {
    what: 'a bot in a pod of the cluster that it watches',
    async does({ config, env, folder, authority }) {
      config.outside.vantage = true;
      env.KUBERNETES_SERVICE_HOST = '10.96.0.1';
      await mkdir(join(folder, 'pod'));
      await writeFile(join(folder, 'pod', 'ca.crt'), authority.caPem);
    },
    ...{ check: 'vantage', outcome: 'failed', words: /^the bot: it runs in a pod of prod, which it watches/ },
    mend: /outside\.vantage: false and enroll an agent with the role vantage/,
  },
  {
    what: 'a bot on the very machine of the API server',
    does: ({ config }) => {
      config.outside.vantage = true;
    },
    ...{ check: 'vantage', outcome: 'failed', words: /^the bot: the API server of prod is on this very machine/ },
    mend: /run the bot outside/,
  },
  {
    what: 'a bot inside, and nobody outside',
    does: ({ config, api }) => {
      config.clusters.stage = { endpoint: `https://127.0.0.1:${api.port}` };
    },
    ...{
      check: 'vantage',
      outcome: 'failed',
      words: /^cluster stage: the bot is inside .*no vantage agent was ever seen/,
    },
    mend: /apidown enroll stage --role vantage/,
  },
]);
