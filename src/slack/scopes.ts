/** Of a configuration, what decides whether a scope is of use. */
interface ScopeSettings {
  readonly permissions: readonly { readonly groups?: readonly string[] | undefined }[];
}

/** Scopes of the app's manifest that not every configuration has a use for. */
const uses: Readonly<Record<string, (settings: ScopeSettings) => boolean>> = {
  'usergroups:read': ({ permissions }) => permissions.some(({ groups = [] }) => groups.length > 0),
};

/** Those that this configuration has no use for: an app should not be granted more than it needs. */
export function unusedScopes(settings: ScopeSettings): readonly string[] {
  return Object.entries(uses).flatMap(([scope, isUsed]) => (isUsed(settings) ? [] : [scope]));
}
