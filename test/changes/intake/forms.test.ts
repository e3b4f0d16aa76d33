import { describe, expect, it } from 'vitest';
import { eventOf, fixture, NOW, stage } from './stage.ts';

const described = {
  category: 'load-balancer',
  actor: 'deploy-bot',
  action: 'delete',
  summary: 'backend cp-2 taken out of the pool',
  target: { kind: 'balancer', name: 'edge', addresses: ['198.51.100.10', '2001:db8::/32'], ports: [6443] },
  diff: ['- server cp-2', '+ nothing'],
  link: 'https://ci.example/run/7',
};

describe('a CloudEvent', () => {
  it('is taken in structured mode, with all that its data says', async () => {
    const { event, changes, learned } = await stage();
    const { status, body } = await event(eventOf({ data: described }));
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        taken: 1,
        duplicates: 0,
        ignored: 0,
        refused: 0,
        events: [{ id: 'change-1', outcome: 'taken', clusters: ['prod'] }],
      },
    });
    expect(learned).toEqual(['prod']);
    const at = Date.parse('2026-11-22T11:58:00Z');
    expect(await changes()).toEqual([
      {
        id: 'intake://ci.example/deploys change-1',
        source: 'intake',
        instance: '//ci.example/deploys',
        category: 'load-balancer',
        earliestAt: at,
        latestAt: at,
        observedAt: NOW,
        certainty: 'seen',
        actor: 'deploy-bot',
        action: 'delete',
        target: {
          kind: 'balancer',
          namespace: null,
          name: 'edge',
          node: null,
          addresses: ['198.51.100.10', '2001:db8::/32'],
          ports: [6443],
        },
        summary: 'backend cp-2 taken out of the pool',
        diff: ['- server cp-2', '+ nothing'],
        effect: null,
        untilAt: null,
        link: 'https://ci.example/run/7',
      },
    ]);
  });

  it('is taken in binary mode, attributes in headers and data in the body', async () => {
    const { send, changes } = await stage();
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'ce-specversion': '1.0',
      'ce-id': 'b-1',
      'ce-source': '//ci.example/deploys',
      'ce-type': 'example.deployed',
      'ce-subject': 'caf%C3%A9',
      'ce-time': '2026-11-22T12:58:00.5+01:00',
      'ce-apidowncluster': 'prod, stage',
    };
    expect(await send(JSON.stringify({ summary: 'deployed' }), headers)).toMatchObject({
      status: 200,
      body: { taken: 1, events: [{ id: 'b-1', outcome: 'taken', clusters: ['prod', 'stage'] }] },
    });
    const told = { summary: 'deployed', latestAt: Date.parse('2026-11-22T11:58:00.5Z'), target: { name: 'café' } };
    expect(await changes()).toMatchObject([told]);
    expect(await changes('stage')).toMatchObject([told]);
  });

  it('needs no data: its type and subject say something', async () => {
    const { send, changes } = await stage({ clusters: ['prod'] });
    const headers = {
      'content-type': '',
      'ce-specversion': '1.0',
      'ce-id': 'b-2',
      'ce-source': '/switch/7',
      'ce-type': 'example.port.flapped',
      'ce-subject': 'eth4',
      'ce-time': '2026-11-22T11:58:00Z',
    };
    expect((await send('', headers)).status).toBe(200);
    expect(await changes()).toMatchObject([
      { summary: 'example.port.flapped eth4', category: 'maintenance', action: 'update', target: { name: 'eth4' } },
    ]);
  });

  it('is taken in a batch, each for itself: a bad one loses none of the others', async () => {
    const { batch, changes } = await stage();
    const answer = await batch([
      eventOf({ id: 'a' }),
      eventOf({ id: '' }),
      'no event',
      eventOf({ id: 'b', apidowncluster: 'prd' }),
      eventOf({ id: 'c', apidowncluster: 'stage' }),
    ]);
    expect(answer).toMatchObject({ status: 200, body: { taken: 2, refused: 3 } });
    expect(answer.body.events).toMatchObject([
      { id: 'a', outcome: 'taken' },
      { id: '', outcome: 'refused', why: expect.stringContaining('id: ') },
      { id: null, outcome: 'refused', why: expect.stringContaining('no CloudEvent') },
      { id: 'b', outcome: 'refused', why: '"prd" is no cluster of the configuration (prod, stage)' },
      { id: 'c', outcome: 'taken', clusters: ['stage'] },
    ]);
    expect([await changes(), await changes('stage')]).toMatchObject([
      [{ summary: 'example.deployed' }],
      [{ summary: 'example.deployed' }],
    ]);
  });

  it('may carry its JSON encoded', async () => {
    const { event, changes } = await stage();
    const data_base64 = Buffer.from(JSON.stringify({ summary: 'encoded' })).toString('base64');
    await event(eventOf({ datacontenttype: 'application/json', data_base64 }));
    expect(await changes()).toMatchObject([{ summary: 'encoded' }]);
  });

  it.each([
    ['missing', undefined, 'id: '],
    ['empty', '', 'id: '],
    ['a number', 7, 'id: '],
    ['null', null, 'id: '],
  ])('is refused when its id is %s, and none is made up', async (_what, id, why) => {
    const { event, changes } = await stage();
    const answer = await event(eventOf({ id }));
    expect(answer).toMatchObject({ status: 422, body: { taken: 0, refused: 1, error: expect.stringContaining(why) } });
    expect(await changes()).toEqual([]);
  });

  it.each([
    ['missing', undefined, 'it is missing'],
    ['null', null, 'it is missing'],
    ['a word', 'now', 'this is none'],
    ['a number', NOW, 'this is none'],
    ['without an offset', '2026-11-22T11:58:00', 'this is none'],
    ['a date alone', '2026-11-22', 'this is none'],
    ['no day of any month', '2026-02-30T11:58:00Z', 'this is none'],
    ['an hour that there is not', '2026-11-22T25:58:00Z', 'this is none'],
  ])('is refused when its time is %s, and it is not taken for now', async (_what, time, why) => {
    const { event, changes } = await stage();
    const answer = await event(eventOf({ time }));
    expect(answer).toMatchObject({
      status: 422,
      body: { error: expect.stringContaining(`time: when the change was made`) },
    });
    expect(answer.body.error).toContain(why);
    expect(await changes()).toEqual([]);
  });

  it.each([
    ['of another version', { specversion: '0.3' }, 'specversion: only version 1.0'],
    ['without a source', { source: undefined }, 'source: where the change came from'],
    ['without a type', { type: undefined }, 'type: what kind of event'],
    [
      'of a category that there is not',
      { data: { category: 'netwrok' } },
      'category: expected one of firewall, network-policy',
    ],
    ['of a category that there is not, by its attribute', { apidowncategory: 'x' }, 'apidowncategory: expected one of'],
    ['with an action that there is not', { data: { action: 'do' } }, 'action: expected one of create, update'],
    ['with a begin that is no time', { data: { startTime: 'noon' } }, 'startTime: expected a time'],
    [
      'with a cluster that is no name',
      { apidowncluster: undefined, data: { cluster: 7 } },
      'cluster: expected the name',
    ],
  ])('is refused %s', async (_what, given, why) => {
    const { event } = await stage();
    expect(await event(eventOf(given))).toMatchObject({ status: 422, body: { error: expect.stringContaining(why) } });
  });

  it('is taken without what only describes it wrongly, and says so', async () => {
    const { event, changes } = await stage();
    const data = {
      summary: 7,
      link: 'javascript:alert(1)',
      target: { addresses: ['the balancer'], ports: [0] },
      diff: 3,
    };
    const answer = await event(eventOf({ data }));
    expect(answer).toMatchObject({ status: 200, body: { taken: 1 } });
    expect(answer.body.events?.[0]?.notes).toEqual([
      'summary was left out: expected a text',
      'link was left out: expected an http or https URL',
      'diff was left out: expected a list of lines',
      'addresses was left out: expected a list of at most 64 addresses or ranges',
      'ports was left out: expected a list of at most 64 port numbers',
    ]);
    expect(await changes()).toMatchObject([{ link: null, diff: [], target: { addresses: [], ports: [] } }]);
  });

  it('is kept on lines of a size that is read, without what looks like a secret', async () => {
    const { event, changes } = await stage();
    const secret = ['xoxb', '1234567890', 'abcdefghij'].join('-');
    await event(eventOf({ data: { summary: `a\n b ${'long '.repeat(500)}`, diff: [`token: ${secret}`] } }));
    const [change] = await changes();
    expect(change?.summary).toMatch(/^a b long long .*…$/);
    expect(change?.summary.length).toBeLessThanOrEqual(500);
    expect(change?.diff).toEqual(['token: [secret]']);
  });
});

describe('work that lasts', () => {
  const work = (data: object) => eventOf({ data });

  it('has a begin and an end, and may be announced', async () => {
    const { event, changes } = await stage();
    const data = { startTime: '2026-11-23T01:00:00Z', endTime: '2026-11-23T03:00:00Z', summary: 'new switches' };
    expect((await event(work(data))).status).toBe(200);
    expect(await changes()).toMatchObject([
      {
        category: 'maintenance',
        action: 'start',
        latestAt: Date.parse(data.startTime),
        untilAt: Date.parse(data.endTime),
        observedAt: NOW,
      },
    ]);
  });

  it('lasts from its time when only its end is told', async () => {
    const { event, changes } = await stage();
    await event(work({ until: '2026-11-22T14:00:00Z' }));
    expect(await changes()).toMatchObject([
      { action: 'start', latestAt: Date.parse('2026-11-22T11:58:00Z'), untilAt: Date.parse('2026-11-22T14:00:00Z') },
    ]);
  });

  it('is taken though it began long ago, when it goes on', async () => {
    const { event } = await stage();
    const data = { startTime: '2026-10-01T00:00:00Z', endTime: '2026-11-22T13:00:00Z' };
    expect((await event(work(data))).status).toBe(200);
  });

  it.each([
    [
      'ends before it begins',
      { startTime: '2026-11-22T11:00:00Z', endTime: '2026-11-22T10:00:00Z' },
      'before it begins',
    ],
    [
      'has long been over',
      { startTime: '2026-10-01T00:00:00Z', endTime: '2026-10-02T00:00:00Z' },
      'more than 30 days ago',
    ],
    ['is for years', { endTime: '2029-10-02T00:00:00Z' }, 'more than a year from now'],
    ['is to begin and tells no end', { startTime: '2026-11-23T01:00:00Z' }, 'give work that is planned its endTime'],
  ])('is refused when it %s', async (_what, data, why) => {
    const { event } = await stage();
    expect(await event(work(data))).toMatchObject({ status: 422, body: { error: expect.stringContaining(why) } });
  });
});

describe('the clock of a sender', () => {
  it('may be a little ahead: the change is taken as of its arrival, and both say so', async () => {
    const { event, changes } = await stage();
    const answer = await event(eventOf({ time: '2026-11-22T12:04:30Z' }));
    const words = "told for 2026-11-22T12:04:30.000Z, 5 min ahead of the bot's clock: taken as of its arrival";
    expect(answer.body.events).toMatchObject([{ outcome: 'taken', notes: [words] }]);
    expect(await changes()).toMatchObject([{ earliestAt: NOW, latestAt: NOW, observedAt: NOW, diff: [words] }]);
  });

  it.each([
    ['more than 5 min ahead', '2026-11-22T12:05:00.001Z', "5 min ahead of the bot's clock: set the sender's clock"],
    ['years ahead', '2036-11-22T12:00:00Z', "ahead of the bot's clock"],
    ['more than 30 days behind', '2026-10-23T11:59:59Z', 'more than 30 days ago'],
    ['at the beginning of time', '1970-01-01T00:00:00Z', 'more than 30 days ago'],
  ])('may not be %s', async (_what, time, why) => {
    const { event, changes } = await stage();
    expect(await event(eventOf({ time }))).toMatchObject({
      status: 422,
      body: { error: expect.stringContaining(why) },
    });
    expect(await changes()).toEqual([]);
  });
});

describe("PagerDuty's change event", () => {
  const json = { 'content-type': 'application/json', authorization: '' };

  it('is taken by its routing key, and answered as PagerDuty does', async () => {
    const { send, changes } = await stage();
    expect(await send(await fixture('pager-duty'), json)).toMatchObject({
      status: 202,
      body: {
        status: 'success',
        message: 'Change event processed',
        taken: 1,
        events: [{ id: null, clusters: ['prod'] }],
      },
    });
    const at = Date.parse('2026-11-22T11:52:11.825Z');
    expect(await changes()).toMatchObject([
      {
        id: expect.stringMatching(/^intake:acme-build-pipeline-tool-default-i-9999 [0-9a-f]{64}$/),
        instance: 'acme-build-pipeline-tool-default-i-9999',
        category: 'maintenance',
        summary: 'Build Success - Increase snapshot create timeout to 30 seconds',
        earliestAt: at,
        latestAt: at,
        diff: ['build_state: passed', 'build_number: 2', 'run_time: 1236s'],
        link: 'https://acme.example/build/2',
      },
    ]);
  });

  it('is a duplicate when it comes twice, also when the key was replaced in between', async () => {
    const { send, changes } = await stage();
    const body = await fixture('pager-duty');
    await send(body, json);
    expect(await send(body, json)).toMatchObject({ status: 202, body: { taken: 0, duplicates: 1 } });
    const other = body.replace('of-sixteen-chars-and-more', 'another-routing-key-of-theirs');
    expect(await send(other, { 'content-type': 'application/json' })).toMatchObject({ body: { duplicates: 1 } });
    expect(await send(body.replace('"2"', '"3"'), json)).toMatchObject({ body: { taken: 1 } });
    expect(await changes()).toHaveLength(2);
  });

  it('is taken without a time as within 5 min before it came, and stays there when it comes again', async () => {
    const { send, changes, setTime } = await stage();
    const body = JSON.stringify({
      routing_key: 'of-sixteen-chars-and-more',
      payload: {
        summary: 'Deployed',
        source: '',
        timestamp: '',
        custom_details: { cluster: 'prod', category: 'routing' },
      },
      links: null,
    });
    const answer = await send(body, json);
    const words = 'without a timestamp: taken as within the 5 min before it arrived';
    expect(answer.body.events).toMatchObject([{ outcome: 'taken', notes: [words] }]);
    setTime(NOW + 600_000);
    expect(await send(body, json)).toMatchObject({ body: { duplicates: 1 } });
    expect(await changes()).toMatchObject([
      {
        instance: 'pagerduty',
        category: 'routing',
        earliestAt: NOW - 300_000,
        latestAt: NOW,
        observedAt: NOW,
        diff: ['told without a time: taken as within the 5 min before it arrived'],
      },
    ]);
  });

  it('is refused when its time is none', async () => {
    const { send } = await stage();
    const body = (await fixture('pager-duty')).replace('2026-11-22T11:52:11.825+0000', 'yesterday');
    expect(await send(body, json)).toMatchObject({
      status: 422,
      body: { error: expect.stringContaining('timestamp') },
    });
  });

  it.each([
    ['a wrong routing key', (body: string) => body.replace('and-more', 'and-else')],
    ['no routing key', (body: string) => body.replace('routing_key', 'key')],
    ['a key that is no text', (body: string) => body.replace('"of-sixteen-chars-and-more"', '7')],
  ])('is not let in with %s', async (_what, change) => {
    const { send, changes } = await stage();
    expect((await send(change(await fixture('pager-duty')), json)).status).toBe(401);
    expect(await changes()).toEqual([]);
  });
});
