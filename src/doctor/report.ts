import { styleText } from 'node:util';
import { ACCEPTS_TAG } from '../setup/accepted-findings.ts';
import { SEVERITIES, type Severity } from '../setup/setting.ts';
import type { Diagnosis, Finding } from './diagnose.ts';

/** The appearance of a report. */
export interface Appearance {
  /** Columns of the terminal. */
  readonly width: number;
  readonly color: boolean;
}

const COLORS = { error: 'red', warning: 'yellow', advice: 'cyan' } as const;
const LABEL_WIDTH = 9;

/** Returns the report that a person reads. Commands stay on one line, because they are copied. */
export function reportOf(
  { userPoolId, clientId, findings, accepted, notChecked }: Diagnosis,
  look: Appearance,
): string {
  const counts = SEVERITIES.map(
    (severity) => `${severity} ${findings.filter((each) => each.severity === severity).length}`,
  );
  return [
    `User pool ${userPoolId ?? '?'}, app client ${clientId ?? '?'}`,
    '',
    ...findings.flatMap((finding) => [...linesOf(finding, look), '']),
    ...notChecked.map(({ id, reason }) => wrapped('', `not checked: ${id}: ${reason}`, look)),
    ...accepted.map((id) => wrapped('', `accepted: ${id}: by the tag ${ACCEPTS_TAG} of the user pool`, look)),
    ...(notChecked.length + accepted.length > 0 ? [''] : []),
    findings.length === 0 ? 'No findings.' : counts.join(', '),
  ].join('\n');
}

function linesOf({ id, severity, what, why, console, mend }: Finding, look: Appearance): string[] {
  const label = severity.padEnd(LABEL_WIDTH);
  return [
    `${look.color ? styleText(COLORS[severity], label) : label}${id}`,
    wrapped('what', what, look),
    wrapped('why', why, look),
    ...(console === undefined ? [] : [wrapped('console', console, look)]),
    wrapped('fix', mend.advice, look),
    ...(mend.template?.split('\n').map((line) => `${'template'.padEnd(LABEL_WIDTH)}${line}`) ?? []),
    ...(mend.command === undefined ? [] : [`${'command'.padEnd(LABEL_WIDTH)}${mend.command}`]),
  ];
}

/** Breaks the text at spaces, and indents it behind its label. */
function wrapped(label: string, text: string, { width }: Appearance): string {
  const room = Math.max(20, width - LABEL_WIDTH);
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > room) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.map((line, index) => `${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}`).join('\n');
}

/** Whether a finding is as severe as the limit, or more. */
export function reaches({ findings }: Diagnosis, limit: Severity): boolean {
  return findings.some(({ severity }) => SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(limit));
}
