import { nearest } from './nearest.ts';

const CIDR = 'an address or a range, such as 203.0.113.7 or 203.0.113.0/24';
const LABEL = 'small letters, digits and dashes, at most 63, such as prod or eu-west-1';
const CHANNEL = 'the id of a Slack channel, such as C0123ABCD (at the bottom of the channel’s details)';

/** Every key of the file and what belongs there: `[]` stands for any item of a list, `*` for a name that the user chooses. */
const EXPECTED: Readonly<Record<string, string>> = {
  '': 'sections, such as hub and clusters',
  slack: 'a section',
  'slack.apiUrl': 'the URL of another Slack API, such as http://127.0.0.1:8090/api',
  'slack.mode': 'socket (the bot dials Slack) or http (Slack calls the bot)',
  'slack.http': 'a section',
  'slack.http.listen': 'host:port, such as "127.0.0.1:3000"',
  'slack.http.url': 'the URL at which Slack reaches the bot, such as https://apidown.example',
  hub: 'a section',
  'hub.listen': 'host:port, such as "0.0.0.0:8443"',
  'hub.tls': 'a section with cert and key',
  'hub.tls.cert': 'the name of a PEM file with the certificate chain',
  'hub.tls.key': 'the name of a PEM file with the private key',
  'hub.tls.ca': 'the name of a PEM file with the authority that agents shall trust, when it is not a public one',
  'hub.allowPlain': 'true or false',
  'hub.url': 'the URL that agents dial, such as https://apidown.example:8443',
  store: 'a section',
  'store.file': 'the name of a file, such as ./apidown.db',
  http: 'a section',
  'http.listen': 'host:port, such as "127.0.0.1:9090"',
  outside: 'a section',
  'outside.vantage': 'true or false: is the bot outside the networks of its clusters?',
  'outside.probeEvery': 'how often every endpoint is probed: a duration from 1s to 5m, such as 5s or 1m',
  'outside.failuresInARow': 'how many bad probes one after the other make an outage: a whole number from 1 to 20',
  'outside.reference': 'a list of places that answer while the bot’s own network works',
  'outside.reference.[]': 'host:port or an https URL, such as gateway.example:443 or https://slack.com',
  clusters: 'at least one cluster, by its name',
  'clusters.*': `the name of a cluster: ${LABEL}`,
  'clusters.*.endpoint': 'the URL of the API server as clients use it, such as https://api.prod.example:6443',
  'clusters.*.caFile': 'the name of a PEM file with the cluster’s CA certificate',
  'clusters.*.channels': 'a list of channel ids',
  'clusters.*.channels.[]': CHANNEL,
  'clusters.*.outages': 'a section',
  'clusters.*.outages.post': 'true or false: is a card posted when the cluster is down?',
  'clusters.*.outages.channel': CHANNEL,
  'clusters.*.outages.mention': 'the id of a Slack user group, such as S0123ABCD, or of a user',
  'clusters.*.outages.remindEvery': 'a duration from 5m to 24h, such as 30m, or never',
  'clusters.*.outages.quiet': 'a section with from, to and zone',
  'clusters.*.outages.quiet.from': 'a time of day in quotes, such as "22:00"',
  'clusters.*.outages.quiet.to': 'a time of day in quotes, other than from, such as "07:00"',
  'clusters.*.outages.quiet.zone': 'the name of a time zone, such as Europe/Berlin',
  'clusters.*.sources': 'a list of addresses or ranges that clients come from',
  'clusters.*.sources.[]': CIDR,
  'clusters.*.prometheus': 'a section with url',
  'clusters.*.prometheus.url': 'the URL of a Prometheus, such as https://prometheus.example:9090',
  'clusters.*.prometheus.tokenFile': 'the name of a file with a bearer token; not beside username',
  'clusters.*.prometheus.username': 'a name without colon, for basic authentication with passwordFile',
  'clusters.*.prometheus.passwordFile': 'the name of a file with the password that goes with username',
  'clusters.*.prometheus.caFile':
    'the name of a PEM file with the authority of its certificate, when it is not a public one',
  'clusters.*.prometheus.samples': 'a list of selectors of series that are 1 while the API server can be reached',
  'clusters.*.prometheus.samples.[]':
    'a metric with its matchers, such as probe_success{job="blackbox",instance="https://api.prod.example:6443"}',
  'clusters.*.prometheus.alert': 'the name of the alert that tells of it, such as KubeAPIDown',
  'clusters.*.gateways': 'a list of selectors of pods that stand before the API server',
  'clusters.*.gateways.[]': 'a selector with namespace and labels',
  'clusters.*.gateways.[].namespace': `a namespace: ${LABEL}`,
  'clusters.*.gateways.[].labels': 'at least one label',
  'clusters.*.gateways.[].labels.*': 'a text; numbers and true or false go in quotes',
  alerts: 'a section',
  'alerts.clusterLabel': 'the name of the label that names the cluster, such as cluster',
  'alerts.names': 'a list of at least one alert’s name',
  'alerts.names.[]': 'the name of an alert, such as KubeAPIDown',
  'alerts.open': CHANNEL,
  changes: 'a section',
  'changes.intake': 'a section',
  'changes.intake.clusters': 'a list of rules that tell clusters from an event’s source or subject',
  'changes.intake.clusters.[]': 'a rule with source or subject, or both, and clusters',
  'changes.intake.clusters.[].source':
    'how the sources of events begin, such as //cloudaudit.googleapis.com/projects/acme',
  'changes.intake.clusters.[].subject':
    'how the subjects of events begin, such as /subscriptions/ID/resourceGroups/net',
  'changes.intake.clusters.[].clusters': 'a list of at least one cluster’s name',
  'changes.intake.clusters.[].clusters.[]': 'the name of a cluster under clusters',
  'changes.haproxy': 'a list of HAProxies that stand before API servers',
  'changes.haproxy.[]': 'a section with name and either socket or url',
  'changes.haproxy.[].name': 'a name of letters, digits, dots and dashes, such as edge-1',
  'changes.haproxy.[].clusters': 'a list of clusters’ names; left out: all',
  'changes.haproxy.[].clusters.[]': 'the name of a cluster under clusters',
  'changes.haproxy.[].socket':
    'the path of its stats socket, such as /run/haproxy/apidown.sock, or host:port where that listens on TCP; not beside url',
  'changes.haproxy.[].url':
    'the http or https URL of its statistics page, such as https://lb.example:8404/stats, without a password in it',
  'changes.haproxy.[].username': 'a name without colon, for the page at url, with passwordFile',
  'changes.haproxy.[].passwordFile': 'the name of a file with the password that goes with username',
  'changes.haproxy.[].caFile':
    'the name of a PEM file with the authority of its certificate, when it is not a public one',
  'changes.haproxy.[].backends': 'a list of the backends that lead to the API server',
  'changes.haproxy.[].backends.[]': 'the name of a backend, such as kube-api-servers',
  'changes.haproxy.[].frontends': 'a list of the frontends that lead to the API server',
  'changes.haproxy.[].frontends.[]': 'the name of a frontend, such as kube-api',
  'changes.haproxy.[].configFile': 'the name of its configuration file, if this program may read it',
  'changes.github': 'a list of repositories on GitHub',
  'changes.github.[]': 'a repository, such as { repository: acme/infrastructure, tokenFile: ./github-token }',
  'changes.github.[].repository': 'owner/name, such as acme/infrastructure',
  'changes.github.[].clusters': 'a list of clusters’ names',
  'changes.github.[].clusters.[]': 'the name of a cluster under clusters',
  'changes.github.[].baseUrl': 'the URL of the API of an Enterprise server, such as https://github.example/api/v3',
  'changes.github.[].tokenFile': 'the name of a file with a token, or else app: one of the two',
  'changes.github.[].app': 'a section with id, installationId and keyFile',
  'changes.github.[].app.id': 'the id of a GitHub App, a whole number',
  'changes.github.[].app.installationId': 'the id of its installation, a whole number',
  'changes.github.[].app.keyFile': 'the name of a PEM file with its private key',
  'changes.github.[].branch': 'the name of a branch, such as main',
  'changes.github.[].read': 'a list of what to read',
  'changes.github.[].read.[]': 'one of issues, pulls, commits, deployments, workflowRuns, releases',
  'changes.github.[].paths': 'a list of paths that are infrastructure',
  'changes.github.[].paths.[]': 'a path with wildcards, such as terraform/**',
  'changes.github.[].categories': 'a list that says what changes to which paths are about',
  'changes.github.[].categories.[]': 'paths and a category',
  'changes.github.[].categories.[].paths': 'a list of at least one path',
  'changes.github.[].categories.[].paths.[]': 'a path with wildcards, such as terraform/security-groups/**',
  'changes.github.[].categories.[].category':
    'one of firewall, network-policy, control-plane, load-balancer, security-group, maintenance, cloud, routing, dns, endpoint',
  'changes.github.[].workflows': 'a list of workflows’ files or names',
  'changes.github.[].workflows.[]': 'the file or name of a workflow, such as apply.yml; wildcards may be used',
  'changes.github.[].environments': 'a list of environments that are deployed to',
  'changes.github.[].environments.[]': 'the name of an environment, such as production',
  'changes.github.[].maintenance': 'a section with labels',
  'changes.github.[].maintenance.labels': 'a list of labels',
  'changes.github.[].maintenance.labels.[]': 'a label of issues, without comma, such as maintenance',
  'changes.github.[].planned': 'a section with labels',
  'changes.github.[].planned.labels': 'a list of labels',
  'changes.github.[].planned.labels.[]': 'a label of issues, without comma, such as change',
  'changes.github.[].form': 'a section with headings of an issue form',
  'changes.github.[].form.start': 'a list of headings over the time at which work starts',
  'changes.github.[].form.start.[]': 'a heading, such as Start',
  'changes.github.[].form.end': 'a list of headings over the time at which work ends',
  'changes.github.[].form.end.[]': 'a heading, such as End',
  'changes.github.[].form.timeZone': 'a list of headings over the time zone',
  'changes.github.[].form.timeZone.[]': 'a heading, such as Time zone',
  'changes.github.[].form.clusters': 'a list of headings over the clusters that it is about',
  'changes.github.[].form.clusters.[]': 'a heading, such as Clusters',
  'changes.github.[].timeZone': 'the name of a time zone, such as UTC or Europe/Berlin',
  'changes.aws': 'a list of AWS accounts, each in one region',
  'changes.aws.[]': 'an account in a region, such as { name: prod-eu, region: eu-west-1 }',
  'changes.aws.[].name': 'a name for it, of letters, digits, dots and dashes, such as prod-eu',
  'changes.aws.[].region': 'an AWS region, such as eu-west-1',
  'changes.aws.[].clusters': 'a list of clusters’ names',
  'changes.aws.[].clusters.[]': 'the name of a cluster under clusters',
  'changes.aws.[].credentials': 'a section; left out, the environment of the bot, its files or its machine give them',
  'changes.aws.[].credentials.profile': 'the name of a profile in the shared configuration of AWS',
  'changes.aws.[].credentials.roleArn':
    'the ARN of a role to assume, such as arn:aws:iam::123456789012:role/apidown-read',
  'changes.aws.[].credentials.externalId': 'the external id that the role asks for; only with roleArn',
  'changes.aws.[].credentials.webIdentityTokenFile':
    'the name of a file with a web identity token; only with roleArn, without profile and externalId',
  'changes.aws.[].endpointUrl': 'the URL of a stand-in for AWS, such as http://127.0.0.1:5000',
  'changes.aws.[].eksCluster': 'the name of an EKS cluster',
  'changes.aws.[].hostedZoneIds': 'a list of hosted zones of Route 53',
  'changes.aws.[].hostedZoneIds.[]': 'the id of a hosted zone, such as Z0123456789ABC',
  'changes.aws.[].loadBalancerArns': 'a list of load balancers’ ARNs',
  'changes.aws.[].loadBalancerArns.[]':
    'the ARN of a load balancer, such as arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/api/50dc6c495c0c9188',
  health: 'a section',
  'health.posts': 'a list of health posts that are due again and again',
  'health.posts.[]': 'a post, such as { channel: C0123ABCD, when: weekdays at 9:00, zone: Europe/Berlin }',
  'health.posts.[].channel': CHANNEL,
  'health.posts.[].when':
    'how often: weekdays at 9:00, daily at 08:30, every 6 hours, or a cron expression such as "0 9 * * 1-5"',
  'health.posts.[].zone': 'the name of a time zone, such as UTC or Europe/Berlin',
  'health.posts.[].clusters': 'a list of at least one cluster’s name; left out: all',
  'health.posts.[].clusters.[]': 'the name of a cluster under clusters',
  postmortem: 'a section',
  'postmortem.github': 'the repository that postmortems become issues of',
  'postmortem.github.repository': 'owner/name, such as acme/operations',
  'postmortem.github.baseUrl': 'the URL of the API of an Enterprise server, such as https://github.example/api/v3',
  'postmortem.github.tokenFile': 'the name of a file with a token, or else app: one of the two',
  'postmortem.github.app': 'a section with id, installationId and keyFile',
  'postmortem.github.app.id': 'the id of a GitHub App, a whole number',
  'postmortem.github.app.installationId': 'the id of its installation, a whole number',
  'postmortem.github.app.keyFile': 'the name of a PEM file with its private key',
  'postmortem.github.labels': 'a list of labels',
  'postmortem.github.labels.[]': 'a label, without comma, such as postmortem',
  permissions: 'a list of grants',
  'permissions.[]': 'a grant, such as { may: [view, investigate], groups: [S0123ABCD] }',
  'permissions.[].may': 'a list of at least one of view, schedule, investigate and audit',
  'permissions.[].may.[]': 'view, schedule, investigate or audit',
  'permissions.[].clusters': 'a list of at least one cluster’s name',
  'permissions.[].clusters.[]': 'the name of a cluster under clusters',
  'permissions.[].users': 'a list of Slack user ids',
  'permissions.[].users.[]': 'the id of a Slack user, such as U0123ABCD',
  'permissions.[].groups': 'a list of Slack user group ids',
  'permissions.[].groups.[]': 'the id of a Slack user group, such as S0123ABCD',
  'permissions.[].channels': 'a list of channel ids',
  'permissions.[].channels.[]': CHANNEL,
};

/** What belongs at the path; null for a key that does not exist. */
export function expectedAt(path: readonly PropertyKey[]): string | null {
  return EXPECTED[patternOf(path)] ?? null;
}

/** What to say of a key that does not exist: what was meant, or which ones there are. */
export function insteadOf(parent: readonly PropertyKey[], key: string): string {
  const under = patternOf(parent);
  const known = Object.keys(EXPECTED).flatMap((pattern) => {
    const cut = pattern.lastIndexOf('.');
    const isChild = (cut === -1 ? '' : pattern.slice(0, cut)) === under;
    return isChild && pattern !== '' ? [pattern.slice(cut + 1)] : [];
  });
  const meant = nearest(key, known);
  return `one of ${known.join(', ')}${meant === null ? '' : `; did you mean "${meant}"?`}`;
}

function patternOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return '[]';
      const parent = path[index - 1];
      const named = (index === 1 && parent === 'clusters') || (parent === 'labels' && path[0] === 'clusters');
      return named ? '*' : String(part);
    })
    .join('.');
}
