import { Controller, Get, Req } from '@nestjs/common';
import type { Request } from 'express';
import { getAuth } from 'express-cognito-kit';

@Controller('reports')
export class ReportsController {
  @Get()
  read(@Req() req: Request): { sub: string } {
    return { sub: getAuth(req).sub };
  }
}
