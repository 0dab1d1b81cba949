import type { CommandEndpoint } from './endpoint.ts';
import { exactUsername } from './fields.ts';
import { joi } from './joi.ts';

interface FeedbackBody {
  readonly username: string;
  readonly feedbackToken: string;
  readonly feedback: 'valid' | 'invalid';
}

const FEEDBACK = { valid: 'Valid', invalid: 'Invalid' } as const;

/**
 * It needs no sign-in, because the feedback token of the message authenticates the user. It is a POST, because mail
 * scanners follow links and would give feedback in the user's name.
 */
export const authEventFeedback: CommandEndpoint<FeedbackBody, 'UpdateAuthEventFeedback'> = {
  name: 'authEventFeedback',
  method: 'post',
  path: '/auth-events/:id/feedback',
  summary: 'Report whether the user recognizes a sign-in that a message warned about.',
  description:
    'Takes the event ID and the feedback token of the message. Cognito uses the feedback to assess the risk of sign-ins.',
  tag: 'security',
  auth: 'none',
  rateLimit: 'code',
  params: () =>
    joi.object({
      id: joi
        .string()
        .pattern(/^[A-Za-z0-9][A-Za-z0-9_+-]{0,49}$/)
        .required()
        .description('The event ID of the message.'),
    }),
  body: () =>
    joi.object({
      username: exactUsername().required().description('The user name of the message.'),
      feedbackToken: joi
        .string()
        .max(4096)
        .pattern(/^[A-Za-z0-9_=.-]+$/)
        .required()
        .description('The feedback token of the message.'),
      feedback: joi
        .string()
        .pattern(/^(valid|invalid)$/)
        .required()
        .description('`valid` if the user recognizes the sign-in, else `invalid`.'),
    }),
  accounts: ({ username }) => [username],
  // An unknown user, an unknown event and a wrong token have the same answer.
  maskedErrors: {
    exceptions: ['UserNotFoundException', 'NotAuthorizedException', 'InvalidParameterException'],
    codes: ['not_found'],
    answer: 'not_found',
  },
  command: 'UpdateAuthEventFeedback',
  toInput: ({ username, feedbackToken, feedback }, { settings, params }) => ({
    UserPoolId: settings.userPoolId,
    Username: username,
    EventId: params.id,
    FeedbackToken: feedbackToken,
    FeedbackValue: FEEDBACK[feedback],
  }),
  toResponse: () => ({ status: 'received' }),
  errors: ['not_found', 'user_not_found', 'user_disabled', 'rejected_by_pool', 'operation_not_available'],
  response: { $ref: '#/components/schemas/Status' },
  example: {
    params: { id: '0d5c2b7e-3f0b-4f9e-9d57-0c6f3a0c9f10' },
    request: {
      username: '34c84488-e0e1-70ae-d2ee-991ad1a898c8',
      feedbackToken: 'bWFkZS11cC1mZWVkYmFjay10b2tlbg',
      feedback: 'invalid',
    },
    response: { status: 'received' },
  },
};
