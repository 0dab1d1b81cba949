import {
  type ArgumentsHost,
  type CanActivate,
  Catch,
  createParamDecorator,
  type ExceptionFilter,
  type ExecutionContext,
  Inject,
  Injectable,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import {
  type CognitoRouter,
  getAuth,
  ProblemError,
  sendProblem,
  type VerifyRules,
} from 'express-cognito-kit';

export const COGNITO = Symbol('the router of createCognitoRouter');

/** Leaves a controller or a handler open: `@Public()`. */
export const Public = Reflector.createDecorator<void, true>({ transform: () => true });

/** The rules of a controller or a handler: `@Requires({ groups: 'admin' })`. */
export const Requires = Reflector.createDecorator<VerifyRules>();

/** The verified user of the request: `@CurrentUser() user: Auth`. */
export const CurrentUser = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  getAuth(context.switchToHttp().getRequest<Request>()),
);

@Injectable()
export class CognitoGuard implements CanActivate {
  constructor(
    @Inject(COGNITO) private readonly auth: CognitoRouter,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride(Public, targets)) return true;
    const rules = this.reflector.getAllAndOverride(Requires, targets);
    await this.auth.verify(context.switchToHttp().getRequest<Request>(), rules);
    return true;
  }
}

/** Answers a refusal as the kit's own routes do, with its status and headers. */
@Catch(ProblemError)
export class ProblemFilter implements ExceptionFilter<ProblemError> {
  catch({ problem }: ProblemError, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendProblem(problem, http.getRequest<Request>(), http.getResponse<Response>());
  }
}
