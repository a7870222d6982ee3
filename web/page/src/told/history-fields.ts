import type { HistoryItem } from '@truesend/react';

/** A text that this kind of fact has; null where it has none. Facts only ever gain fields. */
export function textOf(item: HistoryItem, field: string): string | null {
  const value = (item as Readonly<Record<string, unknown>>)[field];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The same for a number. */
export function numberIn(item: HistoryItem, field: string): number | null {
  const value = (item as Readonly<Record<string, unknown>>)[field];
  return typeof value === 'number' ? value : null;
}
