import type { Step, StepId } from './step.ts';

/**
 * The six steps of the playbook "cannot access the API: control plane", in order.
 * Nothing outside this folder repeats them.
 */
export const steps: readonly Step[] = [
  {
    id: 'endpoint',
    number: 1,
    title: 'Endpoint',
    asks: 'Which URL, address and port are used to reach the API server?',
    check: 'endpoint',
    runsOn: ['outside', 'pod'],
    alsoFrom: [],
    beside: [{ check: 'endpoint-path', runsOn: ['outside'], counts: false, words: 'path' }],
    needs: 'any',
    oldState: 'proves nothing',
    whenItCannotRun: 'Give the URL that failing clients use; it is in their kubeconfig.',
    byHand: [
      {
        works: 'always',
        where: 'anywhere',
        command: "kubectl config view --minify -o jsonpath='{.clusters[0].cluster.server}'",
        lookFor: 'the URL that this kubeconfig uses; compare it with {url}',
      },
      {
        works: 'with the API alive',
        where: 'anywhere',
        command: 'kubectl cluster-info; kubectl -n default get endpointslices -l kubernetes.io/service-name=kubernetes',
        lookFor: 'the address and port behind the service',
      },
      {
        works: 'with the API dead',
        where: 'on the control-plane node',
        command:
          'grep -E -- "--(advertise-address|secure-port)" /etc/kubernetes/manifests/kube-apiserver.yaml; grep server: /etc/kubernetes/admin.conf',
        lookFor: 'the address and port the API server was told to use',
      },
      {
        works: 'always',
        where: 'anywhere',
        command: 'getent ahosts {host}',
        lookFor: 'the addresses clients connect to',
      },
    ],
  },
  {
    id: 'inside',
    number: 2,
    title: 'From inside',
    asks: 'Does TCP and TLS to the API server work from a pod in the cluster?',
    check: 'reachability',
    runsOn: ['pod'],
    alsoFrom: ['outside', 'node'],
    beside: [],
    needs: 'every',
    oldState: 'proves nothing',
    whenItCannotRun: 'Try it from any pod, or from the node itself.',
    byHand: [
      {
        works: 'with the API alive',
        where: 'anywhere',
        command:
          'kubectl run apidown-curl --rm -i --restart=Never --image=curlimages/curl -- curl -kv --max-time 5 {url}/livez',
        lookFor: 'an HTTP answer: 200, 401 and 403 all prove that TCP, TLS and HTTP work',
      },
      {
        works: 'with the API dead',
        where: 'on the control-plane node',
        command:
          'pod=$(crictl pods --name coredns -q | head -1); nsenter -t $(crictl inspectp -o go-template --template "{{.info.pid}}" $pod) -n curl -kv --max-time 5 {url}/livez',
        lookFor: 'refused, timed out, or an HTTP answer: the same as a pod sees',
      },
      {
        works: 'always',
        where: 'anywhere',
        command: 'openssl s_client -connect {address}:{port} -servername {host} </dev/null',
        lookFor: 'whose certificate is served, and until when it is valid',
      },
    ],
  },
  {
    id: 'listening',
    number: 3,
    title: 'Listening',
    asks: 'Is the port bound on the control-plane node, on the expected interface, and by the API server?',
    check: 'listening',
    runsOn: ['node'],
    alsoFrom: [],
    beside: [],
    needs: 'every',
    oldState: 'proves nothing',
    whenItCannotRun:
      'Look on the control-plane node. With a managed control plane there is none to look at: the access list of its endpoint is judged in step 4, where its cloud account is configured.',
    byHand: [
      {
        works: 'always',
        where: 'on the control-plane node',
        command: "ss -Hltnp 'sport = :{port}'",
        lookFor: 'a line for *:{port} or the expected address, by kube-apiserver; no line: nothing listens',
      },
      {
        works: 'always',
        where: 'on the control-plane node',
        command: 'curl -kv --max-time 5 https://127.0.0.1:{port}/livez',
        lookFor: 'an answer over loopback, past every firewall',
      },
    ],
  },
  {
    id: 'firewall',
    number: 4,
    title: 'Firewall',
    asks: 'Do firewall, security group or network ACL rules block the API port, in or out?',
    check: 'host-firewall',
    runsOn: ['node'],
    alsoFrom: [],
    beside: [{ check: 'cloud-firewall', runsOn: ['outside'], counts: true, words: 'cloud rules' }],
    needs: 'every',
    oldState: 'proves nothing',
    whenItCannotRun:
      'List the rules on the control-plane node, and those of the cloud: security groups, network ACLs, the access list of a managed endpoint.',
    byHand: [
      {
        works: 'always',
        where: 'on the control-plane node',
        command:
          'nft -a list ruleset | grep -nE "{port}|drop|reject"; iptables-save | grep -nE -- "{port}|DROP|REJECT"',
        lookFor: 'drop or reject rules and policies that match tcp port {port} or every port, in either direction',
      },
      {
        works: 'always',
        where: 'on the control-plane node',
        command: 'timeout 20 tcpdump -ni any tcp port {port}',
        lookFor: 'SYNs that come in without an answer going out: dropped on this node; none at all: dropped before it',
      },
      {
        works: 'always',
        where: 'anywhere',
        command:
          "groups=$(aws ec2 describe-network-interfaces --filters Name=association.public-ip,Values={address} --query 'NetworkInterfaces[].Groups[].GroupId' --output text); aws ec2 describe-security-group-rules --filters Name=group-id,Values=$(echo $groups | tr ' ' ',') --query 'SecurityGroupRules[].[GroupId,SecurityGroupRuleId,IsEgress,IpProtocol,FromPort,ToPort,CidrIpv4]' --output table",
        lookFor:
          'in AWS, a rule that lets the clients in on tcp {port}, of any group on the interface that has the address; without one they are kept out. For a private address filter by addresses.private-ip-address instead; then the same for the control-plane nodes',
      },
      {
        works: 'always',
        where: 'anywhere',
        command:
          "subnets=$(aws ec2 describe-network-interfaces --filters Name=association.public-ip,Values={address} --query 'NetworkInterfaces[].SubnetId' --output text); aws ec2 describe-network-acls --filters Name=association.subnet-id,Values=$(echo $subnets | tr ' ' ',') --query 'NetworkAcls[].Entries[].[Egress,RuleNumber,RuleAction,Protocol,CidrBlock,PortRange]' --output text",
        lookFor:
          'in AWS, for each direction the entry with the lowest number that matches the clients: it decides; replies go out to ports 1024 to 65535',
      },
      {
        works: 'always',
        where: 'anywhere',
        command:
          "for group in $(aws elbv2 describe-target-groups --query 'TargetGroups[].TargetGroupArn' --output text); do aws elbv2 describe-target-health --target-group-arn $group --query 'TargetHealthDescriptions[].[Target.Id,Target.Port,TargetHealth.State,TargetHealth.Reason]' --output text; done",
        lookFor: 'in AWS, control-plane nodes that are not healthy: the load balancer sends them nothing',
      },
      {
        works: 'always',
        where: 'anywhere',
        command:
          "for name in $(aws eks list-clusters --query 'clusters[]' --output text); do aws eks describe-cluster --name $name --query 'cluster.[name,endpoint,resourcesVpcConfig.endpointPublicAccess,resourcesVpcConfig.publicAccessCidrs]' --output json; done",
        lookFor: 'of EKS, whether {url} is public, and whether the clients are in its publicAccessCidrs',
      },
    ],
  },
  {
    id: 'network-policies',
    number: 5,
    title: 'Network policies',
    asks: 'Does a NetworkPolicy keep external clients or ingress gateways from the API server?',
    check: 'network-policies',
    runsOn: ['pod'],
    alsoFrom: [],
    beside: [],
    needs: 'every',
    oldState: 'holds',
    whenItCannotRun: 'List the policies where gateways in front of the API server run, and in kube-system.',
    byHand: [
      {
        works: 'with the API alive',
        where: 'anywhere',
        command:
          'kubectl get networkpolicies -A --sort-by=.metadata.creationTimestamp; kubectl -n kube-system describe networkpolicies',
        lookFor:
          'policies that select a gateway or proxy in front of the API server; those on host-network pods are mostly ignored',
      },
      {
        works: 'with the API dead',
        where: 'on the control-plane node',
        command:
          'kubectl --kubeconfig /etc/kubernetes/admin.conf --server https://127.0.0.1:{port} --tls-server-name kubernetes get networkpolicies -A -o yaml',
        lookFor: 'the same, past every firewall; it needs the API server process itself to run',
      },
    ],
  },
  {
    id: 'control-plane-pods',
    number: 6,
    title: 'Control plane pods',
    asks: 'Are the API server pods running and not restarting, and the rest of the control plane?',
    check: 'control-plane-pods',
    runsOn: ['pod', 'node'],
    alsoFrom: [],
    beside: [],
    needs: 'any',
    oldState: 'proves nothing',
    whenItCannotRun: 'Ask the container runtime on the control-plane node.',
    byHand: [
      {
        works: 'with the API alive',
        where: 'anywhere',
        command: 'kubectl -n kube-system get pods -l tier=control-plane -o wide',
        lookFor: 'Running, ready, and a restart count that does not grow',
      },
      {
        works: 'with the API dead',
        where: 'on the control-plane node',
        command:
          'crictl ps -a --name "kube-apiserver|etcd"; ls -lt /var/log/pods/kube-system_kube-apiserver-*/kube-apiserver/',
        lookFor: 'a container that exits again and again; its newest log says why',
      },
      {
        works: 'with the API dead',
        where: 'on the control-plane node',
        command: 'ls -l /etc/kubernetes/manifests; journalctl -u kubelet --since -15min | grep -i apiserver',
        lookFor: 'kube-apiserver.yaml present, and not edited just before the failure',
      },
    ],
  },
];

const byId = new Map(steps.map((step) => [step.id, step]));

export function stepById(id: StepId): Step {
  const step = byId.get(id);
  if (step === undefined) throw new RangeError(`the playbook has no step "${id}"`);
  return step;
}

/** null after the last one. */
export function stepAfter(id: StepId): Step | null {
  return steps.find((step) => step.number === stepById(id).number + 1) ?? null;
}
