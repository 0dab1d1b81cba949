/** The response of threat protection to a risk. */
export interface RiskAction {
  readonly Notify: boolean;
  readonly EventAction: 'BLOCK' | 'MFA_IF_CONFIGURED' | 'MFA_REQUIRED' | 'NO_ACTION';
}

interface NotifyEmail {
  readonly Subject: string;
  readonly HtmlBody?: string;
  readonly TextBody?: string;
}

/** Settings of threat protection, in the member names of SetRiskConfiguration. */
export interface RiskSettings {
  readonly CompromisedCredentialsRiskConfiguration?: {
    readonly EventFilter?: readonly string[];
    readonly Actions: { readonly EventAction: 'BLOCK' | 'NO_ACTION' };
  };
  readonly AccountTakeoverRiskConfiguration?: {
    readonly NotifyConfiguration?: {
      readonly From?: string;
      readonly ReplyTo?: string;
      readonly SourceArn: string;
      readonly BlockEmail?: NotifyEmail;
      readonly NoActionEmail?: NotifyEmail;
      readonly MfaEmail?: NotifyEmail;
    };
    readonly Actions: {
      readonly LowAction?: RiskAction;
      readonly MediumAction?: RiskAction;
      readonly HighAction?: RiskAction;
    };
  };
  readonly RiskExceptionConfiguration?: {
    readonly BlockedIPRangeList?: readonly string[];
    readonly SkippedIPRangeList?: readonly string[];
  };
}

export interface RiskConfiguration {
  readonly settings: RiskSettings;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

/** In place of a client id: the settings of all app clients without some of their own. */
export const WHOLE_POOL = '';
