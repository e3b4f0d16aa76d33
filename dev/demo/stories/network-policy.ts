import { usualWalk } from '../play-story.ts';
import type { Story } from '../story.ts';

/** The gateway that clients come by is a pod, and a policy decides who may come to it. */
export const networkPolicy: Story = {
  id: 'network-policy',
  title: 'A NetworkPolicy',
  about: 'A deployment applies NetworkPolicies anew in two namespaces.',
  cause: { standing: 'explains', title: /NetworkPolicy edge\/allow-clients/ },
  async breakIt({ cloud, editShop, narrowPolicy }) {
    cloud.openElsewhere();
    editShop();
    narrowPolicy();
  },
  async mend({ widenPolicy }) {
    widenPolicy();
  },

  script: {
    ...usualWalk,
    about: 'a NetworkPolicy of the gateway lets in nobody but a private network',
    happens: [
      'A policy of the shop is edited, and the port of a database opened in another security group. It breaks nothing.',
      'NetworkPolicy edge/allow-clients is narrowed: only 10.0.0.0/8 may still connect to the gateway.',
    ],
    mended: 'The policy is put back as it was.',
    conclusion: 'NetworkPolicy edge/allow-clients kept everybody from the gateway but 10.0.0.0/8. Put back.',
  },
};
