import { usualWalk } from '../play-story.ts';
import type { Story } from '../story.ts';

/** The cloud drops what it does not let in, and says nothing. */
export const securityGroup: Story = {
  id: 'security-group',
  title: 'A security group',
  about: 'Somebody tidies up the rules of a security group in the cloud account.',
  cause: { standing: 'explains', title: /sg-api.*no longer allowed in: tcp 6443 0\.0\.0\.0\/0/ },
  async breakIt({ cloud, editShop }) {
    cloud.openElsewhere();
    editShop();
    cloud.closeGroup();
  },
  async mend({ cloud }) {
    cloud.openGroup();
  },

  script: {
    ...usualWalk,
    about: 'the rule that lets clients in is taken out of the security group of the control-plane node',
    happens: [
      'Somebody opens the port of a database in another security group, and edits a policy of the shop. It breaks nothing.',
      "The rule that lets everybody connect on port 6443 is revoked from cp-1's security group.",
    ],
    mended: 'The rule is put back.',
    conclusion: 'A rule of the security group was revoked that clients came in by. It is there again.',
  },
};
