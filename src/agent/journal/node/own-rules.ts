/**
 * Chains, tables and rules that kube-proxy, network plugins and container runtimes keep for themselves. They are rewritten
 * whenever a Service or a pod comes or goes, so they are told only where they change what becomes of the API server's clients.
 */
export function isOwnBookkeeping(table: string, chain: string): boolean {
  const name = table.split(' ').at(-1) ?? '';
  return OWN_TABLES.test(name) || OWN_CHAINS.test(chain);
}

/** A rule in a chain that is everybody's, which only leads into one of theirs or speaks of an interface that they make. */
export function isOwnRule(text: string): boolean {
  return LEADS_TO_OWN.test(text) || NAMES_OWN_DEVICE.test(text) || OWN_COMMENT.test(text);
}

/** An interface that comes and goes with pods and containers. */
export function isOwnDevice(device: string): boolean {
  return OWN_DEVICE.test(device);
}

/** Who made it, by the name of the place; null when the name doesn't tell. */
export function ownerOf(table: string, chain: string): string | null {
  const name = table.split(' ').at(-1) ?? '';
  if (/^ufw6?-/.test(chain)) return 'ufw';
  if (name === 'firewalld') return 'firewalld';
  if (/^f2b-/.test(chain) || /^f2b-/.test(name)) return 'fail2ban';
  if (/^crowdsec/.test(name)) return 'crowdsec';
  return null;
}

const OWN_TABLES =
  /^(kube-proxy|kubernetes|cni_.*|cni-.*|calico.*|cali-.*|cilium.*|flannel.*|kindnet.*|kube-router.*|kube-ovn.*|antrea.*|weave.*|docker.*|netavark|hostport.*|portmap.*|lxd|incus|libvirt_network)$/i;

const OWN_CHAIN =
  '(?:OLD_CILIUM_|CILIUM_|KUBE-|KUBE_|cali-|cali:|felix-|FLANNEL-|CNI-|CNI_|cni-|KIND-|WEAVE|ANTREA-|DOCKER|NETAVARK|OVN-KUBE|AWS-|IP-MASQ|IPMASQ|LIBVIRT_)';

const OWN_CHAINS = new RegExp(`^${OWN_CHAIN}`);
const LEADS_TO_OWN = new RegExp(`(?:^| )(?:jump|goto|-j|-g) "?${OWN_CHAIN}`);

const OWN_DEVICE_NAME =
  '(?:veth|cali|lxc|lxd|cni|flannel|docker|br-[0-9a-f]{12}|kube-|nodelocaldns|tunl0|vxlan\\.calico|wireguard\\.cali|cilium_|antrea|weave|vethwe|genev|eni[0-9a-f]|azv|gke|kbr|podman|virbr|bpf)';

const OWN_DEVICE = new RegExp(`^${OWN_DEVICE_NAME}`);
const NAMES_OWN_DEVICE = new RegExp(`(?:-[io]|[io]if(?:name)?(?: !=)?) "?${OWN_DEVICE_NAME}`);
const OWN_COMMENT = /(?:comment "?|--comment "?)(?:kubernetes |cali:|cilium|flannel|flanneld |AWS|ip-masq|kube-)/i;
