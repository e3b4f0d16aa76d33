import { expect, test } from 'vitest';
import { readSettings } from '../../src/config/settings.ts';

const base = 'hub: { listen: "127.0.0.1:8443" }\nclusters: { prod: }\n';
const read = (github: string) => readSettings(`${base}postmortem:\n  github: ${github}\n`, '/etc/apidown/apidown.yaml');

test('a repository and a token are enough', () => {
  expect(read('{ repository: acme/operations, tokenFile: ./token }')).toMatchObject({
    kind: 'ok',
    settings: {
      postmortem: {
        github: {
          repository: { owner: 'acme', name: 'operations' },
          baseUrl: 'https://api.github.com',
          tokenFile: '/etc/apidown/token',
          app: null,
          labels: [],
        },
      },
    },
  });
});

test.each([
  ['{ repository: acme/operations }', 'postmortem.github.tokenFile', 'or else app: one of the two'],
  ['{ repository: acme, tokenFile: ./t }', 'postmortem.github.repository', 'owner/name'],
  ['{ repository: a/b, tokenFile: ./t, labels: ["a,b"] }', 'postmortem.github.labels[0]', 'without comma'],
  ['{ repository: a/b, tokenFile: ./t, label: x }', 'postmortem.github.label', 'did you mean "labels"?'],
])('%s is wrong, and told where', (github, key, expected) => {
  const outcome = read(github);
  if (outcome.kind !== 'bad') throw new Error('it was taken');
  expect(outcome.mistakes).toMatchObject([{ key, expected: expect.stringContaining(expected) }]);
});
