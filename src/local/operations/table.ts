import { adminClientOperations } from './admin-clients.ts';
import { adminGroupOperations } from './admin-groups.ts';
import { adminPoolOperations } from './admin-pools.ts';
import { adminUserOperations } from './admin-users.ts';
import { authEventOperations, recordingSignIns } from './auth-events.ts';
import { authFactorOperations } from './auth-factors.ts';
import { refusingBlockedWrites } from './blocked-writes.ts';
import { clientSecretOperations } from './client-secrets.ts';
import { clientSessionOperations } from './client-sessions.ts';
import { clientTokenOperations } from './client-token.ts';
import { deviceOperations } from './devices.ts';
import { domainOperations } from './domains.ts';
import { identityProviderOperations } from './identity-providers.ts';
import { linkedUserOperations } from './linked-users.ts';
import { logDeliveryOperations } from './log-delivery.ts';
import { managedLoginBrandingOperations } from './managed-login-branding.ts';
import { mfaOperations } from './mfa.ts';
import type { OperationTable } from './operation.ts';
import { bindingPageTokens } from './page-tokens.ts';
import { passkeyOperations } from './passkeys.ts';
import { passwordOperations } from './passwords.ts';
import { profileOperations } from './profile.ts';
import { provisionedLimitOperations } from './provisioned-limits.ts';
import { refreshTokenOperations } from './refresh-tokens.ts';
import { replicaOperations } from './replicas.ts';
import { resourceServerOperations } from './resource-servers.ts';
import { riskConfigurationOperations } from './risk-configuration.ts';
import { signInOperations } from './sign-in.ts';
import { signUpOperations } from './sign-up.ts';
import { signingCertificateOperations } from './signing-certificate.ts';
import { reachingLevels } from './step-up.ts';
import { tagOperations } from './tags.ts';
import { termsOperations } from './terms.ts';
import { uiCustomizationOperations } from './ui-customization.ts';
import { userImportOperations } from './user-import.ts';
import { userSessionOperations } from './user-sessions.ts';
import { userSettingOperations } from './user-settings.ts';

/** Every operation of the pool. A new one is a row in the table of its concern. */
export const OPERATIONS: OperationTable = refusingBlockedWrites(
  bindingPageTokens({
    ...signUpOperations,
    ...recordingSignIns(reachingLevels(signInOperations)),
    ...passwordOperations,
    ...refreshTokenOperations,
    ...profileOperations,
    ...authFactorOperations,
    ...mfaOperations,
    ...userSettingOperations,
    ...userSessionOperations,
    ...authEventOperations,
    ...deviceOperations,
    ...passkeyOperations,
    ...adminPoolOperations,
    ...adminClientOperations,
    ...clientSecretOperations,
    ...adminUserOperations,
    ...adminGroupOperations,
    ...identityProviderOperations,
    ...linkedUserOperations,
    ...resourceServerOperations,
    ...domainOperations,
    ...tagOperations,
    ...managedLoginBrandingOperations,
    ...uiCustomizationOperations,
    ...termsOperations,
    ...clientSessionOperations,
    ...clientTokenOperations,
    ...riskConfigurationOperations,
    ...logDeliveryOperations,
    ...signingCertificateOperations,
    ...userImportOperations,
    ...replicaOperations,
    ...provisionedLimitOperations,
  }),
);
