import { method, ok, refuse, tiers } from './method.ts';

export const apps = {
  'apps.connections.open': method({
    token: 'app',
    perMinute: tiers.one * 60,
    args: {},
    answer(_, world) {
      if (!world.app.manifest.settings.socket_mode_enabled) return refuse('forbidden_team');
      return ok({ url: world.issueSocketUrl() });
    },
  }),
};
