import { HELP, parseInit } from './init-flags.ts';

/** Runs `cognito-kit init`. */
export async function init(args: readonly string[]): Promise<void> {
  const flags = parseInit(args);
  if (flags.help) {
    console.log(HELP);
    return;
  }
  // Loaded on demand, because the help needs neither the kit nor the AWS SDK.
  const { initProject } = await import('./init-project.ts');
  await initProject(flags);
}
