import { invalidParameter } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import { requireTier } from '../model/settings-rules.ts';
import { list, oneOf, required, structure, text } from '../wire/input.ts';
import { arn } from '../wire/pool-members.ts';
import { withoutEffect } from './limitations.ts';
import { type OperationTable, poolOperation } from './operation.ts';

/** The level of each source; another one is refused. */
const LEVELS = { userNotification: 'ERROR', userAuthEvents: 'INFO' } as const;

const bucketArn = text({
  min: 3,
  max: 1024,
  pattern: /arn:[\w+=/,.@-]+:[\w+=/,.@-]+:::[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?/,
});

const LogConfigurations = required(
  list(
    structure({
      LogLevel: required(oneOf('ERROR', 'INFO')),
      EventSource: required(oneOf('userNotification', 'userAuthEvents')),
      CloudWatchLogsConfiguration: structure({ LogGroupArn: arn }),
      S3Configuration: structure({ BucketArn: bucketArn }),
      FirehoseConfiguration: structure({ StreamArn: arn }),
    }),
    { max: 2 },
  ),
);

export const logDeliveryOperations: OperationTable = {
  SetLogDeliveryConfiguration: withoutEffect(
    'The pool delivers no logs.',
    poolOperation({ LogConfigurations }, (pool, input) => {
      for (const each of input.LogConfigurations) {
        const { EventSource, LogLevel } = each;
        const { CloudWatchLogsConfiguration, S3Configuration, FirehoseConfiguration } = each;
        const targets = [CloudWatchLogsConfiguration, S3Configuration, FirehoseConfiguration].filter(Boolean);
        if (targets.length !== 1) {
          throw invalidParameter(`The event source ${EventSource} needs exactly one destination.`);
        }
        if (LogLevel !== LEVELS[EventSource]) {
          throw invalidParameter(
            `The event source ${EventSource} needs the log level ${LEVELS[EventSource]}.`,
          );
        }
        if (EventSource === 'userAuthEvents') requireTier(pool.settings, 'PLUS', 'Log Streaming');
      }
      const sources = input.LogConfigurations.map(({ EventSource }) => EventSource);
      const repeated = sources.filter((source, index) => sources.indexOf(source) < index);
      if (repeated.length > 0) {
        throw invalidParameter(
          `Request validation Failed. Following event sources appear more then once in a request: [${repeated.join(', ')}].`,
        );
      }
      pool.logConfigurations = input.LogConfigurations;
      return { LogDeliveryConfiguration: logsOut(pool) };
    }),
  ),

  GetLogDeliveryConfiguration: poolOperation({}, (pool) => ({ LogDeliveryConfiguration: logsOut(pool) })),
};

function logsOut({ id, logConfigurations }: UserPool): object {
  return { UserPoolId: id, LogConfigurations: logConfigurations };
}
