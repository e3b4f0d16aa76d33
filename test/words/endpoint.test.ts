import { describe, expect, test } from 'vitest';
import { parseEndpoint } from '../../src/words/endpoint.ts';

describe('an endpoint as a person gives it', () => {
  test.each([
    ['https://api.prod.example:6443', 'https://api.prod.example:6443', 'api.prod.example', 6443],
    ['10.99.0.10:6443', 'https://10.99.0.10:6443', '10.99.0.10', 6443],
    [' https://API.example/ ', 'https://api.example:443', 'api.example', 443],
    ['https://[2001:db8::1]:6443/', 'https://[2001:db8::1]:6443', '2001:db8::1', 6443],
  ])('%s', (text, url, host, port) => {
    expect(parseEndpoint(text, 'person', 5)).toEqual({ url, host, port, origin: 'person', learnedAt: 5 });
  });

  test.each([
    '',
    'http://api:6443',
    'https://',
    'https://a b:1',
    'https://user@host',
    'https://a$(reboot)',
    'https://a;b',
    'tcp://x',
  ])('%j is refused, and the error says what is expected', (text) => {
    expect(() => parseEndpoint(text, 'person', 0)).toThrow(/expected https:\/\/host:port/);
  });
});
