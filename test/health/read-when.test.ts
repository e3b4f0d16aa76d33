import { expect, test } from 'vitest';
import { readRequest } from '../../src/health/read-request.ts';
import { readWhen } from '../../src/health/read-when.ts';

const told = { zone: 'Europe/Berlin', nowAt: Date.parse('2026-11-27T09:00Z') };

test.each([
  ['weekdays at 9:00', '0 9 * * 1-5'],
  ['Every weekday at 9', '0 9 * * 1-5'],
  ['daily at 08:30', '30 8 * * *'],
  ['every day at 7pm', '0 19 * * *'],
  ['every day at noon', '0 12 * * *'],
  ['daily at 9:00 and 17:00', '0 9,17 * * *'],
  ['mondays at 12am', '0 0 * * 1'],
  ['every monday, wednesday and friday at 7:15', '15 7 * * 1,3,5'],
  ['tue and thu at 6.45', '45 6 * * 2,4'],
  ['weekends at 10:00', '0 10 * * 0,6'],
  ['hourly', '0 * * * *'],
  ['every hour', '0 * * * *'],
  ['every 6 hours', '0 0,6,12,18 * * *'],
  ['every 8 hours from 6:30', '30 6,14,22 * * *'],
  ['every 24 hours', '0 0 * * *'],
  ['every 30 minutes', '*/30 * * * *'],
  ['0  9 * * 1-5', '0 9 * * 1-5'],
  ['*/20 8-18 * * MON-FRI', '*/20 8-18 * * MON-FRI'],
])('"%s" is %s', (text, cron) => {
  expect(readWhen(text, told)).toMatchObject({ kind: 'when', cron });
});

test.each([
  ['', 'say when, such as weekdays at 9:00'],
  ['sometimes', 'say for example weekdays at 9:00'],
  ['daily', 'say at what time, such as daily at 9:00'],
  ['daily at lunch', 'a time is meant here'],
  ['daily at 25:00', 'a time is meant here'],
  ['daily at 13pm', 'a time is meant here'],
  ['daily at 9:00 and 17:30', 'share their minutes'],
  ['every 5 hours', 'choose every 1, 2, 3, 4, 6, 8, 12 or 24 hours'],
  ['every 5 minutes', 'choose every 15, 20 or 30 minutes'],
  ['* * * * *', 'more often than every 15 minutes'],
  ['0 9 * *', 'a cron expression has five fields'],
  ['0 0 9 * * *', 'a cron expression has five fields'],
  ['61 9 * * *', 'a cron expression has five fields'],
  ['0 0 30 2 *', 'there is no such moment'],
])('"%s" is not understood, and is told what to say instead', (text, why) => {
  const read = readWhen(text, told);
  expect(read.kind).toBe('unclear');
  expect(read).toMatchObject({ why: expect.stringContaining(why) });
});

const asking = {
  ...told,
  clusters: ['prod', 'stage', 'prod-eu'],
  channel: 'C1',
  usual: null,
};

test.each([
  ['weekdays at 9:00', { clusters: null, channel: 'C1', zone: 'Europe/Berlin', cron: '0 9 * * 1-5' }],
  ['daily at 8 in america/new_york', { zone: 'America/New_York', cron: '0 8 * * *' }],
  ['every 6 hours for prod, STAGE to <#C0OPS|ops>', { clusters: ['prod', 'stage'], channel: 'C0OPS' }],
  ['every 6 hours to <#C0OPS> for all in UTC', { clusters: null, channel: 'C0OPS', zone: 'UTC' }],
  ['0 9 * * 1-5 for prod-eu and prod', { clusters: ['prod-eu', 'prod'], cron: '0 9 * * 1-5' }],
])('"schedule add %s"', (text, wanted) => {
  expect(readRequest(text, asking)).toMatchObject({ kind: 'wanted', wanted });
});

test('the clusters of the channel are meant where none are named', () => {
  const read = readRequest('hourly', { ...asking, usual: ['prod'] });
  expect(read).toMatchObject({ wanted: { clusters: ['prod'] } });
});

test.each([
  ['daily at 9 in Berlin', 'Berlin', 'a time zone is meant here, such as Europe/Berlin'],
  ['daily at 9 in Europe/Belrin', 'Europe/Belrin', 'did you mean Europe/Berlin?'],
  ['daily at 9 for prodd', 'prodd', 'did you mean prod?'],
  ['daily at 9 to ops', 'ops', 'name a channel by its #name'],
  ['for prod', '', 'say when'],
])('"schedule add %s" names what is not understood', (text, part, why) => {
  expect(readRequest(text, asking)).toMatchObject({ kind: 'unclear', part, why: expect.stringContaining(why) });
});
