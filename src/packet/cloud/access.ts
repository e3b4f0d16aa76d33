import type { AddressRange } from '../filter/address.ts';
import type { Truth } from '../filter/value.ts';
import type { Known } from './known.ts';
import { isIn, isInAny } from './matching.ts';
import type { AccessList } from './model.ts';
import { isPublic } from './public-address.ts';
import { type Ruling, ruling, unsure } from './ruling.ts';

/** Whom a provider's endpoint lets in, and at which side of it. */
export interface Admission {
  readonly ruling: Ruling;
  /** `private`: what guards its interfaces in the network comes on top. */
  readonly side: 'public' | 'private' | null;
}

/**
 * By the endpoint's own list. A private address meets the public side as another one, and which side it comes to from
 * a network beyond is up to its names and routes: both are unknown.
 */
export function judgeAccess(
  access: AccessList | null,
  name: string,
  client: AddressRange | null,
  known: Known,
): Admission {
  if (access === null) return closed(unsure(`whom ${name} lets in, which was not read`));
  const { publicAccess, privateAccess, publicCidrs } = access;
  if (!publicAccess && !privateAccess) return closed(ruling('deny', `public and private access to ${name} are off`));
  if (client === null) return closed(unsure('from which address it comes'));
  const inside = isInAny(client, access.networkCidrs, known);
  if (inside === true && privateAccess) {
    return { ruling: ruling('allow', `private access to ${name} is on`), side: 'private' };
  }
  const fromInternet = inside === false ? isPublic(client) : inside === true ? false : inside;
  if (fromInternet === true) return { ruling: publicly(access, name, client, known), side: 'public' };
  if (fromInternet !== false) return closed(unsure(fromInternet.why));
  const everyone = publicCidrs.some((cidr) => holdsAll(cidr, client.family, known));
  if (publicAccess && !privateAccess && everyone) {
    return { ruling: publicly(access, name, client, known), side: 'public' };
  }
  return closed(
    unsure(
      publicAccess
        ? 'the address it arrives as: its own is a private one'
        : `whether it reaches the private side of ${name}, from outside of its network`,
    ),
  );
}

function publicly({ publicAccess, publicCidrs }: AccessList, name: string, client: AddressRange, known: Known): Ruling {
  if (!publicAccess) return ruling('deny', `public access to ${name} is off`);
  const truths = publicCidrs.map((cidr): [string, Truth] => [cidr, isIn(client, cidr, known)]);
  const listed = truths.find(([, truth]) => truth === true);
  if (listed !== undefined) return ruling('allow', `the access list of ${name} holds ${listed[0]}`);
  const doubt = truths.map(([, truth]) => truth).find((truth) => typeof truth === 'object');
  if (doubt !== undefined) return unsure(doubt.why);
  const shown = [...publicCidrs.slice(0, mostShown), ...(publicCidrs.length > mostShown ? ['…'] : [])].join(', ');
  return ruling('deny', `the access list of ${name} (${shown || 'empty'}) lets nobody in`, 'from');
}

const mostShown = 5;

function holdsAll(cidr: string, family: 4 | 6, known: Known): boolean {
  return isIn(known.range(family === 4 ? '0.0.0.0/0' : '::/0'), cidr, known) === true;
}

function closed(ruling: Ruling): Admission {
  return { ruling, side: null };
}
