import { expect, test } from 'vitest';
import { steps } from '../../src/playbook/playbook.ts';
import type { HandCommand, Step } from '../../src/playbook/step.ts';

/** The commands for a person, for when Slack is down too: written from the playbook by `npm test -- -u`. */
test('docs/by-hand.md says what the playbook says', async () => {
  await expect([opening, ...steps.map(stepText)].join('\n')).toMatchFileSnapshot('../../docs/by-hand.md');
});

const opening = `# By hand

The commands of the playbook, for a person and for when Slack is down too. On the card the same stand under *Commands to
run by hand*, with the cluster's own values filled in; here \`{url}\` is the endpoint that clients use, such as
\`https://api.example.com:6443\`, and \`{host}\`, \`{port}\`, \`{address}\` are its parts. Written from
\`src/playbook/playbook.ts\` by a test: \`npm test -- -u\` writes it anew.
`;

function stepText({ number, title, asks, whenItCannotRun, byHand }: Step): string {
  return [`## ${number} ${title}`, `*${asks}* ${whenItCannotRun}`, ...byHand.map(commandText)]
    .join('\n\n')
    .concat('\n');
}

function commandText({ where, works, command, lookFor }: HandCommand): string {
  const place = where.charAt(0).toUpperCase() + where.slice(1);
  const when = works === 'always' ? 'with the API alive or dead' : works;
  const run = runBy(command);
  return `${place}, ${when}. Look for ${lookFor}.\n\n<!-- run: ${run} -->\n\`\`\`sh\n${command}\n\`\`\``;
}

/** Who proves that it works, as docs/adding.md has it. */
function runBy(command: string): string {
  const needed = needs.find(([part]) => command.includes(part));
  return needed === undefined ? 'testbed' : `not here: it needs ${needed[1]}`;
}

const needs: readonly (readonly [string, string])[] = [
  ['aws ', 'an AWS account'],
  ['curlimages/curl', 'an image from the internet, and the testbed pulls none'],
  ['crictl', 'crictl, which the testbed has not'],
  ['tcpdump', 'tcpdump, which the testbed has not'],
];
