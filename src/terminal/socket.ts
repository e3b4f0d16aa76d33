/** Where the bot with this store answers terminals: beside the file, so that nothing more has to be configured. */
export function socketBeside(storeFile: string): string {
  return `${storeFile.replace(/\.(db|sqlite3?)$/, '')}.sock`;
}
