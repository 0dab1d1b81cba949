import { sessionOf } from './better-auth.js';

export const contender = () => sessionOf({ cookieCache: { enabled: true, maxAge: 300 } });
