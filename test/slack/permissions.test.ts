import { describe, expect, test } from 'vitest';
import { createGate } from '../../src/slack/gate.ts';
import { createMemberships } from '../../src/slack/memberships.ts';
import { type Asker, decide } from '../../src/slack/permissions.ts';
import type { Grant } from '../../src/words/grant.ts';

const ana: Asker = { user: 'U1', userGroups: ['S1'], channel: 'C1', cluster: 'prod' };

describe('who may do what', () => {
  test.each<[string, Grant[], boolean]>([
    ['no grants at all', [], true],
    ['everybody everywhere', [{ may: ['investigate'] }], true],
    ['another cluster', [{ may: ['investigate'], clusters: ['staging'] }], false],
    ['another channel', [{ may: ['investigate'], channels: ['C2'] }], false],
    ['named', [{ may: ['investigate'], users: ['U1'] }], true],
    ['somebody else named', [{ may: ['investigate'], users: ['U2'] }], false],
    ['in the group', [{ may: ['investigate'], users: ['U2'], groups: ['S1'] }], true],
    ['in another group', [{ may: ['investigate'], groups: ['S2'] }], false],
    ['a list with nobody', [{ may: ['investigate'], users: [] }], false],
    ['only to view', [{ may: ['view'] }], false],
    [
      'one of two grants fits',
      [{ may: ['view'] }, { may: ['investigate'], clusters: ['prod'], channels: ['C1'] }],
      true,
    ],
  ])('%s', (_, grants, allowed) => {
    expect(decide(grants, ana, 'investigate').kind).toBe(allowed ? 'allowed' : 'refused');
  });

  test('whoever may investigate may view', () => {
    expect(decide([{ may: ['investigate'] }], ana, 'view').kind).toBe('allowed');
  });

  test('a refusal says who has it here, and where this person has it', () => {
    const grants: Grant[] = [
      { may: ['investigate'], groups: ['S2'], users: ['U2'] },
      { may: ['investigate'], users: ['U1'], channels: ['C7'] },
    ];
    expect(decide(grants, ana, 'investigate')).toMatchObject({ users: ['U2'], groups: ['S2'], channels: ['C7'] });
  });
});

describe('members of a user group', () => {
  test('are asked for at most once a minute', async () => {
    let now = 0;
    let asked = 0;
    const groups = createMemberships(async () => [`U${++asked}`], { now: () => now });
    await Promise.all([groups.of('U1', ['S1']), groups.of('U2', ['S1'])]);
    now = 59_999;
    expect(await groups.of('U1', ['S1'])).toEqual({ in: ['S1'], failed: [] });
    expect(asked).toBe(1);
    now = 60_000;
    expect(await groups.of('U1', ['S1'])).toEqual({ in: [], failed: [] });
    expect(asked).toBe(2);
  });

  test("that can't be looked up are said, and asked for again the next time", async () => {
    let broken = true;
    const groups = createMemberships(
      async () => {
        if (broken) throw new Error('missing_scope');
        return ['U1'];
      },
      { now: () => 0 },
    );
    expect(await groups.of('U1', ['S1'])).toEqual({ in: [], failed: [{ id: 'S1', error: 'missing_scope' }] });
    broken = false;
    expect(await groups.of('U1', ['S1'])).toEqual({ in: ['S1'], failed: [] });
  });

  test('are not asked for when somebody is let in without', async () => {
    const unasked = { of: () => Promise.reject(new Error('asked all the same')) };
    const gate = createGate([{ may: ['investigate'], users: ['U1'], groups: ['S1'] }], unasked, unasked);
    expect(await gate.check({ user: 'U1', channel: 'C1' }, 'prod', 'investigate')).toEqual({ kind: 'allowed' });
  });
});
