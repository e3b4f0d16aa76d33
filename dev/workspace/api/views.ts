import { checkView, type ViewContent } from '../blocks/views.ts';
import { limits } from '../limits.ts';
import type { View } from '../modals.ts';
import type { World } from '../world.ts';
import { json, method, ok, type Refusal, refuse, text, tiers } from './method.ts';
import { viewJson } from './shapes.ts';

const handed = { view: json, trigger_id: text };

export const views = {
  'views.open': method({
    perMinute: tiers.four,
    args: handed,
    answer(args, world) {
      const content = acceptedView(args.view, 'modal', null, world);
      if ('ok' in content) return content;
      const trigger = world.triggers.exchange(args.trigger_id);
      if (trigger.kind === 'refused') return refuse(trigger.error);
      return ok({ view: viewJson(world.modals.open(trigger.userId, content), world) });
    },
  }),

  'views.push': method({
    perMinute: tiers.four,
    args: handed,
    answer(args, world) {
      const content = acceptedView(args.view, 'modal', null, world);
      if ('ok' in content) return content;
      const trigger = world.triggers.exchange(args.trigger_id);
      if (trigger.kind === 'refused') return refuse(trigger.error);
      const stack = world.modals.stack(trigger.userId);
      if (stack.length === 0) return refuse('not_found');
      if (stack.length >= limits.view.stack) return refuse('push_limit_reached');
      return ok({ view: viewJson(world.modals.push(trigger.userId, content), world) });
    },
  }),

  'views.update': method({
    perMinute: tiers.four,
    args: { view: json, view_id: text.optional(), external_id: text.optional(), hash: text.optional() },
    answer(args, world) {
      const view = named(args, world);
      if (view === 'unnamed') return refuse('invalid_arguments', ['must define either `view_id` or `external_id`']);
      if (view === null) return refuse('not_found');
      const content = acceptedView(args.view, view.content.type, view, world);
      if ('ok' in content) return content;
      if (args.hash !== undefined && args.hash !== view.hash) return refuse('hash_conflict');
      return ok({ view: viewJson(world.modals.update(view, content), world) });
    },
  }),

  'views.publish': method({
    perMinute: tiers.four,
    args: { view: json, user_id: text, hash: text.optional() },
    answer(args, world) {
      if (!world.app.manifest.features?.app_home?.home_tab_enabled) return refuse('not_enabled');
      if (!world.people.find(args.user_id)) return refuse('user_not_found');
      const before = world.modals.home(args.user_id);
      const content = acceptedView(args.view, 'home', before, world);
      if ('ok' in content) return content;
      if (args.hash !== undefined && args.hash !== before?.hash) return refuse('hash_conflict');
      return ok({ view: viewJson(world.modals.publish(args.user_id, content), world) });
    },
  }),
};

function named(args: { view_id?: string | undefined; external_id?: string | undefined }, world: World) {
  if (args.view_id) return world.modals.find(args.view_id);
  return args.external_id ? world.modals.findExternal(args.external_id) : 'unnamed';
}

/** @param replaces the view whose `external_id` it may keep. */
export function acceptedView(
  raw: unknown,
  type: 'modal' | 'home',
  replaces: View | null,
  world: World,
): ViewContent | Refusal {
  const checked = checkView(raw, type, world.refusedBlocks);
  if (checked.kind === 'refused') return refuse(checked.error ?? 'invalid_arguments', checked.problems);
  const { external_id } = checked.value;
  const holder = external_id === '' ? null : world.modals.findExternal(external_id);
  if (holder && holder.id !== replaces?.id) return refuse('duplicate_external_id');
  return checked.value;
}
