import { clusterName } from '../deployment.ts';
import type { Story } from '../story.ts';

/** What really did it. */
const edit = /manifest kube-apiserver\.yaml changed: --etcd-servers=\S+ removed/;

/** Nobody can reach the API server, since there is none. */
export const crashLoop: Story = {
  about: 'an edit of its manifest leaves the API server with a flag that it does not know',

  async play({ cluster, knows, person, narrator }) {
    narrator.happens("Somebody edits the cluster's DNS settings (ConfigMap kube-system/coredns). It breaks nothing.");
    cluster.tuneDns();
    narrator.happens('On cp-1 the manifest of kube-apiserver is edited: --etcd-servers becomes --etcd-server.');
    await cluster.breakFlag();
    const outage = await knows.isDown();
    narrator.happens(`The bot's own prober calls it down, and all checks run by themselves: ${outage.words}`);
    await person.status();

    await person.investigate(clusterName, edit);
    await person.findsOnCard(
      /Not reachable, neither from outside nor from inside the cluster/,
      /kube-apiserver on cp-1 .*exit code 1/,
      /❌ 3 Listening problem/,
      /✅ 4 Firewall ok/,
      /❌ 6 Control plane pods problem/,
    );
    await person.readDiagnosis(edit);
    await person.widen(/NetworkPolicy shop\/default-deny/);
    await person.seePicture();
    await person.goTo('control-plane-pods');
    await person.readCommands('control-plane-pods');
    await person.next();

    narrator.happens('An administrator puts the flag right in /etc/kubernetes/manifests/kube-apiserver.yaml.');
    await cluster.mendFlag();
    await knows.isBack();
    narrator.happens('The prober sees it answer again.');
    await person.goTo('inside');
    await person.runAgain('inside');
    await person.goTo('listening');
    await person.runAgain('listening');
    await person.goTo('control-plane-pods');
    await person.runAgain('control-plane-pods');
    await person.findsOnCard(/Reachable from outside and from inside/, /restarted a short while ago/);
    await person.conclude('A typo in a flag of kube-apiserver on cp-1 (--etcd-server). Put right; it serves again.');
    person.readCard();
  },
};
