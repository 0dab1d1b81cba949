const RECOVERY = 'The pool has no backups to recover from.';
const CLIENT_METADATA = 'The pool accepts no client ID metadata documents.';

/** The operations of Cognito that the pool refuses, each with the reason. */
export const NOT_SERVED: Readonly<Record<string, string>> = {
  GetDerivedToken: 'The pool has no token exchange.',
  CreateCIMDPolicy: CLIENT_METADATA,
  DescribeCIMDPolicy: CLIENT_METADATA,
  ListCIMDPolicies: CLIENT_METADATA,
  UpdateCIMDPolicy: CLIENT_METADATA,
  DeleteCIMDPolicy: CLIENT_METADATA,
  ListClientMetadataURLs: CLIENT_METADATA,
  UpdateClientMetadataURLState: CLIENT_METADATA,
  InitiatePointInTimeRecovery: RECOVERY,
  StartPointInTimeRecovery: RECOVERY,
  CancelPointInTimeRecovery: RECOVERY,
  DescribePointInTimeRecovery: RECOVERY,
  ListPointInTimeRecoveries: RECOVERY,
};
