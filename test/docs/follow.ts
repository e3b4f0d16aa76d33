import { type Block, blocks } from './blocks.ts';
import { openSandbox } from './sandbox.ts';

/** Can a sandbox run it? */
export function isRunHere({ proof }: Block): boolean {
  return proof?.kind === 'here';
}

/** Follows a page as a reader does: writes its files and runs what is wanted of its commands, in order, in one sandbox. */
export async function followed(
  page: string,
  wanted: (block: Block) => boolean,
): Promise<{ readonly ran: readonly string[] }> {
  const mine = blocks.filter((block) => block.page === page);
  const sandbox = await openSandbox();
  const ran: string[] = [];
  try {
    if (mine.some((block) => wanted(block) && block.proof?.kind === 'here' && block.proof.besideBot)) {
      await sandbox.startBot();
    }
    for (const block of mine) {
      if (block.file !== null) await sandbox.write(block);
      else if (block.language === 'sh' && isRunHere(block) && wanted(block)) {
        await sandbox.run(block);
        ran.push(`${block.page}:${block.line}`);
      }
    }
  } finally {
    await sandbox.close();
  }
  return { ran };
}
