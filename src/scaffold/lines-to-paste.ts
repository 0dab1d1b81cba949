import type { AppChoices } from './app-choices.ts';
import { moduleSyntax } from './module-syntax.ts';
import { routerOptions } from './router-options.ts';

/** Returns the lines that mount the router in an existing app. */
export function linesToPaste(choices: AppChoices): string {
  const options = routerOptions(choices.answers, choices.transport);
  const argument = options.length === 0 ? '' : `{\n${options.map((line) => `  ${line}\n`).join('')}}`;
  const { named } = moduleSyntax(choices);
  return `${named(['createCognitoRouter'], 'express-cognito-kit')}
app.use('/auth', createCognitoRouter(${argument}));`;
}
