/** A moment as a field of type datetime-local has it: by the viewer's clock, to the minute. Empty for none. */
export function fieldText(moment: Date | null): string {
  if (!moment) return '';
  const local = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 'YYYY-MM-DDTHH:MM'.length);
}

/** The moment that such a field means; null while it is not filled in. */
export function momentOfField(text: string): Date | null {
  const moment = new Date(text);
  return Number.isNaN(moment.getTime()) ? null : moment;
}
