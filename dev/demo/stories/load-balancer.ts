import { usualWalk } from '../play-story.ts';
import type { Story } from '../story.ts';

/** Clients reach the balancer, and it has nowhere to send them. */
export const loadBalancer: Story = {
  id: 'load-balancer',
  title: 'A load balancer',
  about: 'Somebody changes the targets of the load balancer that clients come by.',
  cause: { standing: 'explains', title: /target group api: cp-1 .*deregistered/ },
  async breakIt({ cloud, tuneDns }) {
    tuneDns();
    cloud.openElsewhere();
    cloud.deregister();
  },
  async mend({ cloud }) {
    cloud.register();
  },

  script: {
    ...usualWalk,
    about: 'the control-plane node is taken out of the target group of the load balancer',
    happens: [
      "Somebody edits the cluster's DNS settings, and opens the port of a database in another security group. It breaks nothing.",
      'cp-1 is deregistered from the target group: the load balancer has nowhere to send a connection.',
    ],
    mended: 'The node is registered again.',
    conclusion: 'The only target of the load balancer was deregistered. Registered again.',
  },
};
