import type { Config } from 'express-cognito-kit';
import type { Inbox, LocalUserPoolOptions } from 'express-cognito-kit/local';

export const poolOptions: LocalUserPoolOptions;
export const routerOptions: Config;
export function journey(url: string, inbox: Inbox): Promise<void>;
export function managedLogin(url: string): Promise<void>;
