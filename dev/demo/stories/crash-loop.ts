import type { Story } from '../story.ts';

/** Nobody can reach the API server, since there is none. */
export const crashLoop: Story = {
  id: 'crash-loop',
  title: 'A crash loop',
  about: "Somebody edits the API server's manifest on the control-plane node.",
  cause: {
    standing: 'explains',
    title: /manifest kube-apiserver\.yaml changed: --etcd-servers=\S+ removed/,
  },
  async breakIt(cluster) {
    cluster.tuneDns();
    await cluster.breakFlag();
  },
  mend: ({ mendFlag }) => mendFlag(),

  script: {
    about: 'an edit of its manifest leaves the API server with a flag that it does not know',
    happens: [
      "Somebody edits the cluster's DNS settings (ConfigMap kube-system/coredns). It breaks nothing.",
      'On cp-1 the manifest of kube-apiserver is edited: --etcd-servers becomes --etcd-server.',
    ],
    mended: 'An administrator puts the flag right in /etc/kubernetes/manifests/kube-apiserver.yaml.',
    conclusion: 'A typo in a flag of kube-apiserver on cp-1 (--etcd-server). Put right; it serves again.',
    async walk({ person }) {
      await person.findsOnCard(
        /Not reachable, neither from outside nor from inside the cluster/,
        /kube-apiserver on cp-1 .*exit code 1/,
        /❌ 3 Listening problem/,
        /✅ 4 Firewall ok/,
        /❌ 6 Control plane pods problem/,
      );
      person.readCard();
      await person.widen(/NetworkPolicy shop\/default-deny/);
      await person.seePicture();
      await person.goTo('control-plane-pods');
      await person.readCommands('control-plane-pods');
      await person.next();
    },
    async walkAfter({ person }) {
      await person.goTo('inside');
      await person.runAgain('inside');
      await person.goTo('listening');
      await person.runAgain('listening');
      await person.goTo('control-plane-pods');
      await person.runAgain('control-plane-pods');
      await person.findsOnCard(/Reachable from outside and from inside/, /restarted a short while ago/);
    },
  },
};
