import type { SetupAnswers } from '../setup/answers.ts';
import type { Asker } from './ask.ts';
import type { InitFlags } from './init-flags.ts';
import { answersOf } from './setup-answers.ts';

/** The defaults of questions that depend on the folder. */
export interface FolderDefaults {
  readonly language: 'ts' | 'js';
  readonly module: 'esm' | 'cjs';
}

type Change = Partial<InitFlags>;

interface FlagQuestion {
  readonly text: string;
  readonly fallback: string;
  /** Whether the flags leave the question open. */
  isOpen(flags: InitFlags): boolean;
  /** Returns the flags of an answer. */
  flagsOf(answer: string): Change;
}

/** The app that init writes listens here. */
const APP_URL = 'http://localhost:3000';
/** In place of the sender of SMS, where there is none yet. */
const PRETENDED_SENDER: Change = {
  'sms-role': 'arn:aws:iam::123456789012:role/sms',
  'sms-external-id': 'local',
};

const NONE = '';

function choice<T extends string>(answer: string, choices: readonly T[]): T {
  const found = choices.find((each) => each === answer);
  if (found === undefined) throw new Error(`Write ${choices.join(' or ')}, not "${answer}".`);
  return found;
}

function isYes(answer: string): boolean {
  return choice(answer, ['yes', 'no', 'y', 'n']).startsWith('y');
}

function needsSms({ 'sign-in-with': names = [], local }: InitFlags): boolean {
  return names.includes('phoneNumber') && !local;
}

/** Returns the checked answers of the flags. A local pool sends no SMS, and takes any role for it. */
export function answersOfInit(flags: InitFlags): SetupAnswers {
  const isPretended = flags.local && flags['sign-in-with']?.includes('phoneNumber');
  return answersOf({ ...(isPretended && PRETENDED_SENDER), ...flags });
}

function questions(defaults: FolderDefaults): readonly FlagQuestion[] {
  return [
    {
      text: 'Where is the user pool: at aws, or local on this machine?',
      fallback: 'aws',
      isOpen: ({ local }) => local === undefined,
      flagsOf: (answer) => ({ local: choice(answer, ['aws', 'local']) === 'local' }),
    },
    {
      text: 'How do users sign in: email, phoneNumber, username, or several with commas?',
      fallback: 'email',
      isOpen: (flags) => flags['sign-in-with'] === undefined,
      flagsOf: (answer) => ({ 'sign-in-with': answer.split(',').map((name) => name.trim()) }),
    },
    {
      text: 'IAM role that sends SMS (ARN)?',
      fallback: NONE,
      isOpen: (flags) => needsSms(flags) && flags['sms-role'] === undefined,
      flagsOf: (answer) => ({ 'sms-role': answer }),
    },
    {
      text: 'External ID in the trust policy of that role?',
      fallback: NONE,
      isOpen: (flags) => needsSms(flags) && flags['sms-external-id'] === undefined,
      flagsOf: (answer) => ({ 'sms-external-id': answer }),
    },
    {
      text: 'Second factor (MFA): off, optional or required?',
      fallback: 'optional',
      isOpen: ({ mfa }) => mfa === undefined,
      flagsOf: (answer) => ({ mfa: answer }),
    },
    {
      text: 'Passkeys for which domain, such as example.com?',
      fallback: NONE,
      isOpen: ({ passkeys, mfa }) => passkeys === undefined && mfa !== 'required',
      flagsOf: (answer) => (answer === NONE ? {} : { passkeys: answer }),
    },
    {
      text: 'Managed login: which prefix for the domain of its pages?',
      fallback: NONE,
      isOpen: (flags) => flags['domain-prefix'] === undefined,
      flagsOf: (answer) => (answer === NONE ? {} : { 'domain-prefix': answer }),
    },
    {
      text: 'Callback URL of managed login?',
      fallback: `${APP_URL}/auth/callback`,
      isOpen: (flags) => flags['domain-prefix'] !== undefined && flags['callback-url'] === undefined,
      flagsOf: (answer) => ({ 'callback-url': [answer] }),
    },
    {
      text: 'Sign-out URL of managed login?',
      fallback: `${APP_URL}/`,
      isOpen: (flags) => flags['domain-prefix'] !== undefined && flags['logout-url'] === undefined,
      flagsOf: (answer) => ({ 'logout-url': [answer] }),
    },
    {
      text: 'App client with a secret (yes or no)?',
      fallback: 'yes',
      isOpen: (flags) => flags['no-secret'] === undefined,
      flagsOf: (answer) => ({ 'no-secret': !isYes(answer) }),
    },
    {
      text: 'Tokens: bearer (bodies and headers), or cookies?',
      fallback: 'bearer',
      isOpen: ({ transport }) => transport === undefined,
      flagsOf: (answer) => ({ transport: choice(answer, ['bearer', 'cookies']) }),
    },
    {
      text: 'Write a small app too (yes or no)?',
      fallback: 'no',
      isOpen: ({ app }) => app === undefined,
      flagsOf: (answer) => ({ app: isYes(answer) }),
    },
    {
      text: 'Language of the app: ts or js?',
      fallback: defaults.language,
      isOpen: ({ app, language }) => app === true && language === undefined,
      flagsOf: (answer) => ({ language: choice(answer, ['ts', 'js']) }),
    },
    {
      text: 'Modules of the app: esm or cjs?',
      fallback: defaults.module,
      isOpen: ({ app, module }) => app === true && module === undefined,
      flagsOf: (answer) => ({ module: choice(answer, ['esm', 'cjs']) }),
    },
  ];
}

/** Asks what the flags leave open, and returns the complete flags. An invalid answer is asked for again, with the reason. */
export async function askOpen(flags: InitFlags, defaults: FolderDefaults, asker: Asker): Promise<InitFlags> {
  let complete = flags;
  for (const { text, fallback, isOpen, flagsOf } of questions(defaults)) {
    if (!isOpen(complete)) continue;
    const answer = await asker.ask({
      text,
      fallback,
      problemOf: (each) => problemOf(complete, () => flagsOf(each)),
    });
    complete = { ...complete, ...flagsOf(answer) };
  }
  return complete;
}

/** Answers with the default what the flags leave open. */
export function withDefaults(flags: InitFlags, defaults: FolderDefaults): InitFlags {
  let complete = flags;
  for (const { fallback, isOpen, flagsOf } of questions(defaults))
    if (isOpen(complete) && fallback !== NONE) complete = { ...complete, ...flagsOf(fallback) };
  return complete;
}

function problemOf(flags: InitFlags, change: () => Change): string | undefined {
  try {
    const changed = { ...flags, ...change() };
    const callback = changed['domain-prefix'] === undefined ? {} : { 'callback-url': [APP_URL] };
    answersOfInit({ ...callback, ...(needsSms(changed) && PRETENDED_SENDER), ...changed });
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}
