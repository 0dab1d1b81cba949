/** What a pre sign-up trigger is told. */
export interface PreSignUpEvent {
  readonly username: string;
  readonly userAttributes: Readonly<Record<string, string>>;
  readonly validationData: Readonly<Record<string, string>>;
  readonly clientMetadata: Readonly<Record<string, string>>;
}

export interface PreSignUpAnswer {
  readonly autoConfirmUser?: boolean;
  readonly autoVerifyEmail?: boolean;
  readonly autoVerifyPhone?: boolean;
}

/** Functions in place of a pool's Lambda triggers. */
export interface Triggers {
  /**
   * Runs before a user is created by SignUp. A thrown error refuses the user, with
   * UserLambdaValidationException `PreSignUp failed with error <message>.`
   */
  readonly preSignUp?: (event: PreSignUpEvent) => PreSignUpAnswer | undefined;
}
