import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { theseFaultsAreNamed } from './faults.ts';
import { aSetUp, doctor } from './set-up.ts';

theseFaultsAreNamed([
  {
    what: 'a bot that does not run',
    does: ({ stopBot }) => stopBot(),
    ...{ check: 'running-bot', outcome: 'warning', words: /^the running bot: none runs here/ },
    mend: /start it \(npm start\)/,
  },
  {
    what: 'a bot that is cut off from Slack',
    does({ state }) {
      state.slack = 'unauthorized';
      state.slackTrouble = 'auth.test: token_revoked';
    },
    ...{
      check: 'running-bot',
      outcome: 'failed',
      words: /it does not stand: unauthorized \(auth\.test: token_revoked\)/,
    },
    mend: /mend the tokens/,
  },
]);

test('another program at http.listen', async () => {
  const setUp = await aSetUp();
  const other = createServer((_request, response) => void response.end('hello')).listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const address = other.address();
  setUp.config.http.listen = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const { of } = await doctor(setUp);
  expect(of('failed')).toMatchObject([
    { words: 'another program answers there', mend: 'set http.listen to a port of its own' },
  ]);
});
