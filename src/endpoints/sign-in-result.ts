import type { AuthenticationResultType, ChallengeNameType } from '@aws-sdk/client-cognito-identity-provider';
import { CHALLENGES, challengeParameters } from './challenges.ts';
import { isFirstFactor } from './first-factors.ts';
import { IncompleteAnswer, type SignInResult, type Tokens } from './sign-in-types.ts';

/** For the docs of the endpoints that a sign-in can end at. */
export const COMPLETE_EXAMPLE: SignInResult = {
  status: 'complete',
  tokens: {
    accessToken: 'eyJraWQiOi...',
    idToken: 'eyJraWQiOi...',
    refreshToken: 'eyJjdHkiOi...',
    expiresIn: 3600,
    tokenType: 'Bearer',
  },
};

/**
 * Reads either of the two answers Cognito gives to a sign-in step. `concealed`: nothing is proven yet, and a first
 * factor that is asked for must not tell whether the account exists.
 */
export function signInResult(
  output: {
    AuthenticationResult?: AuthenticationResultType | undefined;
    ChallengeName?: ChallengeNameType | undefined;
    ChallengeParameters?: Record<string, string> | undefined;
    AvailableChallenges?: ChallengeNameType[] | undefined;
    Session?: string | undefined;
  },
  username: string,
  { concealed }: { concealed: boolean } = { concealed: false },
): SignInResult {
  if (output.ChallengeName) {
    // The client could not answer it.
    if (output.Session === undefined && Object.hasOwn(CHALLENGES, output.ChallengeName)) {
      throw new IncompleteAnswer('Cognito posed a challenge without a session.');
    }
    const conceals = concealed && isFirstFactor(output.ChallengeName);
    const parameters = conceals ? sameForAll(output.ChallengeParameters) : (output.ChallengeParameters ?? {});
    const tellsChoice = output.ChallengeName === 'SELECT_CHALLENGE' || !conceals;
    const { USERNAME, USER_ID_FOR_SRP = USERNAME } = parameters;
    // Any other parameter of this one may be of a trigger's making.
    const known = output.ChallengeName === 'CUSTOM_CHALLENGE' ? USERNAME : USER_ID_FOR_SRP;
    return {
      status: 'challenge',
      challenge: {
        name: output.ChallengeName,
        ...(output.Session !== undefined && { session: output.Session }),
        // Cognito's own name for the user: an alias does not fit every later step.
        username: known ?? username,
        parameters: {
          ...challengeParameters(output.ChallengeName, parameters),
          ...(tellsChoice &&
            output.AvailableChallenges && { availableChallenges: output.AvailableChallenges }),
        },
      },
    };
  }
  const { DeviceKey, DeviceGroupKey } = output.AuthenticationResult?.NewDeviceMetadata ?? {};
  return {
    status: 'complete',
    tokens: tokensOf(output.AuthenticationResult),
    ...(DeviceKey !== undefined &&
      DeviceGroupKey !== undefined && {
        newDevice: { deviceKey: DeviceKey, deviceGroupKey: DeviceGroupKey },
      }),
  };
}

/** Less what belongs to the account, or is made up where there is none: its address and its own name. */
function sameForAll({
  CODE_DELIVERY_DESTINATION: _address,
  USER_ID_FOR_SRP: _id,
  USERNAME: _name,
  ...others
}: Readonly<Record<string, string>> = {}): Record<string, string> {
  return others;
}

export function tokensOf(result: AuthenticationResultType | undefined): Tokens {
  if (!result?.AccessToken || !result.IdToken) {
    throw new IncompleteAnswer('Cognito answered a sign-in with neither a challenge nor tokens.');
  }
  return {
    accessToken: result.AccessToken,
    idToken: result.IdToken,
    ...(result.RefreshToken !== undefined && { refreshToken: result.RefreshToken }),
    expiresIn: result.ExpiresIn ?? 3600,
    tokenType: 'Bearer',
  };
}
