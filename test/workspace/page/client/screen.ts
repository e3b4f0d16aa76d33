import type { Screen } from '../../../../dev/workspace/page/screen.ts';

/** What Ana sees: two channels, and an app with one command. */
export function aScreen(change: Partial<Screen> = {}): Screen {
  const ana = { id: 'U1', name: 'ana', realName: 'Ana', tz: 'Europe/Berlin', isBot: false };
  return {
    team: 'Workspace',
    me: ana,
    people: [ana, { id: 'U0APP', name: 'apidown', realName: 'apidown', tz: 'UTC', isBot: true }],
    groups: [{ id: 'S1', handle: 'on-call' }],
    app: {
      userId: 'U0APP',
      name: 'apidown',
      commands: [
        {
          command: '/apidown',
          description: 'Investigates',
          usageHint: 'investigate [cluster] [since TIME] | status | help',
        },
      ],
      shortcuts: [],
      hasHome: true,
      isConnected: true,
    },
    channels: [],
    offered: [
      { id: 'C1', name: 'incidents' },
      { id: 'C2', name: 'platform' },
    ],
    files: {},
    modals: [],
    home: null,
    stage: null,
    ...change,
  };
}
