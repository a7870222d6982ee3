import type { MessageFilter, MessageRow, SessionRow } from '../api/types';
import type { TruesendClient } from '../client/client';

const SESSIONS_PER_REQUEST = 200;
export const MESSAGES_PER_PAGE = 100;

export async function readSessions({ http }: TruesendClient, signal: AbortSignal): Promise<SessionRow[]> {
  const rows: SessionRow[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = {
      limit: SESSIONS_PER_REQUEST,
      ...(cursor !== null && { cursor }),
    };
    const { data } = await http.GET('/v1/sessions', { params: { query }, signal });
    rows.push(...given(data).items);
    cursor = given(data).next_cursor;
  } while (cursor !== null);
  return rows;
}

export interface MessagePage {
  readonly items: readonly MessageRow[];
  readonly next_cursor: string | null;
}

export async function readMessages(
  { http }: TruesendClient,
  filter: MessageFilter,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<MessagePage> {
  const query = { ...filter, limit: MESSAGES_PER_PAGE, ...(cursor !== null && { cursor }) };
  const { data } = await http.GET('/v1/messages', { params: { query }, ...(signal && { signal }) });
  return given(data);
}

/** Those of the ids that there are, and that the filter lets through. */
export async function readMessagesById(
  { http }: TruesendClient,
  ids: readonly string[],
  filter: MessageFilter = {},
): Promise<readonly MessageRow[]> {
  const query = { ...filter, id: [...ids], limit: ids.length };
  const { data } = await http.GET('/v1/messages', { params: { query } });
  return given(data).items;
}

/** The client throws for every answer that is no success: then there is data. */
export function given<Data>(data: Data | undefined): Data {
  if (data === undefined) throw new TypeError('an answer without a body');
  return data;
}
