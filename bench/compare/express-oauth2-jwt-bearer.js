import { auth } from 'express-oauth2-jwt-bearer';

/** As its README says. Access tokens of Cognito have the app client in `client_id`, and no `aud`. */
export function contender({ issuer, jwksUri, clientId }) {
  const aud = (_aud, claims) => claims.client_id === clientId;
  return { guards: [auth({ issuer, jwksUri, audience: clientId, validators: { aud } })] };
}
