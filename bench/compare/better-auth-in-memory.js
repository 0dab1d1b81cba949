import { sessionOf } from './better-auth.js';

export const contender = () => sessionOf({});
