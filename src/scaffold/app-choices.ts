import type { SetupAnswers } from '../setup/answers.ts';
import type { Transport } from './router-options.ts';

/** The decisions about the app that init writes. */
export interface AppChoices {
  readonly answers: SetupAnswers;
  readonly transport: Transport;
  readonly language: 'ts' | 'js';
  readonly module: 'esm' | 'cjs';
}

/** A file of the app, with its path in the folder of the app. */
export interface AppFile {
  readonly path: string;
  readonly content: string;
}
