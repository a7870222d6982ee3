import type { MessageFilter, RetryFilter } from '@truesend/react';

export const STATUSES = ['pending', 'sending', 'sent', 'failed', 'cancelled'] as const;
export type Status = (typeof STATUSES)[number];

/** Times that move with the clock, by how far they reach back. */
export const SPANS = { hour: 3_600_000, day: 86_400_000, week: 604_800_000 } as const;
export type Span = keyof typeof SPANS;

/** What the viewer looks for, as the address has it. A span and from … to exclude each other. */
export interface Filters {
  readonly status: Status | null;
  readonly sessionId: string | null;
  readonly text: string;
  readonly span: Span | null;
  readonly from: Date | null;
  readonly to: Date | null;
}

export const NO_FILTERS: Filters = { status: null, sessionId: null, text: '', span: null, from: null, to: null };

const isStatus = (word: string | null): word is Status => STATUSES.some((status) => status === word);
const isSpan = (word: string | null): word is Span => word !== null && word in SPANS;

/** Reads an address's query; what it does not understand it leaves out, so that an old link still opens. */
export function filtersIn(query: string): Filters {
  const parameters = new URLSearchParams(query);
  const status = parameters.get('status');
  const span = parameters.get('span');
  return {
    status: isStatus(status) ? status : null,
    sessionId: givenIn(parameters, 'session_id'),
    text: parameters.get('q') ?? '',
    span: isSpan(span) ? span : null,
    from: isSpan(span) ? null : momentIn(parameters.get('created_from')),
    to: isSpan(span) ? null : momentIn(parameters.get('created_to')),
  };
}

/** The query of an address that has these filters; empty without any. */
export function queryOf(filters: Filters): string {
  const parameters = new URLSearchParams();
  if (filters.status) parameters.set('status', filters.status);
  if (filters.sessionId) parameters.set('session_id', filters.sessionId);
  if (filters.text) parameters.set('q', filters.text);
  if (filters.span) parameters.set('span', filters.span);
  if (filters.from) parameters.set('created_from', filters.from.toISOString());
  if (filters.to) parameters.set('created_to', filters.to.toISOString());
  return parameters.toString();
}

/** What to ask the API for at `now`. A span begins at a full minute, so that the same question is asked for a while. */
export function askedOf(filters: Filters, now: Date): MessageFilter {
  const { from, to } = boundsOf(filters, now);
  return {
    ...(filters.status ? { status: filters.status } : {}),
    ...(filters.sessionId ? { session_id: filters.sessionId } : {}),
    ...(filters.text.trim() ? { q: filters.text.trim() } : {}),
    ...(from ? { created_from: from.toISOString() } : {}),
    ...(to ? { created_to: to.toISOString() } : {}),
  };
}

/** The same as a filter for a bulk retry; null where it cannot be said there, which has no search by text. */
export function retryFilterOf(filters: Filters, now: Date): RetryFilter | null {
  if (filters.text.trim()) return null;
  const { from, to } = boundsOf(filters, now);
  return {
    status: filters.status ?? 'failed',
    ...(filters.sessionId ? { session_id: filters.sessionId } : {}),
    ...(from ? { created_from: from.toISOString() } : {}),
    ...(to ? { created_to: to.toISOString() } : {}),
  };
}

export const hasFilters = (filters: Filters): boolean => queryOf(filters) !== '';

function boundsOf({ span, from, to }: Filters, now: Date): { from: Date | null; to: Date | null } {
  if (!span) return { from, to };
  const minute = 60_000;
  return { from: new Date(Math.floor((now.getTime() - SPANS[span]) / minute) * minute), to: null };
}

function givenIn(parameters: URLSearchParams, name: string): string | null {
  const value = parameters.get(name);
  return value === '' ? null : value;
}

function momentIn(text: string | null): Date | null {
  if (!text) return null;
  const moment = new Date(text);
  return Number.isNaN(moment.getTime()) ? null : moment;
}
