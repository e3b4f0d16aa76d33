import { App, LogLevel } from '@slack/bolt';

/** A Bolt app that does nothing but acknowledge: no other app built on Bolt can be faster. */
const { SLACK_API_URL: slackApiUrl = '', SLACK_BOT_TOKEN: token = '', SLACK_APP_TOKEN: appToken = '' } = process.env;

const clientOptions = { slackApiUrl };
const app = new App({
  token,
  appToken,
  socketMode: true,
  clientOptions,
  installerOptions: { clientOptions },
  logLevel: LogLevel.ERROR,
});
app.command(/.*/, ({ ack }) => ack());
app.action(/.*/, ({ ack }) => ack());
await app.start();
