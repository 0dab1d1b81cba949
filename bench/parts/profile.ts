import { mkdir, writeFile } from 'node:fs/promises';
import type { Profiler } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import type { Bench, Part } from '../bench.ts';
import type { Contender, PoolConfig } from '../contenders/contender.ts';
import { type ProfileShares, sharesOf } from '../cpu-profile.ts';
import { type Score, type Side, startSide } from '../duel.ts';
import { reportsRequest, signInRequests } from '../inputs.ts';
import { CONNECTIONS } from '../matches.ts';
import { withRecordedCognito } from '../pool.ts';
import { micros, percent, type Table } from '../report.ts';

/** Whose profile: each runs its work with the side of a checkout. */
export const PROFILES: Readonly<Record<string, Profiled>> = {
  'sign-in': ofSignIn((config, checkout) => ({ kind: 'router', config, limits: true, log: true, checkout })),
  'sign-in-by-hand': ofSignIn((config) => ({ kind: 'sign-in-by-hand', config })),
  'sign-in-floor': ofSignIn((config) => ({ kind: 'same-libraries', config })),
  'first-token': ({ pool: { facts } }, work) =>
    work((checkout) => ({
      contender: { kind: 'require-auth', config: facts.config, cache: false, checkout },
      requests: facts.tokens.map(reportsRequest),
      status: 200,
    })),
  'known-token': ({ pool: { facts } }, work) =>
    work((checkout) => ({
      contender: { kind: 'require-auth', config: facts.config, checkout },
      requests: facts.tokens.map(reportsRequest),
      status: 200,
    })),
};

type Profiled = (
  bench: Bench,
  work: (sideOf: SideOf) => Promise<readonly Table[]>,
) => Promise<readonly Table[]>;
type SideOf = (checkout: string | undefined) => Side;

function ofSignIn(contenderOf: (config: PoolConfig, checkout: string | undefined) => Contender): Profiled {
  return ({ pool }, work) =>
    withRecordedCognito(pool, 0, (config) =>
      work((checkout) => ({
        contender: contenderOf(config, checkout),
        requests: signInRequests(pool.facts),
        status: 200,
      })),
    );
}

interface Profile {
  readonly when: string;
  readonly score: Score;
  readonly shares: ProfileShares;
}

const COSTLIEST = 15;
const FOLDER = new URL('../../profiles/', import.meta.url);

/** Tells where the CPU time of one kind of request goes, and where it went in another checkout. */
export function benchProfile(name: string): Part {
  const profiled = PROFILES[name];
  if (!profiled) throw new Error(`There is no profile ${name}: ${Object.keys(PROFILES).join(', ')}.`);
  return async function* (bench) {
    yield* await profiled(bench, async (sideOf) => {
      const profiles = [await profileOf(name, 'now', sideOf(undefined), bench)];
      if (bench.against !== undefined) {
        profiles.push(await profileOf(name, 'before', sideOf(bench.against), bench));
      }
      return tablesOf(name, profiles);
    });
  };
}

async function profileOf(name: string, when: string, side: Side, { lengths }: Bench): Promise<Profile> {
  const server = await startSide(side, CONNECTIONS);
  await server.answered(lengths.profiled);
  // Measured before the profiler runs, which costs some time itself.
  await server.begin();
  await server.answered(lengths.profiled);
  const score = await server.score();
  await server.ask('start-profile');
  await server.answered(lengths.profiled);
  const profile = await server.ask<Profiler.Profile>('stop-profile');
  await server.end();
  await mkdir(FOLDER, { recursive: true });
  const file = new URL(`${name}-${when}.cpuprofile`, FOLDER);
  await writeFile(file, JSON.stringify(profile));
  console.log(`\n${fileURLToPath(file)}: for the Performance tab of Chrome's developer tools`);
  return { when, score, shares: sharesOf(profile) };
}

function tablesOf(name: string, profiles: readonly Profile[]): readonly Table[] {
  const [now] = profiles;
  const groups = new Set(profiles.flatMap(({ shares }) => [...shares.groups.keys()]));
  const head = profiles.flatMap(({ when }) => [when, `share ${when}`]);
  return [
    {
      id: `profile-${name}`,
      title: `Profile of ${name}`,
      reading:
        'CPU time of a request by the module that spends it. Native functions count for their callers.',
      head: ['', ...head],
      rows: [
        ['a request', ...profiles.flatMap(({ score }) => [micros(score.cpu), percent(1)])],
        ...[...groups].map((group) => [group, ...profiles.flatMap((profile) => cells(profile, group))]),
      ],
    },
    {
      id: `functions-${name}`,
      title: `Costliest functions of ${name}`,
      reading: 'Self time, by the name of the function.',
      head: ['', 'share'],
      rows: [...(now?.shares.functions ?? [])]
        .slice(0, COSTLIEST)
        .map(([label, share]) => [label, percent(share)]),
    },
  ];
}

function cells({ score, shares }: Profile, group: string): readonly [string, string] {
  const share = shares.groups.get(group) ?? 0;
  return [micros(score.cpu * share), percent(share)];
}
