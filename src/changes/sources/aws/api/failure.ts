import type { SourceTrouble } from '../../source.ts';

/** Why AWS did not answer. */
export interface Failure {
  readonly kind: SourceTrouble['kind'];
  /** The IAM action that was tried: `ec2:DescribeInstances`. */
  readonly action: string;
  /** AWS' own name of the error; empty: it never got so far. */
  readonly code: string;
  /** What happened and what to do; holds no secret. */
  readonly words: string;
}

export type Asked<T> =
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** What an error of the SDK means. Its own messages are not repeated: they can hold identities and encoded tokens. */
export function failureOf(error: unknown, action: string): Failure {
  const code = codeOf(error);
  const of = (kind: Failure['kind'], words: string): Failure => ({ kind, action, code, words });
  if (REFUSED.test(code)) return of('refused', `${action} is not allowed; add it to the policy of these credentials`);
  if (EXPIRED.test(code)) {
    return of('expired', `the credentials have expired or are not valid (${code}); renew them`);
  }
  if (NO_CREDENTIALS.test(code)) {
    return of(
      'expired',
      'no credentials could be had; check the profile, the role, the token’s file or the environment of the bot',
    );
  }
  if (isThrottling(error)) return of('limited', `AWS answers ${action} with ${code}: the account asks too often`);
  if (/NotFound(Exception)?$|^NoSuchHostedZone$/.test(code))
    return of('gone', `${action} finds nothing of that name (${code})`);
  if (code === 'TimeoutError' || /^E?TIMEDOUT$/.test(code)) {
    return of('timedOut', `${action} was not answered in time; check the network to AWS`);
  }
  const status = statusOf(error);
  if (status === null) {
    const network = codesWithin(error).find((one) => NETWORK.test(one));
    if (network !== undefined) {
      return of('unreachable', `AWS can't be reached for ${action} (${network}); check the region and the network`);
    }
    return of('malformed', `${action} was answered in a form that can't be read`);
  }
  if (status >= 500)
    return of('unreachable', `AWS answers ${action} with ${status}${code === '' ? '' : ` (${code})`}; ask again later`);
  if (code === '' || MALFORMED.test(code) || status < 300)
    return of('malformed', `${action} was answered in a form that can't be read`);
  return of('malformed', `AWS answers ${action} with ${code}`);
}

/** Worth asking again, a little later. */
export function isThrottling(error: unknown): boolean {
  return THROTTLED.test(codeOf(error)) || statusOf(error) === 429;
}

/** Sources: common errors of the Query API, EC2's error codes, CloudTrail's LookupEvents. */
const REFUSED =
  /^(AccessDenied(Exception)?|UnauthorizedOperation|NotAuthorized|OptInRequired|OperationNotPermitted(Exception)?)$/;
const EXPIRED =
  /^(ExpiredToken(Exception)?|RequestExpired|InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSignatureException|AuthFailure|MissingAuthenticationToken(Exception)?|IncompleteSignature|InvalidIdentityToken(Exception)?|IDPCommunicationError|InvalidToken)$/;
/** Files are read for nothing else than credentials. */
const NO_CREDENTIALS = /^(CredentialsProviderError|TokenProviderError|ProviderError|ENOENT|EACCES|EISDIR|ENOTDIR)$/;
const THROTTLED =
  /^(Throttling|ThrottlingException|ThrottledException|RequestLimitExceeded|TooManyRequestsException|RequestThrottled(Exception)?|BandwidthLimitExceeded|SlowDown|PriorRequestNotComplete)$/;
const NETWORK =
  /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|EPIPE|EPROTO|CERT_|ERR_TLS|SELF_SIGNED|UNABLE_TO)/;
const MALFORMED = /^(Unknown|UnknownError|SyntaxError|TypeError|Error)$/;

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('name' in error && typeof error.name === 'string' && error.name !== 'Error') return error.name;
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function statusOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return null;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return null;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : null;
}

/** Names and codes of an error, of what caused it, and of all that were tried. */
function codesWithin(error: unknown, depth = 0): readonly string[] {
  if (typeof error !== 'object' || error === null || depth > 4) return [];
  const code = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  const causes = 'cause' in error ? codesWithin(error.cause, depth + 1) : [];
  const tried = error instanceof AggregateError ? error.errors.flatMap((one) => codesWithin(one, depth + 1)) : [];
  return [...code, ...causes, ...tried];
}
