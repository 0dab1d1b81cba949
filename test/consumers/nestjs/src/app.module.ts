import { type MiddlewareConsumer, Module, type NestModule, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { createCognitoRouter } from 'express-cognito-kit';
import { ReportsController } from './reports.controller.ts';

/** Its settings come from the environment. */
@Module({ controllers: [ReportsController] })
export class AppModule implements NestModule, OnModuleDestroy {
  private readonly auth = createCognitoRouter({ logger: false });

  constructor(private readonly host: HttpAdapterHost) {}

  configure(consumer: MiddlewareConsumer): void {
    this.host.httpAdapter.use('/auth', this.auth);
    consumer.apply(this.auth.requireAuth()).forRoutes(ReportsController);
  }

  onModuleDestroy(): void {
    this.auth.close();
  }
}
