/** The API's shapes by their names. They are generated from its OpenAPI document; nothing here says a field twice. */
import type { components, operations } from './schema';

type Schemas = components['schemas'];

export type SessionRow = Schemas['SessionRow'];
export type SessionFact = Schemas['SessionFact'];
export type NewSession = Schemas['NewSession'];
export type Badge = Schemas['Badge'];
export type SessionQueue = Schemas['SessionQueue'];
export type SessionOrder = Schemas['SessionOrder'];
export type PairingAnswer = Schemas['PairingAnswer'];
export type VerifyAnswer = Schemas['VerifyAnswer'];
export type HistoryItem = Schemas['HistoryItem'];
export type MessageRow = Schemas['MessageRow'];
export type MessageDetail = Schemas['MessageDetail'];
export type MessageFact = Schemas['MessageFact'];
export type Attempt = Schemas['Attempt'];
export type HeldReason = NonNullable<MessageRow['held_reason']>;
export type BatchProgress = Schemas['BatchProgress'];
export type BulkRetryAnswer = Schemas['BulkRetryAnswer'];
export type RetryFilter = Schemas['RetryFilter'];
export type FieldProblem = Schemas['FieldProblem'];
export type WebhookHealth = Schemas['WebhookHealth'];
export type Overview = Schemas['Overview'];
export type UptimeSegment = Schemas['UptimeSegment'];

type ListMessagesQuery = NonNullable<operations['list_messages']['parameters']['query']>;

/** Which messages a list shows: the API's own query parameters, so that a filter can live in a URL as it is. */
export type MessageFilter = Omit<ListMessagesQuery, 'limit' | 'cursor' | 'id'>;
