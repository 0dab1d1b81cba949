import type { RequestHandler } from 'express';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/**
 * A web site can point a name of its own at 127.0.0.1 and have its visitors' browsers read from there
 * (DNS rebinding); such a request carries that name.
 */
export const loopbackNamesOnly: RequestHandler = (req, res, next) => {
  if (LOOPBACK_NAMES.includes(req.hostname)) next();
  else res.status(403).json({ message: 'This is only read through localhost.' });
};
