import {
  type DynamicModule,
  Inject,
  Module,
  type NestModule,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, HttpAdapterHost } from '@nestjs/core';
import { type CognitoRouter, type Config, createCognitoRouter } from 'express-cognito-kit';
import { COGNITO, CognitoGuard, ProblemFilter } from './cognito.guard.ts';

/** Mounts the auth endpoints at `/auth`, and protects every controller that is not `@Public()`. */
@Module({})
export class CognitoModule implements NestModule, OnApplicationShutdown {
  constructor(
    @Inject(COGNITO) private readonly auth: CognitoRouter,
    private readonly host: HttpAdapterHost,
  ) {}

  static forRoot(config: Config = {}): DynamicModule {
    return {
      module: CognitoModule,
      global: true,
      providers: [
        { provide: COGNITO, useFactory: () => createCognitoRouter(config) },
        { provide: APP_GUARD, useClass: CognitoGuard },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
      exports: [COGNITO],
    };
  }

  configure(): void {
    this.host.httpAdapter.use('/auth', this.auth);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.auth.close();
  }
}
