import { expect, test } from 'vitest';
import { categoriesOf, folderOf, matches } from '../../../../src/changes/sources/github/paths.ts';
import { settingsWith } from './given.ts';

test.each([
  ['terraform/a.tf', 'terraform/**', true],
  ['terraform/net/deep/a.tf', 'terraform/**', true],
  ['terraform/.terraform.lock.hcl', 'terraform/**', true],
  ['.github/workflows/apply.yml', '**/*.yml', true],
  ['.github/workflows/apply.yml', '.github/**', true],
  ['terraform/net/a.tf', 'terraform/*.tf', false],
  ['docs/terraform/a.tf', 'terraform/**', false],
  ['terraform', 'terraform/**/x', false],
  ['modules/lb/main.tf', 'modules/{lb,dns}/**', true],
  ['a[1]/x', 'a[[]1]/*', true],
])('%s is among %s: %s', (name, glob, expected) => {
  expect(matches(name, [glob])).toBe(expected);
});

test('the first entry that matches a file decides, and each file for itself', () => {
  const settings = settingsWith({
    categories: [
      { paths: ['terraform/lb/dns.tf'], category: 'dns' },
      { paths: ['terraform/lb/**'], category: 'load-balancer' },
    ],
  });
  expect(categoriesOf(['terraform/lb/dns.tf'], settings)).toEqual(['dns']);
  expect(categoriesOf(['terraform/lb/a.tf', 'terraform/lb/dns.tf', 'b'], settings)).toEqual(['dns', 'load-balancer']);
  expect(categoriesOf(['b'], settings)).toEqual(['maintenance']);
  expect(categoriesOf(['b'], { ...settings, paths: ['terraform/**'] })).toEqual([]);
  expect(categoriesOf([], settings)).toEqual(['maintenance']);
});

test.each([
  ['terraform/lb/**', 'terraform/lb'],
  ['terraform/lb/main.tf', 'terraform/lb/main.tf'],
  ['terraform/{lb,dns}/*', 'terraform'],
  ['**/*.tf', ''],
])('commits in %s are asked for by the path "%s"', (glob, folder) => {
  expect(folderOf(glob)).toBe(folder);
});
