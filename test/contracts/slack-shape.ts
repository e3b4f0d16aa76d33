import { expect } from 'vitest';

/**
 * @param answer what the workspace said, typed by Slack's client as Slack's answer.
 * @param sample every key that it has, with a value of each one's kind.
 */
export function hold<Answer extends object, const Sample>(
  answer: Answer,
  sample: Sample & Known<Sample, Answer>,
): void {
  const { response_metadata: metadata, ...rest } = { response_metadata: {}, ...answer };
  // The client puts the headers' scopes in there.
  const { scopes: _, ...left } = { scopes: [], ...metadata };
  const given = Object.keys(left).length > 0 ? { ...rest, response_metadata: left } : rest;
  expect(shape(given)).toEqual(shape(sample));
}

/**
 * The same for what Slack sends to an app.
 * @param payload what the workspace sent.
 * @param sample every key that it has, those among them that Slack always sends.
 */
export function holdPayload<Slack extends object>() {
  return <const Sample extends Record<AlwaysThere<Slack>, unknown>>(
    payload: object,
    sample: Sample & Known<Sample, Slack>,
  ): void => expect(shape(payload)).toEqual(shape(sample));
}

type AlwaysThere<T> = { [Key in NamedKeys<T> & keyof T]: undefined extends T[Key] ? never : Key }[NamedKeys<T> &
  keyof T];

/** `Sample` itself where Slack has each of its keys with a value of that kind, else `never` at the key. Null passes: Slack's types leave it out. So does what Slack has no names for, such as a payload. */
type Known<Sample, Slack> = Sample extends null
  ? Sample
  : [NamedKeys<Slack>] extends [never]
    ? Sample
    : Sample extends string
      ? Slack extends string
        ? Sample
        : never
      : Sample extends number
        ? Slack extends number
          ? Sample
          : never
        : Sample extends boolean
          ? Slack extends boolean
            ? Sample
            : never
          : Sample extends readonly unknown[]
            ? Slack extends readonly unknown[]
              ? { [Key in keyof Sample]: Known<Sample[Key], Slack[number]> }
              : never
            : {
                [Key in keyof Sample]: Key extends NamedKeys<Slack>
                  ? Known<Sample[Key], NonNullable<Slack[Key]>>
                  : never;
              };

/** Without `[key: string]: unknown`, which would let any key pass. */
type NamedKeys<T> = keyof { [Key in keyof T as string extends Key ? never : number extends Key ? never : Key]: T[Key] };

/** Keys and kinds of values, at every depth; of a list, the kinds that it has. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return [...new Map(value.map(shape).map((kind) => [JSON.stringify(kind), kind])).values()];
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]));
}
