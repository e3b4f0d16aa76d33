import { theseFaultsAreNamed } from './faults.ts';

theseFaultsAreNamed([
  {
    what: 'a channel that does not exist',
    does: ({ config }) => {
      config.clusters.prod = { ...config.clusters.prod, channels: ['C1', 'C404'] };
    },
    ...{
      check: 'channels',
      outcome: 'failed',
      words: /^channel C404: Slack has no such channel .*clusters\.prod\.channels/,
    },
    mend: /take its id from the bottom of the channel’s details/,
  },
  {
    what: 'a channel that is archived',
    does: ({ config }) => {
      config.alerts = { open: 'C3' };
    },
    ...{ check: 'channels', outcome: 'failed', words: /^channel C3: #old-times is archived \(alerts\.open\)/ },
    mend: /unarchive it/,
  },
  {
    what: 'a channel that the app was not invited to, and may post in',
    does: ({ config }) => {
      config.clusters.prod = { ...config.clusters.prod, channels: ['C2'] };
    },
    ...{ check: 'channels', outcome: 'warning', words: /^channel C2: the app is not in #elsewhere/ },
    mend: /type \/invite @apidown in #elsewhere/,
  },
  {
    what: 'a channel of health posts that the app is not in',
    does: ({ config }) => {
      config.health = { posts: [{ channel: 'C2', when: 'daily at 9:00' }] };
    },
    ...{ check: 'channels', outcome: 'warning', words: /the app is not in #elsewhere \(health\.posts\[0\]\.channel\)/ },
    mend: /\/invite @apidown in #elsewhere/,
  },
  {
    what: 'a channel of outages that is archived',
    does: ({ config }) => {
      config.clusters.prod = { ...config.clusters.prod, outages: { channel: 'C3' } };
    },
    ...{ check: 'channels', outcome: 'failed', words: /#old-times is archived \(clusters\.prod\.outages\.channel\)/ },
    mend: /unarchive it, or name another channel/,
  },
  {
    what: 'a grant to somebody who does not exist',
    does: ({ config }) => {
      config.permissions = [{ may: ['investigate'], users: ['U404', 'U1'] }];
    },
    ...{ check: 'grants', outcome: 'failed', words: /^person U404: Slack knows nobody by this id/ },
    mend: /take the member id from the person’s profile/,
  },
  {
    what: 'a grant to a group that does not exist, so that nobody is let in',
    does: ({ config }) => {
      config.permissions = [{ may: ['view'] }, { may: ['investigate'], groups: ['S404'] }];
    },
    ...{ check: 'grants', outcome: 'failed', words: /^user group S404: Slack has no user group by this id/ },
    mend: /take the id from the group’s page/,
  },
  {
    what: 'a grant to a group without members',
    does: ({ config }) => {
      config.permissions = [{ may: ['investigate'], groups: ['S2'] }];
    },
    ...{ check: 'grants', outcome: 'failed', words: /^the permission investigate: nobody is sure to be let in/ },
    mend: /grant it to a person or a group that exists/,
  },
]);
