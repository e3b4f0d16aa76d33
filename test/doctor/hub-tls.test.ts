import { makeAuthority } from '../../dev/stand-in/certificates.ts';
import { theseFaultsAreNamed } from './faults.ts';

theseFaultsAreNamed([
  {
    what: 'a certificate of the hub that has expired',
    does: ({ certificate }) => certificate({ notBefore: new Date(2020, 1, 1), notAfter: new Date(2021, 1, 1) }),
    ...{ check: 'hub-tls', outcome: 'failed', words: /^hub\.tls\.cert: it expired at 2021-.*: no agent can connect/ },
    mend: /put a new certificate there/,
  },
  {
    what: 'a certificate of the hub that expires soon',
    does: ({ certificate }) => certificate({ notAfter: new Date(Date.now() + 5.5 * 24 * 60 * 60_000) }),
    ...{ check: 'hub-tls', outcome: 'warning', words: /^hub\.tls\.cert: valid for 5 more days/ },
    mend: /put a new certificate there/,
  },
  {
    what: 'a certificate of the hub for another name',
    does: ({ config }) => {
      config.hub.url = 'https://apidown.other:8443';
    },
    ...{
      check: 'hub-tls',
      outcome: 'failed',
      words: /it is not for apidown\.other, which agents dial by hub\.url, but for DNS:bot\.example/,
    },
    mend: /make a certificate for apidown\.other, or set hub\.url to a name that it is for/,
  },
  {
    what: 'a certificate of the hub by another authority than agents are told of',
    async does({ put, config }) {
      await put('ca2.crt', (await makeAuthority('another')).caPem);
      config.hub.tls = { cert: 'tls.crt', key: 'tls.key', ca: 'ca2.crt' };
    },
    ...{
      check: 'hub-tls',
      outcome: 'failed',
      words: /^hub\.tls\.ca: it is CN=another, but hub\.tls\.cert was issued by CN=a test/,
    },
    mend: /name the authority that issued the certificate/,
  },
  {
    what: 'a key that belongs to another certificate',
    async does({ put, authority }) {
      await put('tls.key', (await authority.issue({ commonName: 'x', names: ['x'], addresses: [] })).keyPem);
    },
    ...{
      check: 'configuration',
      outcome: 'failed',
      words: /^hub\.tls\.key \(line \d+\): found the key of another certificate/,
    },
    mend: /the private key of the one in hub\.tls\.cert/,
  },
]);
