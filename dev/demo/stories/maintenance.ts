import { usualWalk } from '../play-story.ts';
import type { Story } from '../story.ts';

/** Nothing that anybody watches was changed, and people were at work. */
export const maintenance: Story = {
  id: 'maintenance',
  title: 'Maintenance',
  about: 'People work on what connects the cluster, as they had announced.',
  // That people were at work is known, and not that it was this.
  cause: { standing: 'possible', title: /Replace the uplink switches/ },
  async breakIt({ editShop, cloud, beginMaintenance }) {
    editShop();
    cloud.openElsewhere();
    await beginMaintenance();
  },
  mend: ({ endMaintenance }) => endMaintenance(),

  script: {
    ...usualWalk,
    about: 'work on switches that an issue announced cuts the network of the cluster off',
    happens: [
      'A policy of the shop is edited, the port of a database opened in another security group, and work on a website announced. It breaks nothing.',
      'An issue of acme/infrastructure announces work on the uplink switches, and people begin to pull cables.',
    ],
    mended: 'The switches are in place, and the issue is closed.',
    conclusion: 'The switches were replaced as announced, and the uplink was away meanwhile.',
  },
};
