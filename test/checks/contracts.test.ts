import { describe, expect, it } from 'vitest';
import { contracts, judgeFacts } from '../../src/checks/contracts.ts';
import { CheckId } from '../../src/words/check.ts';
import type { Vantage } from '../../src/words/vantage.ts';

const POD: Vantage = { kind: 'pod', instance: 'agent-1', leavesBy: [] };
const FACTS = {
  source: 'api',
  lookedAt: 1,
  asOfAt: null,
  live: false,
  provider: 'unknown',
  controlPlaneNodes: [],
  components: [],
  limits: [],
};

describe("the bot's registry of checks", () => {
  it.each(CheckId.options)('has the contract of %s under its own name', (check) => {
    expect(contracts[check].id).toBe(check);
  });

  it('judges facts that are what the contract says', () => {
    expect(judgeFacts('control-plane-pods', {}, FACTS, POD, 2)).toMatchObject({ verdict: 'unknown' });
  });

  it.each([
    [{ ...FACTS, components: 'none' }, /facts of the check control-plane-pods .*components/],
    [{}, /source/],
    ['<!channel>', /as a whole/],
    [null, /as a whole/],
  ])('says what is wrong with others, and judges nothing: %j', (facts, message) => {
    expect(judgeFacts('control-plane-pods', {}, facts, POD, 2)).toEqual({
      kind: 'malformed',
      message: expect.stringMatching(message),
    });
  });
});
