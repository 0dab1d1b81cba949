import { Controller, Delete, Get, HttpCode, Inject, Param } from '@nestjs/common';
import type { Auth, CognitoRouter } from 'express-cognito-kit';
import { COGNITO, CurrentUser, Public, Requires } from './cognito.guard.ts';

@Controller()
export class ReportsController {
  constructor(@Inject(COGNITO) private readonly auth: CognitoRouter) {}

  @Get('reports')
  reports(@CurrentUser() user: Auth): { reader: string } {
    return { reader: user.sub };
  }

  @Get('status')
  @Public()
  status(): { ok: boolean } {
    return { ok: true };
  }

  /** Signs another user out, for example after a change of role. */
  @Delete('users/:sub/sessions')
  @HttpCode(204)
  @Requires({ groups: 'admin' })
  async signOut(@Param('sub') sub: string): Promise<void> {
    await this.auth.endUser(sub);
  }
}
