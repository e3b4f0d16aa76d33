import type { Investigation } from '../investigation/state.ts';
import { type CommandValues, commandsFor, type FilledCommand } from '../playbook/commands.ts';
import { stepById } from '../playbook/playbook.ts';
import type { StepId } from '../playbook/step.ts';
import { parseEndpoint } from '../words/endpoint.ts';

/** The step's commands for a person, filled in with the endpoint this investigation is about. */
export function handCommands(investigation: Pick<Investigation, 'endpoint'>, step: StepId): readonly FilledCommand[] {
  return commandsFor(stepById(step), valuesOf(investigation.endpoint));
}

function valuesOf(endpoint: string | null): CommandValues {
  const nothingKnown = { url: null, host: null, port: null, address: null };
  if (endpoint === null) return nothingKnown;
  try {
    const { url, host, port } = parseEndpoint(endpoint, 'person', 0);
    return { url, host, port, address: null };
  } catch {
    // The command is still worth showing, with placeholders for a person to fill in.
    return nothingKnown;
  }
}
