import { describe, expect, test } from 'vitest';
import { commandsFor } from '../../src/playbook/commands.ts';
import { stepAfter, stepById, steps } from '../../src/playbook/playbook.ts';
import { StepId } from '../../src/playbook/step.ts';

test('six steps, numbered in order, each known by its id', () => {
  expect(steps.map((step) => step.number)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(steps.map((step) => step.id)).toEqual(StepId.options);
  expect(stepAfter('endpoint')).toBe(stepById('inside'));
  expect(stepAfter('control-plane-pods')).toBeNull();
});

describe('commands for a person', () => {
  const values = { url: 'https://api.example:7443', host: 'api.example', port: 7443, address: '2001:db8::1' };

  test.each(steps.map((step) => [step.id, step] as const))(
    '%s: one that works with the API dead, all values filled in',
    (_id, step) => {
      const commands = commandsFor(step, values);
      expect(commands.some(({ works }) => works !== 'with the API alive')).toBe(true);
      for (const { command, lookFor, complete } of commands) {
        expect(`${command} ${lookFor}`).not.toMatch(/\{(url|host|port|address)\}|6443/);
        expect(complete).toBe(true);
      }
    },
  );

  test('an IPv6 address is put in brackets', () => {
    expect(
      commandsFor(stepById('inside'), values)
        .map(({ command }) => command)
        .join('\n'),
    ).toContain('[2001:db8::1]:7443');
  });

  test('what is not known is left for the person to fill in, and said', () => {
    const commands = commandsFor(stepById('inside'), { url: null, host: null, port: null, address: null });
    expect(commands.some(({ complete }) => !complete)).toBe(true);
    expect(commands.map(({ command }) => command).join('\n')).toContain('<url>');
  });
});
