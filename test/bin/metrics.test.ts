import { expect, test } from 'vitest';
import { eventually } from '../link/stage.ts';
import { isCard } from '../slack/stage.ts';
import { measuredBot } from './measured-bot.ts';

test('an outage shows in the metrics, and so does what was asked in Slack about it', async () => {
  const { api, workspace, metrics } = await measuredBot();
  await eventually(async () => {
    const text = await metrics();
    expect(text).toContain('apidown_prober_state{cluster="prod",state="good"} 1');
    expect(text).toContain('apidown_cluster_down{cluster="prod"} 0');
    expect(text).toContain('apidown_slack_connected 1');
  });

  await api.down();
  await eventually(async () => {
    const text = await metrics();
    expect(text).toContain('apidown_prober_state{cluster="prod",state="bad"} 1');
    expect(text).toContain('apidown_prober_state{cluster="prod",state="good"} 0');
    expect(text).toContain('apidown_cluster_down{cluster="prod"} 1');
    expect(text).toMatch(/^apidown_probes_total\{[^}]*path="endpoint",outcome="good"\} [1-9]/m);
    expect(text).toMatch(/^apidown_probes_total\{[^}]*path="endpoint",outcome="refused"\} [1-9]/m);
    expect(text).toMatch(/^apidown_probe_phase_seconds_count\{[^}]*phase="tls"\} [1-9]/m);
    expect(text).toContain('apidown_investigations_opened_total{cluster="prod",how="byItself"} 1');
    expect(text).toContain('apidown_investigations_open{cluster="prod"} 1');
  });

  await workspace.as('U1').command('C1', '/apidown', 'investigate prod');
  await workspace.waitFor(() => workspace.channel('C1').messages().find(isCard), { what: 'a card' });
  await eventually(async () => {
    const text = await metrics();
    expect(text).toMatch(/^apidown_slack_calls_total\{method="chat\.postMessage",outcome="ok"\} [1-9]/m);
    expect(text).toMatch(/^apidown_slack_ack_seconds_count [1-9]/m);
    expect(text).toMatch(
      /^apidown_checks_total\{[^}]*check="reachability",vantage="outside",outcome="answered"\} [1-9]/m,
    );
    expect(text).toMatch(/^apidown_store_calls_total\{shelf="investigations",outcome="ok"\} [1-9]/m);
    expect(text).toMatch(/^apidown_store_size_bytes\{file="store"\} \d{4,}/m);
  });
});
