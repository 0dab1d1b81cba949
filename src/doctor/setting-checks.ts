import type { AppNeeds } from '../setup/app-needs.ts';
import type { DescribedResources, Resource, SettingOf } from '../setup/setting.ts';
import { reasonOf } from '../setup/setting.ts';
import { SETTINGS } from '../setup/settings.ts';
import type { Change } from './change.ts';
import type { Check } from './finding.ts';

/** The settings at Cognito beside the needs of the app. */
export interface SettingFacts {
  readonly described: Partial<DescribedResources>;
  readonly app: AppNeeds;
}

/** The checks of every setting that has a rule. */
export const SETTING_CHECKS: readonly Check<SettingFacts>[] = SETTINGS.flatMap(checksOf);

function checksOf(setting: SettingOf<Resource>): Check<SettingFacts>[] {
  const { id, severity, console, resource, rule, lasting } = setting;
  if (rule === undefined) return [];
  return [
    {
      id,
      severity,
      why: reasonOf(setting),
      console,
      ...(lasting && { lasting }),
      find({ described: { [resource]: description }, app }) {
        const what = description && rule.find(description, app);
        if (description === undefined || what === undefined) return;
        return {
          what,
          advice: rule.fix(description, app),
          ...(rule.command
            ? { command: rule.command(description, app) }
            : changeOf(setting, description, app)),
        };
      },
    },
  ];
}

function changeOf(
  { resource, member, value, rule }: SettingOf<Resource>,
  description: DescribedResources[Resource],
  app: AppNeeds,
): { readonly change?: Change } {
  const wanted = value(app);
  const set = rule?.set
    ? rule.set(description, app)
    : wanted !== undefined && withMember(description, member.split('.'), wanted);
  return set ? { change: { resource, set } as Change } : {};
}

/** Returns the first member of the path with the value inside, and its other members as they are. */
function withMember(described: object | undefined, path: readonly string[], value: unknown): object {
  const [name = '', ...rest] = path;
  const present = (described as Readonly<Record<string, object | undefined>> | undefined)?.[name];
  return { [name]: rest.length === 0 ? value : { ...present, ...withMember(present, rest, value) } };
}
