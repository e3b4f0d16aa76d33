import { addresses } from '../../stand-in/objects.ts';
import type { Story } from '../story.ts';

/** The API server is well, and nobody outside can reach it. */
export const firewall: Story = {
  id: 'firewall',
  title: "A host's firewall",
  about: 'An administrator hardens the firewall of the control-plane node.',
  cause: {
    standing: 'explains',
    title: /tcp dport 6443 reject with tcp reset comment "lockdown"` added to inet filter input/,
  },
  async breakIt(cluster) {
    cluster.tuneDns();
    cluster.editShop();
    await cluster.lockDown();
  },
  mend: ({ unlock }) => unlock(),

  script: {
    about: 'a firewall rule on the control-plane node rejects everyone who comes from outside',
    happens: [
      "Somebody edits the cluster's DNS settings (ConfigMap kube-system/coredns) and a policy of the shop. It breaks nothing.",
      'On cp-1 a new firewall rule rejects everyone who is neither a node nor a pod.',
    ],
    mended: 'An administrator deletes the rule.',
    conclusion: 'A lockdown rule on cp-1 rejected every client from outside. Deleted it; clients are back.',
    async walk({ person }) {
      await person.findsOnCard(
        /Not reachable from outside, while it is from inside the cluster/,
        new RegExp(`The firewall of cp-1 rejects connections from .*${addresses.clients}`),
        /❌ 4 Firewall problem/,
        /✅ 3 Listening ok/,
        /✅ 5 Network policies ok/,
        /✅ 6 Control plane pods ok/,
      );
      person.readCard();
      await person.widen(/NetworkPolicy shop\/default-deny/);
      await person.seePicture();
      await person.next();
      await person.next();
      await person.recordByHand('listening', {
        verdict: 'ok',
        command: '0',
        output: 'LISTEN 0 4096 *:6443 *:* users:(("kube-apiserver",pid=4711,fd=3))',
        note: 'Looked at it over the console as well.',
      });
      await person.next();
      await person.readCommands('firewall');
      await person.next();
      await person.next();
      await person.next();
    },
    async walkAfter({ person }) {
      await person.goTo('firewall');
      await person.runAgain('firewall');
      await person.goTo('inside');
      await person.runAgain('inside');
      await person.findsOnCard(/Reachable from outside and from inside/, /✅ 4 Firewall ok/);
    },
  },
};
