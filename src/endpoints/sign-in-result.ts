import type { AuthenticationResultType, ChallengeNameType } from '@aws-sdk/client-cognito-identity-provider';
import { CHALLENGES, challengeParameters } from './challenges.ts';
import { isFirstFactor } from './first-factors.ts';
import { IncompleteAnswer, type SignInResult, type Tokens } from './sign-in-types.ts';

/** Example for the endpoints that can complete a sign-in. */
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
 * Maps Cognito's answer to a sign-in step, tokens or a challenge. With `concealed`, no factor is proven yet, and the
 * challenge must not allow account enumeration.
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
    // The client could not answer it without a session.
    if (output.Session === undefined && Object.hasOwn(CHALLENGES, output.ChallengeName)) {
      throw new IncompleteAnswer('Cognito posed a challenge without a session.');
    }
    const conceals = concealed && isFirstFactor(output.ChallengeName);
    const parameters = conceals ? sameForAll(output.ChallengeParameters) : (output.ChallengeParameters ?? {});
    const tellsChoice = output.ChallengeName === 'SELECT_CHALLENGE' || !conceals;
    const { USERNAME, USER_ID_FOR_SRP = USERNAME } = parameters;
    // A trigger may set any other parameter of this challenge.
    const known = output.ChallengeName === 'CUSTOM_CHALLENGE' ? USERNAME : USER_ID_FOR_SRP;
    return {
      status: 'challenge',
      challenge: {
        name: output.ChallengeName,
        ...(output.Session !== undefined && { session: output.Session }),
        // Cognito's own name of the user, because some later steps do not accept an alias.
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

/** Removes the account's address and name, which differ between existing and unknown accounts. */
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
