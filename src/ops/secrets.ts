const MASK = '[secret]';

/** What gives a secret away by its form, in plain text as in a line of JSON. */
const FORMS: readonly RegExp[] = [
  // Slack: bot, user, app-level, refresh and legacy tokens.
  /\bx(?:ox[a-z](?:\.xox[a-z])?|app)-[A-Za-z0-9-]{6,}/g,
  // GitHub: classic, OAuth, App and fine-grained tokens.
  /\b(?:gh[opsur]_|github_pat_)[A-Za-z0-9_]{16,}/g,
  // A PEM private key, cut short or not; ends at the quote of the JSON string that holds it.
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?="|$))/g,
  /(?<=\bBearer\s+)[A-Za-z0-9._~+/=-]{6,}/gi,
  // Slack's incoming webhooks carry their secret in the path.
  /(?<=hooks\.slack\.com\/)[A-Za-z0-9/]+/g,
  // A password in a URL.
  /(?<=[a-z]:\/\/[^\s/:@"]*:)[^\s/@"]+(?=@)/gi,
];

/** The text with every secret that can be told by its form replaced. */
export function maskSecrets(text: string): string {
  return FORMS.reduce((masked, form) => masked.replace(form, MASK), text);
}

/** Does the text hold something that looks like a secret? */
export function holdsSecret(text: string): boolean {
  return maskSecrets(text) !== text;
}
