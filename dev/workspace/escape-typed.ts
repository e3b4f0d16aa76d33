import type { World } from './world.ts';

/**
 * What a person typed as Slack hands it to a command with `should_escape`: people, channels and links as references.
 * Source: docs.slack.dev/interactivity/implementing-slash-commands, "escaping".
 */
export function escapeTyped(text: string, { people, conversations }: World): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/(?<=^|\s)@([\w.-]+)/g, (whole, name: string) => {
      const person = people.all().find((one) => one.name === name);
      return person ? `<@${person.id}|${name}>` : whole;
    })
    .replace(/(?<=^|\s)#([\w-]+)/g, (whole, name: string) => {
      const channel = conversations.channels().find((one) => one.kind === 'public' && one.name === name);
      return channel ? `<#${channel.id}|${name}>` : whole;
    })
    .replace(/(?<=^|\s)https?:\/\/\S+/g, (link) => `<${link}>`);
}
