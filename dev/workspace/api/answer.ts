import type { Rates } from '../rates.ts';
import type { World } from '../world.ts';
import type { Arguments } from './arguments.ts';
import { type Answer, refuse } from './method.ts';
import { methods } from './methods.ts';

/** Arguments that any method takes without using them. */
const takenByAll = ['team_id'];

/** What the Web API says to one call, token and rate included. */
export function answerCall(
  name: string,
  { token, args }: Arguments,
  world: World,
  rates: Rates,
  revoked: ReadonlySet<string>,
): Answer {
  const method = methods.get(name);
  if (!method) {
    world.book.violation('unknownMethod', `${name} isn't a method of this workspace`);
    return { ok: false, error: 'unknown_method', req_method: name };
  }
  const refusedToken = checkToken(token, method.token, world, revoked);
  if (refusedToken) return refuse(refusedToken);
  const strange = Object.keys(args).filter((key) => !method.takes.includes(key) && !takenByAll.includes(key));
  if (strange.length > 0) world.book.violation('unknownArgument', `${name} takes no ${strange.join(', ')}`);
  const waitS = rates.takeCall(name, method.perMinute);
  if (waitS > 0) return { ok: false, error: 'ratelimited', retry_after: waitS };
  return method.answer(args, world);
}

function checkToken(
  token: string | null,
  wanted: 'bot' | 'app',
  { app }: World,
  revoked: ReadonlySet<string>,
): string | null {
  if (token === null) return 'not_authed';
  if (revoked.has(token)) return 'invalid_auth';
  const kind = token === app.botToken ? 'bot' : token === app.appToken ? 'app' : null;
  if (kind === null) return 'invalid_auth';
  return kind === wanted ? null : 'not_allowed_token_type';
}
