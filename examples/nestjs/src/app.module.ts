import { Module } from '@nestjs/common';
import { CognitoModule } from './cognito.module.ts';
import { ReportsController } from './reports.controller.ts';

/** The user pool and the app client come from COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID. */
@Module({ imports: [CognitoModule.forRoot()], controllers: [ReportsController] })
export class AppModule {}
