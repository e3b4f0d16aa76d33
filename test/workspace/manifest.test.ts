import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { grantedScopes, readManifest } from '../../dev/workspace/manifest.ts';
import { manifest } from './start.ts';

test('a manifest is taken as YAML or as what it parses to, and gives its scopes', () => {
  const read = readManifest(manifest);
  expect(readManifest(parse(manifest))).toEqual(read);
  expect([...grantedScopes(read, ['pins:write'])]).toContain('pins:write');
  expect([...grantedScopes(read, [])]).not.toContain('pins:write');
});

test.each<[what: string, place: string, edit: (text: string) => string]>([
  [
    'a name of 36 characters',
    'display_information.name',
    (text) => text.replace('name: tester', `name: ${'x'.repeat(36)}`),
  ],
  [
    'a short long_description',
    'display_information.long_description',
    (text) => text.replace('  description: Tries the workspace', '  description: x\n  long_description: short'),
  ],
  ['a command without a slash', 'features.slash_commands[0].command', (text) => text.replace('/try', 'try')],
  [
    'a command of 33 characters',
    'features.slash_commands[0].command',
    (text) => text.replace('/try', `/${'x'.repeat(32)}`),
  ],
  [
    'a shortcut’s name of 25 characters',
    'features.shortcuts[0].name',
    (text) => text.replace('Try on this message', 'x'.repeat(25)),
  ],
  ['a key that Slack doesn’t know', 'oauth_config.scopes', (text) => text.replace('bot_optional', 'optional')],
])('%s is refused with its place', (_, place, edit) => {
  const edited = edit(manifest);
  expect(edited).not.toBe(manifest);
  expect(() => readManifest(edited)).toThrow(place);
});

test('eleven shortcuts are one too many', () => {
  const read = readManifest(manifest);
  const shortcut = read.features?.shortcuts?.[0];
  const shortcuts = Array.from({ length: 11 }, (_, index) => ({ ...shortcut, callback_id: `s${index}` }));
  expect(() => readManifest(stringify({ ...read, features: { ...read.features, shortcuts } }))).toThrow(
    'features.shortcuts',
  );
});
