import { expect, test } from 'vitest';
import { namesByDns } from '../../../../src/changes/sources/aws/look-up.ts';
import { serveDns } from '../../../checks/endpoint/dns-server.ts';
import { never } from './stage.ts';

const balancer = 'api-prod-1.elb.eu-west-1.amazonaws.com';

test('addresses of both families, and the name that it stands for', async () => {
  const server = await serveDns({
    'api.prod.example': { cname: balancer },
    [balancer]: { a: ['198.51.100.10', '198.51.100.11'], aaaa: ['2001:0db8:0000:0000:0000:0000:0000:0010'] },
  });
  const found = await namesByDns([server])('api.prod.example', never);
  expect(found).toEqual({ addresses: ['198.51.100.10', '198.51.100.11', '2001:db8::10'], names: [balancer] });
});

test('what only this machine knows', async () => {
  const server = await serveDns({});
  expect((await namesByDns([server])('localhost', never))?.addresses).toContain('127.0.0.1');
});

test('who leaves does not wait for a server that is silent', async () => {
  const server = await serveDns({ 'api.prod.example': { silent: true } });
  const leaving = new AbortController();
  const asked = namesByDns([server])('api.prod.example', leaving.signal);
  leaving.abort(new Error('left'));
  await expect(asked).rejects.toThrow('left');
});
