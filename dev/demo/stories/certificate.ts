import { usualWalk } from '../play-story.ts';
import type { Story } from '../story.ts';

/** Connections are made, and clients that check whom they talk to break them off. */
export const certificate: Story = {
  id: 'certificate',
  title: 'A certificate',
  about: 'The certificate of the API server is renewed.',
  cause: { standing: 'explains', title: /api\.demo\.example:6443 .*serves another certificate/ },
  async breakIt({ tuneDns, cloud, replaceCertificate }) {
    tuneDns();
    cloud.openElsewhere();
    await replaceCertificate();
  },
  mend: ({ restoreCertificate }) => restoreCertificate(),

  script: {
    ...usualWalk,
    about: 'the API server presents a certificate that lacks the name that clients use',
    happens: [
      "Somebody edits the cluster's DNS settings, and opens the port of a database in another security group. It breaks nothing.",
      'The certificate of the API server is replaced by one without the name api.demo.example.',
    ],
    mended: 'It is replaced once more, by one with that name.',
    conclusion: 'The certificate was renewed without the name that clients use. Renewed with it.',
  },
};
