import { writeFile } from 'node:fs/promises';
import { Octokit } from '@octokit/rest';
import { createEmulator, type Emulator } from 'emulate';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { Message } from '../../dev/workspace/conversations.ts';
import { type PostmortemIssues, postmortemIssues } from '../../src/bin/postmortem-issues.ts';
import { createLog } from '../../src/ops/log.ts';
import { actionIds } from '../../src/slack/render/refs.ts';
import type { Grant } from '../../src/words/grant.ts';
import { token, tokenFile } from '../changes/sources/github/given.ts';
import { say, serveGitHub } from '../changes/sources/github/served.ts';
import { aStage, type Stage, words } from '../slack/stage.ts';

/* Against a GitHub that was written by others and keeps state. */

const owner = 'octocat';
const repo = 'operations';
const log = createLog({ name: 'test', level: 'silent' });

let gitHub: Emulator;

beforeEach(async () => {
  gitHub = await createEmulator({
    service: 'github',
    port: 0,
    seed: {
      tokens: { [token]: { login: owner, scopes: ['repo'] } },
      github: { users: [{ login: owner }], repos: [{ owner, name: repo, private: true, auto_init: true }] },
    },
  });
  onTestFinished(() => gitHub.close());
});

async function opened() {
  const { data } = await new Octokit({ baseUrl: gitHub.url, auth: token }).rest.issues.listForRepo({
    owner,
    repo,
    state: 'all',
  });
  return data;
}

interface Given {
  readonly baseUrl?: string;
  readonly grants?: readonly Grant[];
  readonly file?: string;
}

/** A concluded investigation whose reply offers the issue. */
async function concluded({ baseUrl = gitHub.url, grants = [], file }: Given = {}) {
  let issues: PostmortemIssues | null = null;
  const stage = await aStage({
    slack: { issuesIn: `${owner}/${repo}`, grants },
    onChange: (investigation) => issues?.changed(investigation),
  });
  const made = await postmortemIssues(
    {
      github: {
        repository: { owner, name: repo },
        baseUrl,
        tokenFile: file ?? (await tokenFile()),
        app: null,
        labels: ['postmortem'],
      },
    },
    { investigations: stage.service, write: (one) => stage.slack().postmortem(one), clock: { now: Date.now }, log },
  );
  issues = made;
  onTestFinished(made.close);
  await stage.workspace.as('U1').command('C1', '/apidown', 'investigate prod');
  const card = await stage.card();
  const id = (await stage.service.listOpen())[0]?.id ?? '';
  const summary = 'ask @octocat <script>alert(1)</script>';
  await stage.service.act(id, { kind: 'person', id: 'U1' }, { kind: 'conclude', summary, actions: ['Watch it'] });
  return { stage, card, id };
}

function reply({ workspace }: Stage, card: Message, having: string): Promise<Message> {
  return workspace.waitFor(() =>
    workspace
      .channel('C1')
      .thread(card.ts)
      .find((one) => words(one).includes('🏁 *Concluded*') && words(one).includes(having)),
  );
}

test('a press opens the issue once, and the thread and the card show where it is and who opened it', async () => {
  const { stage, card, id } = await concluded();
  const offer = await reply(stage, card, 'Open a GitHub issue');
  await Promise.all([
    stage.workspace.as('U1').click(offer, { actionId: actionIds.openIssue }),
    stage.workspace.as('U2').click(offer, { actionId: actionIds.openIssue }),
  ]);
  const done = await reply(stage, card, 'opened by');
  expect(words(done)).toContain('Issue octocat/operations#1');
  expect(words(done)).not.toContain(actionIds.openIssue);
  await stage.workspace.waitFor(() =>
    words(stage.workspace.channel('C1').message(card.ts) ?? card).includes('|Issue octocat/operations#1>'),
  );
  const [issue, ...others] = await opened();
  expect(others).toEqual([]);
  expect(issue).toMatchObject({ number: 1, labels: [expect.objectContaining({ name: 'postmortem' })] });
  expect(issue?.title).toContain(`prod API server`);
  expect(issue?.body).toContain(`<!-- apidown:${id} -->`);
  expect(issue?.body).toContain('- [ ] Watch it');
  expect(issue?.body).not.toMatch(/@octocat|(?<!\\)<script/);
  expect(stage.workspace.violations).toEqual([]);
});

test('what went wrong is told beside the button, which can be pressed again', async () => {
  const file = await tokenFile('\n');
  const { stage, card } = await concluded({ file });
  await stage.workspace
    .as('U1')
    .click(await reply(stage, card, 'Open a GitHub issue'), { actionId: actionIds.openIssue });
  const failed = await reply(stage, card, 'could not be opened');
  expect(words(failed)).toContain('holds no token: write it there');
  await writeFile(file, token);
  await stage.workspace.as('U2').click(failed, { actionId: actionIds.openIssue });
  expect(words(await reply(stage, card, 'opened by'))).toContain('<@U2>');
  expect(await opened()).toHaveLength(1);
});

test('an issue that was opened without an answer is found again, not opened twice', async () => {
  let made = 0;
  const bodies: string[] = [];
  const serving = await serveGitHub({});
  onTestFinished(serving.close);
  serving.instead = (request, response) => {
    if (request.method === 'GET' && request.url?.includes('/issues')) {
      const found = bodies.map((body, index) => ({
        number: index + 1,
        html_url: 'https://github.example/o/r/issues/1',
        body,
      }));
      return say(response, 200, found);
    }
    if (request.method !== 'POST') return false;
    made += 1;
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      bodies.push(JSON.parse(text).body);
      response.destroy();
    });
    return true;
  };
  const { stage, card } = await concluded({ baseUrl: serving.url });
  await stage.workspace
    .as('U1')
    .click(await reply(stage, card, 'Open a GitHub issue'), { actionId: actionIds.openIssue });
  const failed = await reply(stage, card, 'could not be opened');
  await stage.workspace.as('U1').click(failed, { actionId: actionIds.openIssue });
  await reply(stage, card, 'opened by');
  expect(made).toBe(1);
});

test('whoever may not investigate opens none, and is told what is missing', async () => {
  const { stage, card } = await concluded({ grants: [{ may: ['investigate'], users: ['U1'] }] });
  await stage.workspace
    .as('U2')
    .click(await reply(stage, card, 'Open a GitHub issue'), { actionId: actionIds.openIssue });
  const told = await stage.workspace.waitFor(() => stage.workspace.ephemerals('U2').at(-1));
  expect(words(told)).toContain('You need `investigate`');
  expect(await opened()).toEqual([]);
});
