import { invalidParameter } from '../model/errors.ts';
import type { PoolSettings } from '../model/settings.ts';

/**
 * Throws the exceptions of CreateUserPool for the functions of triggers. They do not hold for startLocalUserPool, whose own
 * functions have stand-in ARNs, and whose region need not be that of a server for functions.
 */
export function checkFunctions({ LambdaConfig = {} }: PoolSettings, region: string): void {
  const { KMSKeyID: _key, ...triggers } = LambdaConfig;
  for (const trigger of Object.values(triggers)) {
    const [, , , where] = (typeof trigger === 'string' ? trigger : trigger.LambdaArn).split(':');
    if (where !== region) throw invalidParameter('Cross-region lambda functions are not supported');
  }
  const { PreTokenGeneration: old, PreTokenGenerationConfig: versioned } = triggers;
  if (old !== undefined && versioned && old !== versioned.LambdaArn) {
    throw invalidParameter(
      "Cannot use PreTokenGenerationLambda and PreTokenGeneration with different Lambda function ARN's",
    );
  }
}
