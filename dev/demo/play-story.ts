import { clusterName } from './deployment.ts';
import type { Scene, Story } from './story.ts';

/** A story from the fault to its conclusion, by somebody who follows the script. @throws when the product does not say what is true */
export async function playStory({ cause, script, ...story }: Story, scene: Scene): Promise<void> {
  const { cluster, knows, person, narrator } = scene;
  for (const sentence of script.happens) narrator.happens(sentence);
  await story.breakIt(cluster);
  const outage = await knows.isDown();
  narrator.happens(`The bot's own prober calls it down, and all checks run by themselves: ${outage.words}`);
  await person.status();

  await person.investigate(clusterName, cause);
  await person.readDiagnosis(cause);
  await script.walk(scene);

  narrator.happens(script.mended);
  await story.mend(cluster);
  await knows.isBack();
  narrator.happens('The prober sees it answer again.');
  await script.walkAfter(scene);
  await person.conclude(script.conclusion);
  person.readCard();
}

/** What anybody would do, whatever broke. */
export const usualWalk = {
  async walk({ person }: Scene): Promise<void> {
    await person.seePicture();
    for (let step = 1; step <= 6; step++) await person.next();
  },
  async walkAfter({ person }: Scene): Promise<void> {
    await person.goTo('inside');
    await person.runAgain('inside');
    await person.findsOnCard(/Reachable from outside and from inside/);
  },
};
