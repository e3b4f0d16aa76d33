import { clusterName } from '../deployment.ts';
import type { Story } from '../story.ts';

/** What really did it. */
const rule = /tcp dport 6443 reject with tcp reset comment "lockdown"` added to inet filter input/;

/** The API server is well, and nobody outside can reach it. */
export const firewall: Story = {
  about: 'a firewall rule on the control-plane node rejects everyone who comes from outside',

  async play({ cluster, knows, person, narrator }) {
    narrator.happens("Somebody edits the cluster's DNS settings (ConfigMap kube-system/coredns). It breaks nothing.");
    cluster.tuneDns();
    narrator.happens('On cp-1 a new firewall rule rejects everyone who is neither a node nor a pod.');
    const handle = await cluster.lockDown();
    const outage = await knows.isDown();
    narrator.happens(`The bot's own prober calls it down, and all checks run by themselves: ${outage.words}`);
    await person.status();

    await person.investigate(clusterName, rule);
    await person.findsOnCard(
      /Not reachable from outside, while it is from inside the cluster/,
      /The firewall of cp-1 rejects connections from .*203\.0\.113\.0\/24/,
      /❌ 4 Firewall problem/,
      /✅ 3 Listening ok/,
      /✅ 5 Network policies ok/,
      /✅ 6 Control plane pods ok/,
    );
    await person.readDiagnosis(rule);
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

    narrator.happens(`An administrator deletes the rule:  nft delete rule inet filter input handle ${handle}`);
    await cluster.unlock();
    await knows.isBack();
    narrator.happens('The prober sees it answer again.');
    await person.goTo('firewall');
    await person.runAgain('firewall');
    await person.goTo('inside');
    await person.runAgain('inside');
    await person.findsOnCard(/Reachable from outside and from inside/, /✅ 4 Firewall ok/);
    await person.conclude('A lockdown rule on cp-1 rejected every client from outside. Deleted it; clients are back.');
    person.readCard();
  },
};
