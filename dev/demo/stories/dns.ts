import { usualWalk } from '../play-story.ts';
import type { Story } from '../story.ts';

/** Everything is well, at another address. */
export const dns: Story = {
  id: 'dns',
  title: 'A DNS record',
  about: "Somebody restores the zone of the cluster's name from an old backup.",
  cause: { standing: 'explains', title: /api\.demo\.example leads to 192\.0\.2\.99 rather than 192\.0\.2\.20/ },
  seenLate: ['dns'],
  async breakIt({ tuneDns, editShop, pointElsewhere }) {
    tuneDns();
    editShop();
    pointElsewhere();
  },
  async mend({ pointBack }) {
    pointBack();
  },

  script: {
    ...usualWalk,
    about: 'the name that clients use leads to a load balancer that is not in use any more',
    happens: [
      "Somebody edits the cluster's DNS settings (ConfigMap kube-system/coredns) and a policy of the shop. It breaks nothing.",
      'The record of api.demo.example is pointed from 192.0.2.20 to 192.0.2.99.',
    ],
    mended: 'The record is pointed back.',
    conclusion: 'The record of api.demo.example led to a load balancer that is not in use any more. Pointed back.',
  },
};
