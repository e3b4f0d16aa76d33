/**
 * Programs that commands of the documents call, with the words that may follow: of those that nobody can run here the
 * subcommands, as their makers' references have them. Empty: any.
 */
const known: Readonly<Record<string, readonly string[]>> = {
  aws: [
    'ec2 describe-network-interfaces',
    'ec2 describe-security-group-rules',
    'ec2 describe-network-acls',
    'elbv2 describe-target-groups',
    'elbv2 describe-target-health',
    'eks list-clusters',
    'eks describe-cluster',
    'eks update-cluster-config',
  ],
  az: ['aks show', 'aks update', 'eventgrid event-subscription create'],
  crictl: ['pods', 'inspectp', 'ps', 'logs', 'inspect'],
  docker: ['build', 'push'],
  gcloud: ['container clusters describe', 'container clusters update', 'eventarc triggers create'],
  kubectl: [],
  npm: ['ci', 'run', 'start', 'test'],
  promtool: ['check rules'],
  systemctl: ['status'],
  ...Object.fromEntries(
    [
      ...[
        'awk',
        'cat',
        'cp',
        'curl',
        'date',
        'echo',
        'export',
        'for',
        'getent',
        'grep',
        'head',
        'install',
        'ls',
        'mkdir',
      ],
      ...['nft', 'node', 'nsenter', 'openssl', 'printf', 'sed', 'sqlite3', 'ss', 'tail', 'tcpdump', 'timeout', 'tr'],
      ...['true', 'iptables-save', 'journalctl', 'done', 'stat', 'find', 'ip', 'conntrack'],
    ].map((name) => [name, []]),
  ),
};

/** Each call with its words, as far as a shell's text tells them without being run. */
export function programsIn(script: string): readonly string[] {
  const text = script
    .replaceAll('\\\n', ' ')
    // What stands in quotes is an argument; what is put in by another command is one more call.
    .replaceAll(/'[^']*'/g, 'Q')
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, (quoted) => ['Q', ...(quoted.match(/\$\([^()]*\)/g) ?? [])].join(' '))
    .replaceAll(/(^|\s)#[^\n]*/g, '$1');
  const calls = text
    .replaceAll(/\$\(|[()]/g, '\n')
    .split(/\n|;|\|\||&&|\|/)
    .map((call) => call.trim().replace(/^(?:do|then|if|while)(?:\s+|$)/, ''))
    .map((call) => call.replaceAll(/^(?:\w+=\S*\s*)+/g, ''));
  return calls.filter((call) => /^[a-z][\w-]*(\s|$)/.test(call));
}

export function unknownPrograms(script: string): readonly string[] {
  return programsIn(script).filter((call) => {
    const [program = '', ...words] = call.split(/\s+/);
    const may = known[program];
    if (may === undefined) return true;
    return may.length > 0 && !may.some((start) => words.join(' ').startsWith(start));
  });
}
